package summary

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"fargate-webhook/internal/text"
)

const (
	// maxGroups is the number of groups that are kept, at most, and keptGroups how many of them are
	// left when there are more.
	maxGroups  = 10_000
	keptGroups = 5_000
	// maxName is the longest name of a group, in bytes.
	maxName = 512
	// maxAhead is how far ahead of the clock a line may be: that of another host.
	maxAhead = 24 * time.Hour
)

// By is what requests are grouped by.
type By string

// The groupings.
const (
	ByRule      By = "rule"
	ByUser      By = "user"
	ByNamespace By = "namespace"
	ByOwner     By = "owner"
	ByProfile   By = "profile"
)

// Groupings are all of them.
func Groupings() []string {
	return []string{string(ByRule), string(ByUser), string(ByNamespace), string(ByOwner), string(ByProfile)}
}

// Summary counts lines.
type Summary struct {
	by         By
	since, now time.Time
	lines      Lines
	all        group
	groups     map[string]*group
	timeline   timeline
	// merged are groups that are no longer kept.
	merged   Counts
	mergings int
}

// group is what is counted for a name.
type group struct {
	name string
	Counts
	first, last time.Time
	example     string
	buckets     buckets
}

// New returns an empty summary. Lines before since are left out; a zero since leaves none out. now is
// the time, of which no line can be much ahead.
func New(by By, since, now time.Time) *Summary {
	return &Summary{by: by, since: since, now: now, groups: map[string]*group{}, timeline: newTimeline()}
}

// add counts a line.
func (s *Summary) add(text []byte) {
	if len(bytes.TrimSpace(text)) == 0 {
		return
	}
	s.lines.Read++
	if len(text) > maxLine {
		s.lines.Damaged++
		return
	}
	l, err := parse(text)
	switch {
	case errors.Is(err, errOther):
		s.lines.Other++
	case err != nil, l.Time.After(s.now.Add(maxAhead)), l.Time.Year() < 2000:
		s.lines.Damaged++
	case l.Time.Before(s.since):
		s.lines.Earlier++
	default:
		s.count(l)
	}
}

// count counts a line in each of its groups.
func (s *Summary) count(l *line) {
	index, joined := s.timeline.at(l.Time)
	if joined > 1 {
		s.all.buckets.join(joined)
		for _, g := range s.groups {
			g.buckets.join(joined)
		}
	}
	s.all.add(l, index)
	if l.DryRun {
		s.lines.DryRuns += int64(l.Count)
	}
	if l.Caller == "unproven" {
		s.lines.Unproven += int64(l.Count)
	}
	for _, name := range s.names(l) {
		name = text.Truncate(name, maxName)
		g := s.groups[name]
		if g == nil {
			g = s.begin(strings.Clone(name))
		}
		g.add(l, index)
	}
}

// begin begins a group. If there are too many, those with the fewest requests are merged.
func (s *Summary) begin(name string) *group {
	if len(s.groups) >= maxGroups {
		s.mergings++
		sorted := s.sorted()
		for _, g := range sorted[keptGroups:] {
			s.merged.sum(&g.Counts)
			delete(s.groups, g.name)
		}
	}
	g := &group{name: name}
	s.groups[name] = g
	return g
}

// names returns the groups of a line.
func (s *Summary) names(l *line) []string {
	switch s.by {
	case ByUser:
		return []string{l.User}
	case ByNamespace:
		return []string{l.Namespace}
	case ByOwner:
		return []string{l.object()}
	case ByProfile:
		return []string{l.Profile}
	default:
		if rules := l.rules(); len(rules) > 0 {
			return rules
		}
		return []string{""}
	}
}

// add counts a line.
func (g *group) add(l *line, index int64) {
	g.Counts.add(l)
	g.buckets.add(index, int64(l.Count))
	if g.first.IsZero() || l.Since.Before(g.first) {
		g.first = l.Since
	}
	if !l.Time.Before(g.last) {
		g.last, g.example = l.Time, text.Truncate(l.object(), maxName)
	}
}

// sorted returns the groups, those with most requests first.
func (s *Summary) sorted() []*group {
	return slices.SortedFunc(maps.Values(s.groups), func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.refusals(), a.refusals()), cmp.Compare(b.total(), a.total()), strings.Compare(a.name, b.name))
	})
}
