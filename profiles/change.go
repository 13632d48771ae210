package profiles

import (
	"time"

	"go.uber.org/zap"
)

// change is the difference of two lists, as names of profiles.
type change struct {
	added, removed, changed []string
}

// none says whether the lists are the same.
func (c change) none() bool { return len(c.added)+len(c.removed)+len(c.changed) == 0 }

// compare goes through two lists of ACTIVE profiles, each sorted by name and with each name once.
func compare(before, after []Profile) change {
	var c change
	for len(before) > 0 && len(after) > 0 {
		was, is := before[0], after[0]
		if was.Name < is.Name {
			c.removed = append(c.removed, was.Name)
			before = before[1:]
			continue
		}
		if was.Name > is.Name {
			c.added = append(c.added, is.Name)
			after = after[1:]
			continue
		}
		if !was.selectsLike(is) {
			c.changed = append(c.changed, is.Name)
		}
		before, after = before[1:], after[1:]
	}
	for _, profile := range before {
		c.removed = append(c.removed, profile.Name)
	}
	for _, profile := range after {
		c.added = append(c.added, profile.Name)
	}
	return c
}

// refreshHealth logs when refreshing starts to fail and when it works again, and is silent in between.
type refreshHealth struct {
	log          *zap.Logger
	good         time.Time // of the last success; zero if there was none
	failingSince time.Time // zero while it works
}

// record takes the outcome of a refresh.
func (h *refreshHealth) record(err error) {
	now := time.Now()
	switch {
	case err == nil && !h.failingSince.IsZero():
		h.log.Info("Refreshing the Fargate profiles works again", zap.Duration("failedFor", now.Sub(h.failingSince)))
		h.failingSince = time.Time{}
	case err != nil && h.failingSince.IsZero():
		h.failingSince = now
		if h.good.IsZero() {
			h.log.Error("The Fargate profiles can't be read; no pod is placed until they can", zap.Error(err))
		} else {
			h.log.Error("Refreshing the Fargate profiles fails; the last good ones stay in use", zap.Error(err),
				zap.Duration("age", now.Sub(h.good)))
		}
	}
	if err == nil {
		h.good = now
	}
}
