package profiles

import (
	"slices"
	"strings"
	"time"
)

// State is what a Watcher knows at one moment. It never changes; the caller must not change what it points to.
type State struct {
	// Index holds the ACTIVE profiles. It is never nil.
	Index *Index
	// Profiles are those of every status, sorted by name.
	Profiles []Profile
	// Listed is when the source gave this list: zero if there is no list yet.
	Listed time.Time
	// Kept says that the list is that of an earlier run, since the source has given none in this one.
	Kept bool
	// Failures is the number of refreshes that failed since the start, FailingSince when the present series of them began; zero if the
	// last refresh was good. Err is why the last refresh failed, or nil.
	Failures     uint64
	FailingSince time.Time
	Err          error
}

// known says whether there is a list at all.
func (s *State) known() bool { return !s.Listed.IsZero() }

// answered says whether the source has given a list in this run.
func (s *State) answered() bool { return s.known() && !s.Kept }

// failed is the state after a refresh that failed at a time.
func (s *State) failed(err error, now time.Time) *State {
	next := *s
	next.Failures++
	next.Err = err
	if next.FailingSince.IsZero() {
		next.FailingSince = now
	}
	return &next
}

// refreshed is the state after the source gave a list. It keeps the Index if the same profiles are ACTIVE.
func (s *State) refreshed(list []Profile, now time.Time) *State {
	next := s.holding(list, now)
	next.Kept, next.Err, next.FailingSince = false, nil, time.Time{}
	return next
}

// restored is the state with the list of an earlier run, while the source fails.
func (s *State) restored(list []Profile, listed time.Time) *State {
	next := s.holding(list, listed)
	next.Kept = true
	return next
}

// holding is the state with another list.
func (s *State) holding(list []Profile, listed time.Time) *State {
	next := *s
	next.Profiles, next.Listed = byName(list), listed
	if index := NewIndex(next.Profiles); !slices.EqualFunc(index.profiles, s.Index.profiles, sameActive) {
		next.Index = index
	}
	return &next
}

// sameActive says whether two ACTIVE profiles place the same pods.
func sameActive(a, b Profile) bool { return a.Name == b.Name && a.selectsLike(b) }

// byName copies a list and sorts it by name.
func byName(list []Profile) []Profile {
	sorted := make([]Profile, len(list))
	for i, profile := range list {
		sorted[i] = profile.clone()
	}
	slices.SortStableFunc(sorted, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	return sorted
}
