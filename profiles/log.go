package profiles

import (
	"time"

	"go.uber.org/zap"

	"fargate-webhook/internal/text"
)

const (
	// maxText bounds what a log line tells of one change, in bytes: a profile in a file may be of any size.
	maxText = 500
	// maxLines bounds the lines of one refresh.
	maxLines = 200
)

// tell logs a new list: how many profiles there are, if it is the first, and each change on a line of its own.
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
	logProblems(log, before, after)
}

// logProblems logs what is wrong with ACTIVE profiles of a new list, but for what was wrong before. Of the others their status says it.
func logProblems(log *zap.Logger, before, after *State) {
	earlier := map[Problem]bool{}
	for _, problem := range Problems(before.Index.profiles) {
		earlier[problem] = true
	}
	lines := 0
	for _, problem := range Problems(after.Index.profiles) {
		if earlier[problem] {
			continue
		}
		if lines++; lines > maxLines {
			log.Warn("more profile problems not logged: run `fargate-webhook profiles` to list all")
			return
		}
		log.Warn("profile problem found", zap.String("problem", text.Truncate(problem.String(), maxText)))
	}
}

// logFailure logs when refreshing starts to fail. Of the failures after that one nothing is logged.
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

// logRecovery logs when refreshing works again.
func logRecovery(log *zap.Logger, before, after *State) {
	if !before.FailingSince.IsZero() {
		log.Info("profile refresh recovered", zap.Duration("failedFor", after.Listed.Sub(before.FailingSince)))
	}
}
