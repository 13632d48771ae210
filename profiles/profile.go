// Package profiles is the model of an EKS cluster's Fargate profiles: what they select, compiled for look-up by namespace, and kept
// current from a source.
//
// It knows nothing of where profiles come from: profiles/eks asks the EKS API, profiles/file reads a file.
package profiles

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Status is where a Fargate profile stands in its life, in the words of the EKS API (F1.9).
type Status string

// The statuses of the EKS API (F1.9). Only an ACTIVE profile places pods (S6).
const (
	StatusCreating     Status = "CREATING"
	StatusActive       Status = "ACTIVE"
	StatusDeleting     Status = "DELETING"
	StatusCreateFailed Status = "CREATE_FAILED"
	StatusDeleteFailed Status = "DELETE_FAILED"
)

// Selector names the pods of a profile: those in a namespace that carry all of the labels (F1.1). Namespace, label keys and label values
// may hold the wildcards `*` and `?` (F1.3). A selector with an empty Namespace selects nothing: EKS requires one.
type Selector struct {
	Namespace string
	Labels    map[string]string
}

// Profile is a Fargate profile: a pod belongs to it when any of its selectors matches (F1.1). There is no limit on the number of
// selectors or labels, since the quotas of EKS are adjustable (F1.2, S7).
type Profile struct {
	Name      string
	Status    Status
	Selectors []Selector
}

// Source lists the Fargate profiles of one cluster, of any status and in any order. List returns the whole list or an error, never half
// a list, and returns soon after ctx ends.
type Source interface {
	List(ctx context.Context) ([]Profile, error)
}

// Notifier is a Source that tells when its list may have changed.
type Notifier interface {
	Source
	// Watch calls changed, which doesn't block, after each change, and once when it has begun to watch, since nobody told of what changed
	// before. It blocks until ctx ends and then returns nil; any error before that means that nothing is told any more.
	Watch(ctx context.Context, changed func()) error
}

// Keep holds the last good list of earlier runs, for a start while the source fails. Load returns the list and when the source gave it,
// or an error that says why there is none to be used; it returns soon after ctx ends.
type Keep interface {
	Load(ctx context.Context) ([]Profile, time.Time, error)
}

// clone copies a profile so that nothing in it is shared.
func (p Profile) clone() Profile {
	p.Selectors = slices.Clone(p.Selectors)
	for i := range p.Selectors {
		p.Selectors[i].Labels = maps.Clone(p.Selectors[i].Labels)
	}
	return p
}

// selectsLike says whether two profiles have the same selectors; absent labels and an empty set of labels are the same.
func (p Profile) selectsLike(other Profile) bool {
	return slices.EqualFunc(p.Selectors, other.Selectors, func(a, b Selector) bool {
		return a.Namespace == b.Namespace && maps.Equal(a.Labels, b.Labels)
	})
}
