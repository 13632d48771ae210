// Package freshness reports the age of the Fargate profiles: in metrics, in /readyz, and by events
// on the webhook's Deployment.
package freshness

import (
	"fmt"
	"time"

	"fargate-webhook/profiles"
)

// Watcher provides the state of the profiles. profiles.Watcher implements it.
type Watcher interface {
	State() profiles.State
}

// Summary returns a state in one line. It has no errors, since everybody who can reach the probe
// can read it.
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

// age returns the age of the list, rounded to seconds.
func age(state *profiles.State, now time.Time) time.Duration {
	return now.Sub(state.Listed).Round(time.Second)
}
