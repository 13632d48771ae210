package review

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/review"
	"fargate-webhook/review/live"
)

// readCluster reads the objects of a cluster. On a terminal it shows how far it is. Ctrl-C ends it,
// also while it waits for an answer. What can't be read is a source that can't be opened.
func readCluster(ctx context.Context, reader *live.Reader, stderr io.Writer) ([]review.Source, []*live.Gap, error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	done := func() {}
	if isTerminal(stderr) {
		reader.Progress = func(resource string, objects int) {
			fmt.Fprintf(stderr, "%sreading %s: %d", clearLine, resource, objects) //nolint:errcheck // progress only
		}
		done = func() { fmt.Fprint(stderr, clearLine) } //nolint:errcheck // progress only
	}
	sources, gaps, err := reader.Read(ctx)
	done()
	switch {
	case errors.Is(err, context.Canceled):
		return nil, nil, &cli.ExitError{Code: exitInterrupted, Err: errors.New("interrupted")}
	case err != nil:
		gaps = append(gaps, &live.Gap{Name: "cluster", Text: "review the cluster: " + err.Error(), NotJudged: true, Serious: true})
	}
	for _, gap := range gaps {
		sources = append(sources, gap.Source())
	}
	return sources, gaps, nil
}

// clearLine goes to the start of a terminal's line and empties it.
const clearLine = "\r\x1b[K"

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
