package profiles

import (
	"slices"
	"strings"
	"time"
)

// State is the state of a Watcher at one moment. It is immutable: the caller must not change what
// it points to.
type State struct {
	// Index has the ACTIVE profiles. It is never nil.
	Index *Index
	// Profiles are the profiles of every status, sorted by name.
	Profiles []Profile
	// Listed is when the source returned the list, zero before the first list.
	Listed time.Time
	// Kept means that the list was stored by an earlier run, because the source has returned none
	// since the start.
	Kept bool
	// Successes and Failures are the numbers of good refreshes and of those that failed since the
	// start. FailingSince is the time of the first failure since the last good refresh, zero if the
	// last refresh was good. Err is the error of the last refresh, or nil.
	Successes    uint64
	Failures     uint64
	FailingSince time.Time
	Err          error

	// earlier are Indexes that were in use, the latest last, for as long as memory.
	earlier []usedIndex
}

// usedIndex is an Index and when it was replaced.
type usedIndex struct {
	index *Index
	until time.Time
}

const (
	// memory is how long an Index is remembered after it was replaced. Replicas refresh at
	// different times; one whose refresh fails tries again within lastRetry.
	memory = 2 * lastRetry
	// maxEarlier limits how many are remembered.
	maxEarlier = 8
)

// known reports whether there is a list.
func (s *State) known() bool { return !s.Listed.IsZero() }

// answered reports whether the source has returned a list since the start.
func (s *State) answered() bool { return s.known() && !s.Kept }

// failed returns the state after a refresh that failed with err.
func (s *State) failed(err error, now time.Time) *State {
	next := *s
	next.Failures++
	next.Err = err
	if next.FailingSince.IsZero() {
		next.FailingSince = now
	}
	return &next
}

// refreshed returns the state after a good refresh. It keeps the Index if the ACTIVE profiles are
// the same.
func (s *State) refreshed(list []Profile, now time.Time) *State {
	next := s.holding(list, now)
	if next.Index != s.Index && s.known() {
		earlier := append(s.remembered(now), usedIndex{s.Index, now})
		next.earlier = earlier[max(0, len(earlier)-maxEarlier):]
	}
	next.Successes++
	next.Kept, next.Err, next.FailingSince = false, nil, time.Time{}
	return next
}

// remembered returns a copy of the earlier Indexes that another replica may still use.
func (s *State) remembered(now time.Time) []usedIndex {
	var list []usedIndex
	for _, used := range s.earlier {
		if now.Sub(used.until) < memory {
			list = append(list, used)
		}
	}
	return list
}

// restored returns the state with the list of an earlier run.
func (s *State) restored(list []Profile, listed time.Time) *State {
	next := s.holding(list, listed)
	next.Kept = true
	return next
}

// holding returns the state with another list.
func (s *State) holding(list []Profile, listed time.Time) *State {
	next := *s
	next.Profiles, next.Listed = byName(list), listed
	if index := NewIndex(next.Profiles); !slices.EqualFunc(index.profiles, s.Index.profiles, sameActive) {
		next.Index = index
	}
	return &next
}

// sameActive reports whether two ACTIVE profiles have the same name and selectors.
func sameActive(a, b Profile) bool { return a.Name == b.Name && a.selectsLike(b) }

// byName returns a copy of a list, sorted by name.
func byName(list []Profile) []Profile {
	sorted := make([]Profile, len(list))
	for i, profile := range list {
		sorted[i] = profile.clone()
	}
	slices.SortStableFunc(sorted, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	return sorted
}
