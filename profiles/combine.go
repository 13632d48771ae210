package profiles

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"go.uber.org/zap"

	"fargate-webhook/internal/survive"
)

// Combine returns one Source of several, for example of the EKS API and a file with planned
// profiles. It lists what Merge returns; if one source fails, the whole list fails with an error
// that names it. Conflicts between sources are logged, each once until it changes. The Source is a
// Notifier if any of the sources is. logger may be nil.
func Combine(logger *zap.Logger, sources ...Source) Source {
	if len(sources) == 1 {
		return sources[0]
	}
	c := &combined{sources: slices.Clone(sources), log: cmp.Or(logger, zap.NewNop())}
	var notifiers []Notifier
	for _, source := range sources {
		if notifier, ok := source.(Notifier); ok {
			notifiers = append(notifiers, notifier)
		}
	}
	if len(notifiers) == 0 {
		return c
	}
	return &combinedNotifier{combined: c, notifiers: notifiers}
}

// Merge merges the lists of several sources. If several have a profile of one name, the first is
// used. Merge returns a Problem for each of the others that differs from it.
func Merge(lists ...[]Profile) ([]Profile, []Problem) {
	type place struct{ list, at int }
	merged := []Profile{}
	var problems []Problem
	first := map[string]place{}
	for i, list := range lists {
		for _, profile := range list {
			earlier, taken := first[profile.Name]
			switch {
			case !taken:
				first[profile.Name] = place{i, len(merged)}
				merged = append(merged, profile)
			case earlier.list == i: // names are unique within a source; if not, NewIndex joins them
				merged = append(merged, profile)
			default:
				if difference := merged[earlier.at].differs(profile); difference != "" {
					problems = append(problems, Problem{Profile: profile.Name, Selector: -1, Text: fmt.Sprintf(
						"source %d has a different %s than source %d: source %d is used", i+1, difference, earlier.list+1, earlier.list+1)})
				}
			}
		}
	}
	return merged, problems
}

// differs describes how two profiles of one name differ, "" if they select the same pods and have
// the same status.
func (p Profile) differs(other Profile) string {
	switch {
	case p.Status != other.Status:
		return fmt.Sprintf("status (%s, not %s)", other.Status, p.Status)
	case !p.selectsLike(other):
		return "set of selectors"
	}
	return ""
}

// combined is the Source that Combine returns.
type combined struct {
	sources []Source
	log     *zap.Logger

	mutex  sync.Mutex
	logged []Problem
}

// List lists one source after the other.
func (c *combined) List(ctx context.Context) ([]Profile, error) {
	lists := make([][]Profile, len(c.sources))
	for i, source := range c.sources {
		var err error
		if lists[i], err = source.List(ctx); err != nil {
			return nil, fmt.Errorf("source %d of %d: %w", i+1, len(c.sources), err)
		}
	}
	list, problems := Merge(lists...)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, problem := range problems {
		if !slices.Contains(c.logged, problem) {
			c.log.Warn("profile sources conflict", zap.String("profile", problem.Profile), zap.String("problem", problem.Text))
		}
	}
	c.logged = problems
	return list, nil
}

// combinedNotifier is a combined Source of which some sources are Notifiers.
type combinedNotifier struct {
	*combined
	notifiers []Notifier
}

// Watch watches all Notifiers, until ctx ends or one of them fails.
func (c *combinedNotifier) Watch(ctx context.Context, changed func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		running sync.WaitGroup
		mutex   sync.Mutex // serializes calls of changed
		once    sync.Once
		failure error
	)
	for _, notifier := range c.notifiers {
		running.Go(func() {
			err := survive.Call(func() error {
				return notifier.Watch(ctx, func() {
					mutex.Lock()
					defer mutex.Unlock()
					changed()
				})
			})
			if err != nil {
				once.Do(func() { failure = err })
				cancel()
			}
		})
	}
	running.Wait()
	return failure
}
