// Package freshness tells how current the Fargate profiles are: in metrics, for /readyz, and by events on the webhook's Deployment.
package freshness

import (
	"fmt"
	"time"

	"fargate-webhook/profiles"
)

// Watcher knows the list. profiles.Watcher does.
type Watcher interface {
	State() profiles.State
}

// Summary tells of a state in one line, without reasons: whoever can reach a probe may read it.
func Summary(state *profiles.State, now time.Time) string {
	if state.Listed.IsZero() {
		return "profiles: no list yet"
	}
	text := fmt.Sprintf("profiles: %d, %d of them ACTIVE, listed %s ago", len(state.Profiles), len(state.Index.Profiles()), age(state, now))
	if state.Kept {
		text += " by an earlier run"
	}
	if !state.FailingSince.IsZero() {
		text += fmt.Sprintf("; refresh failing for %s, see the log for the reason", now.Sub(state.FailingSince).Round(time.Second))
	}
	return text
}

// age is how old the list is, in seconds.
func age(state *profiles.State, now time.Time) time.Duration {
	return now.Sub(state.Listed).Round(time.Second)
}
