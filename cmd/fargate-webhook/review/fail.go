package review

import (
	"fmt"
	"slices"

	"fargate-webhook/review"
	"fargate-webhook/review/live"
)

// failOn is the least outcome that makes the exit code 1.
type failOn string

const (
	failOnDeny   failOn = "deny"
	failOnWarn   failOn = "warn"
	failOnChange failOn = "change"
	failOnSkip   failOn = "skip"
	failOnNever  failOn = "never"
)

func (f failOn) check() error {
	switch f {
	case failOnDeny, failOnWarn, failOnChange, failOnSkip, failOnNever:
		return nil
	}
	return fmt.Errorf("--fail-on is %q: it must be deny, warn, change, skip or never", f)
}

// fails reports whether an outcome that f names, or a worse one, is among the items. What isn't
// judged is no better or worse than a change: only skip asks for it.
func (f failOn) fails(items []review.Item) bool {
	return slices.ContainsFunc(items, func(i review.Item) bool {
		switch f {
		case failOnDeny:
			return i.Denied()
		case failOnWarn:
			return i.Denied() || i.Result == review.ResultWarn
		case failOnChange:
			return i.Denied() || i.Result == review.ResultWarn || i.Result == review.ResultChange
		case failOnNever:
			return false
		case failOnSkip:
			return i.Denied() || i.Result == review.ResultWarn || i.Result == review.ResultChange || i.NotJudged != ""
		}
		return false
	})
}

// failsFor reports whether kinds of a cluster that aren't judged, for lack of a right, count.
func (f failOn) failsFor(gaps []*live.Gap) bool {
	return f == failOnSkip && slices.ContainsFunc(gaps, func(g *live.Gap) bool { return g.NotJudged })
}
