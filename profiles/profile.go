// Package profiles is the model of an EKS cluster's Fargate profiles. An Index has their selectors,
// compiled for look-up by namespace. A Watcher keeps an Index current from a Source.
//
// The sources have packages of their own: profiles/eks calls the EKS API, profiles/file reads
// files, profiles/ack reads Kubernetes objects.
package profiles

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Status is the status of a Fargate profile in the EKS API (F1.9).
type Status string

// The statuses of the EKS API (F1.9). Only an ACTIVE profile selects pods (S6).
const (
	StatusCreating     Status = "CREATING"
	StatusActive       Status = "ACTIVE"
	StatusDeleting     Status = "DELETING"
	StatusCreateFailed Status = "CREATE_FAILED"
	StatusDeleteFailed Status = "DELETE_FAILED"
)

// Selector selects the pods of a namespace that have all of the labels (F1.1). Namespace, label
// keys and label values may have the wildcards `*` and `?` (F1.3). A selector with an empty
// Namespace selects nothing: EKS requires one.
type Selector struct {
	Namespace string
	Labels    map[string]string
}

// Profile is a Fargate profile. It selects a pod if any of its selectors does (F1.1). The number of
// selectors and labels is not limited, since the quotas of EKS are adjustable (F1.2, S7).
type Profile struct {
	Name      string
	Status    Status
	Selectors []Selector
}

// Source lists the Fargate profiles of one cluster, of any status and in any order. List returns
// the complete list or an error, and returns soon after ctx ends.
type Source interface {
	List(ctx context.Context) ([]Profile, error)
}

// Notifier is a Source that can watch for changes of its list.
type Notifier interface {
	Source
	// Watch calls changed, which does not block, once when the watch has started and after each
	// change. It blocks until ctx ends and then returns nil. If the watch fails before, it returns
	// an error.
	Watch(ctx context.Context, changed func()) error
}

// Keep stores the last good list of earlier runs, for a start while the source fails. Load returns
// the list and the time when the source returned it, or an error that says why there is none. It
// returns soon after ctx ends.
type Keep interface {
	Load(ctx context.Context) ([]Profile, time.Time, error)
}

// clone returns a deep copy of a profile.
func (p Profile) clone() Profile {
	p.Selectors = slices.Clone(p.Selectors)
	for i := range p.Selectors {
		p.Selectors[i].Labels = maps.Clone(p.Selectors[i].Labels)
	}
	return p
}

// selectsLike reports whether two profiles have equal selectors. Nil and empty labels are equal.
func (p Profile) selectsLike(other Profile) bool {
	return slices.EqualFunc(p.Selectors, other.Selectors, func(a, b Selector) bool {
		return a.Namespace == b.Namespace && maps.Equal(a.Labels, b.Labels)
	})
}
