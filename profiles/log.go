package profiles

import (
	"time"

	"go.uber.org/zap"

	"fargate-webhook/internal/text"
)

const (
	// maxText limits the text of a change in a log line, in bytes: a profile in a file may have any
	// size.
	maxText = 500
	// maxLines limits the log lines of one refresh.
	maxLines = 200
)

// logChanges logs each change of a new list, and the number of profiles if it is the first list.
func logChanges(log *zap.Logger, before, after *State) {
	if !before.known() {
		log.Info("profiles loaded", zap.Int("profiles", len(after.Profiles)), zap.Int("active", len(after.Index.profiles)))
	}
	changes := compare(before.Profiles, after.Profiles)
	for i, c := range changes {
		if i == maxLines {
			log.Info("more profile changes not logged", zap.Int("more", len(changes)-i))
			break
		}
		log.Info("profile changed", zap.String("profile", text.Truncate(c.profile, maxText)), zap.String("change", text.Truncate(c.what, maxText)))
	}
}

// logProblems logs the problems of the ACTIVE profiles of a new list that those of the earlier list
// did not have. For other profiles, the log of their status is enough.
func logProblems(log *zap.Logger, before, after []Problem) {
	earlier := map[Problem]bool{}
	for _, problem := range before {
		earlier[problem] = true
	}
	lines := 0
	for _, problem := range after {
		if earlier[problem] {
			continue
		}
		if lines++; lines > maxLines {
			log.Warn("more profile problems not logged: run `fargate-webhook profiles` to list all")
			return
		}
		level, message := zap.WarnLevel, "profile problem found"
		if problem.Note {
			level, message = zap.InfoLevel, "profile note"
		}
		log.Log(level, message, zap.String("problem", text.Truncate(problem.String(), maxText)))
	}
}

// logFailure logs the first of a series of failed refreshes.
func logFailure(log *zap.Logger, before, after *State) {
	switch {
	case before.Err != nil:
	case after.known():
		log.Error("profile refresh failed, keeping the last good list", zap.Error(after.Err),
			zap.Duration("age", time.Since(after.Listed)))
	default:
		log.Error("profile refresh failed, no profiles loaded yet", zap.Error(after.Err))
	}
}

// logRecovery logs the first good refresh after failed ones.
func logRecovery(log *zap.Logger, before, after *State) {
	if !before.FailingSince.IsZero() {
		log.Info("profile refresh recovered", zap.Duration("failedFor", after.Listed.Sub(before.FailingSince)))
	}
}
