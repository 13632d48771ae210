package review

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/internal/spool"
	"fargate-webhook/review"
	"fargate-webhook/review/report"
)

// output is a format, and the file that it is written to; empty for standard output.
type output struct {
	format report.Format
	file   string
}

// parseOutputs reads the values of --output: "json", or "json=report.json".
func parseOutputs(values []string) ([]output, error) {
	var outputs []output
	files := map[string]bool{}
	for _, value := range values {
		name, file, toFile := strings.Cut(value, "=")
		format, err := report.Find(name)
		switch {
		case err != nil:
			return nil, fmt.Errorf("--output %q: %w", name, err)
		case toFile && file == "":
			return nil, fmt.Errorf("--output %q: must name a file after the =", value)
		case files[filepath.Clean(file)] && !toFile:
			return nil, fmt.Errorf("--output %q: standard output takes one format: write the others to files, as in --output %s=FILE", value, name)
		case files[filepath.Clean(file)]:
			return nil, fmt.Errorf("--output %q: another --output is written to that file", value)
		}
		files[filepath.Clean(file)] = true
		outputs = append(outputs, output{format: format, file: file})
	}
	return outputs, nil
}

// formatsHelp returns a line for each format.
func formatsHelp() string {
	var text strings.Builder
	for _, f := range report.Formats() {
		fmt.Fprintf(&text, "  %-12s%s\n", f.Name, f.Help)
	}
	return text.String()
}

// exitInterrupted is what a shell returns for a program that Ctrl-C ended.
const exitInterrupted = 130

// reports are the outputs while they are made: in temporary files, so that one is written when all
// are made.
type reports struct {
	outputs []output
	made    []*spool.Buffer
	writers []report.Writer
}

func newReports(outputs []output, terminal report.Options) *reports {
	r := &reports{outputs: outputs}
	for _, o := range outputs {
		options := terminal
		if o.file != "" {
			options = report.Options{}
		}
		made := &spool.Buffer{}
		r.made, r.writers = append(r.made, made), append(r.writers, o.format.New(made, options))
	}
	return r
}

// add takes items.
func (r *reports) add(items []review.Item) error {
	for i, w := range r.writers {
		if err := w.Add(items); err != nil {
			return fmt.Errorf("make the report %s: %w", r.outputs[i].format.Name, err)
		}
	}
	return nil
}

// write writes all outputs, the files first: Ctrl-C waits until the one that is being written is
// removed again, and ends the program at once while it writes to standard output, which may wait
// for a reader.
func (r *reports) write(ctx context.Context, found *review.Report, stdout io.Writer) error {
	for i, w := range r.writers {
		if err := w.End(found); err != nil {
			return fmt.Errorf("make the report %s: %w", r.outputs[i].format.Name, err)
		}
	}
	if err := r.writeFiles(ctx); err != nil {
		return err
	}
	for i, o := range r.outputs {
		if o.file == "" {
			if _, err := r.made[i].WriteTo(stdout); err != nil {
				return fmt.Errorf("write the report: %w", err)
			}
		}
	}
	return nil
}

func (r *reports) close() error {
	var errs []error
	for _, made := range r.made {
		errs = append(errs, made.Close())
	}
	return errors.Join(errs...)
}

func (r *reports) writeFiles(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	for i, o := range r.outputs {
		if o.file == "" {
			continue
		}
		err := writeFile(ctx, o.file, r.made[i])
		if ctx.Err() != nil {
			return &cli.ExitError{Code: exitInterrupted, Err: fmt.Errorf("write %s: %w", o.file, err)}
		}
		if err != nil {
			return fmt.Errorf("write the report to %s: %w", o.file, err)
		}
	}
	return nil
}

// writeFile writes a file by way of a temporary one beside it. What isn't a regular file, such as
// /dev/stderr or a pipe, is written to as it is, and given up if ctx ends while it waits for a reader.
func writeFile(ctx context.Context, path string, content io.WriterTo) (err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // the file is replaced, and not a link to it
	}
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		if mode = info.Mode().Perm(); !info.Mode().IsRegular() {
			written := make(chan error, 1)
			go func() { written <- writeDevice(path, content) }()
			select {
			case err := <-written:
				return err
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
	name := fmt.Sprintf("%s.%08x.tmp", path, rand.Uint32()) //nolint:gosec // a name that is taken is an error, and no secret
	temporary, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	_, err = content.WriteTo(temporary)
	if err = errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	if err = context.Cause(ctx); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

func writeDevice(path string, content io.WriterTo) error {
	device, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = content.WriteTo(device)
	return errors.Join(err, device.Close())
}
