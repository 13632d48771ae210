// Package audit is the command "fargate-webhook audit".
package audit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/webhook/audit/summary"
)

type flags struct {
	files  []string
	by     string
	since  time.Duration
	top    int
	output string
}

// NewCommand returns the command.
func NewCommand() *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "audit -f FILE [FILE...]",
		Short: "Count what the audit log says: what is refused and changed, by rule, user or owner",
		Long: `audit reads the audit log of the webhook and counts its lines: what was refused
and changed, by rule, user, namespace, owner or profile, since when, and whether
that grows. Where mode Observe let requests through it counts what mode Enforce
would refuse and change: look at it before you switch to Enforce.

Files may be rotated ones, and compressed with gzip. Lines of other logs are left
out, and so are damaged ones; both are counted. Memory stays bounded however long
the log is.

A request that several rules refuse counts for each of them. A pod that is changed
and then refused has two lines, and counts twice. 1ST HALF and 2ND HALF are the
requests of the earlier and the later half of the time between the first and the
last request.

Exit codes:
  0  the log was read
  1  a file ended early, or the output can't be written; what was read is reported
  2  invalid flags, or a file that can't be opened`,
		Example: `  # What is refused most, and what Enforce would refuse
  fargate-webhook audit -f audit.log

  # Whose pods, in the last hour, from rotated files too
  fargate-webhook audit -f audit*.log --by owner --since 1h

  # From the logs of the replicas, as JSON
  kubectl -n fargate-webhook logs -l app.kubernetes.io/name=fargate-webhook --tail=-1 | fargate-webhook audit -f - -o json`,
		RunE: func(c *cobra.Command, args []string) error {
			f.files = append(f.files, args...)
			return run(&f, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringArrayVarP(&f.files, "filename", "f", nil, "audit log to read, or - for standard input (repeatable)")
	c.Flags().StringVar(&f.by, "by", string(summary.ByRule), "what to count by: "+strings.Join(summary.Groupings(), ", "))
	c.Flags().DurationVar(&f.since, "since", 0, "leave out lines that are older, for example 1h; 0 for none")
	c.Flags().IntVar(&f.top, "top", 20, "number of groups to show; 0 for all")
	c.Flags().StringVarP(&f.output, "output", "o", "table", "output format: table or json")
	return c
}

func (f *flags) validate() error {
	switch {
	case len(f.files) == 0:
		return errors.New("set --filename to the audit log, or to - for standard input")
	case !slices.Contains(summary.Groupings(), f.by):
		return fmt.Errorf("--by %q: must be one of %s", f.by, strings.Join(summary.Groupings(), ", "))
	case f.since < 0:
		return fmt.Errorf("--since %s: must not be negative", f.since)
	case f.top < 0:
		return fmt.Errorf("--top %d: must not be negative", f.top)
	}
	return cli.CheckOutput(f.output, "table", "json")
}

func run(f *flags, stdin io.Reader, stdout, stderr io.Writer) error {
	if err := f.validate(); err != nil {
		return err
	}
	now := time.Now()
	var since time.Time
	if f.since > 0 {
		since = now.Add(-f.since)
	}
	counted := summary.New(summary.By(f.by), since, now)
	incomplete := false
	for _, path := range f.files {
		err := read(counted, path, stdin)
		if opening := (*openError)(nil); errors.As(err, &opening) {
			return err
		}
		if err != nil {
			cli.Complain(stderr, err)
			incomplete = true
		}
	}
	report := counted.Report(f.top)
	write := report.WriteText
	if f.output == "json" {
		write = report.WriteJSON
	}
	if err := write(stdout); err != nil {
		return cli.Failed(fmt.Errorf("write the report: %w", err))
	}
	if incomplete {
		return cli.Failed(nil)
	}
	return nil
}

// openError is for a file that can't be opened.
type openError struct{ error }

// Unwrap returns the reason.
func (e *openError) Unwrap() error { return e.error }

// read counts the lines of a file.
func read(counted *summary.Summary, path string, stdin io.Reader) error {
	in := stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return &openError{fmt.Errorf("read the audit log: %w", err)}
		}
		defer file.Close() //nolint:errcheck // only read
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return &openError{fmt.Errorf("read the audit log: %s is a folder: name its files", path)}
		}
		in = file
	}
	if err := counted.Read(in); err != nil {
		return fmt.Errorf("read the audit log %s: %w", path, err)
	}
	return nil
}
