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

// readCluster reads the objects of a cluster. On a terminal it shows how far it is. Ctrl-C ends it
// between two pages.
func readCluster(ctx context.Context, reader *live.Reader, stderr io.Writer) ([]review.Source, error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	done := func() {}
	if isTerminal(stderr) {
		reader.Progress = func(resource string, objects int) {
			fmt.Fprintf(stderr, "%sreading %s: %d", clearLine, resource, objects) //nolint:errcheck // progress only
		}
		done = func() { fmt.Fprint(stderr, clearLine) } //nolint:errcheck // progress only
	}
	sources, warnings, err := reader.Read(ctx)
	done()
	for _, warning := range warnings {
		cli.Complain(stderr, warning)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return nil, &cli.ExitError{Code: exitInterrupted, Err: errors.New("interrupted")}
	case err != nil:
		return nil, fmt.Errorf("review the cluster: %w", err)
	}
	return sources, nil
}

// clearLine goes to the start of a terminal's line and empties it.
const clearLine = "\r\x1b[K"

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
