// Package removal says what deleting a Fargate profile takes down (F1.12), and where the pods run
// that replace it. It is a pure function of what is in the cluster, the profiles and the policy.
package removal

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// Workload are the pods of one controller that a profile runs.
type Workload struct {
	Namespace string
	// Kind and Name are those of what creates the pods, such as a Deployment, or of a pod that has
	// no controller.
	Kind, Name string
	// Pods is how many there are.
	Pods int
	// Controlled is false for a pod without a controller.
	Controlled bool
	// Template is what the controller creates pods from, nil if that isn't known: Unread says why.
	Template *corev1.PodTemplateSpec
	Unread   string
	// Job is set for the pods of a Job whose template is known.
	Job *Job
	// Pod is one of the pods, from which the template is guessed.
	Pod metav1.ObjectMeta
	// Exempt is true in a namespace that its label exempts, or that is the webhook's own.
	Exempt bool
}

// Outcome is what becomes of the pods of a workload.
type Outcome string

const (
	// Fargate means that another profile takes the pods which replace them.
	Fargate Outcome = "fargate"
	// NotFargate means that no profile does: they run on other nodes, or stay Pending.
	NotFargate Outcome = "not-fargate"
	// Refused means that the webhook refuses them.
	Refused Outcome = "refused"
	// NotReplaced means that nothing creates them again.
	NotReplaced Outcome = "not-replaced"
	// Unknown means that it depends on a template that isn't known, or on how pods of a Job end.
	Unknown Outcome = "unknown"
)

// Effect is what becomes of the pods of a workload.
type Effect struct {
	Namespace string `json:"namespace"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Pods      int    `json:"pods"`
	// Outcome is about the pods that replace them.
	Outcome Outcome `json:"outcome"`
	// Profile is the one that takes those, and Adds are the labels that the webhook adds for it.
	Profile string            `json:"profile,omitempty"`
	Adds    map[string]string `json:"adds,omitempty"`
	// Reason says why.
	Reason string `json:"reason"`
	// Helps is true if another profile may take them where none does.
	Helps bool `json:"-"`
}

// Removal is what deleting a profile does.
type Removal struct {
	Profile string `json:"profile"`
	// Pods is how many pods it takes down.
	Pods int `json:"pods"`
	// Workloads are what they belong to, by namespace, kind and name.
	Workloads []Effect `json:"workloads"`
}

// New returns what deleting a profile does to the workloads whose pods it runs. The other profiles
// stay as they are.
func New(profile string, workloads []Workload, list []profiles.Profile, p *policy.Policy) *Removal {
	var without []profiles.Profile
	r := &Removal{Profile: profile, Workloads: []Effect{}}
	j := judge{policy: p}
	for _, other := range list {
		if other.Name == profile {
			j.selectors = append(j.selectors, other.Selectors...)
		} else {
			without = append(without, other)
		}
	}
	j.index = profiles.NewIndex(without)
	for i := range workloads {
		r.add(j.effect(&workloads[i]))
	}
	slices.SortStableFunc(r.Workloads, func(a, b Effect) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	return r
}

// add adds the pods of a workload. Those of several revisions are one effect if the same becomes of
// them.
func (r *Removal) add(e Effect) {
	r.Pods += e.Pods
	for i := range r.Workloads {
		if other := &r.Workloads[i]; other.same(&e) {
			other.Pods += e.Pods
			return
		}
	}
	r.Workloads = append(r.Workloads, e)
}

func (e *Effect) same(other *Effect) bool {
	return e.Namespace == other.Namespace && e.Kind == other.Kind && e.Name == other.Name &&
		e.Outcome == other.Outcome && e.Profile == other.Profile && e.Reason == other.Reason && maps.Equal(e.Adds, other.Adds)
}

// helps reports whether another profile may take pods that none takes.
func (r *Removal) helps() bool {
	return slices.ContainsFunc(r.Workloads, func(e Effect) bool { return e.Helps })
}

// Covered reports whether other profiles take all pods that replace those.
func (r *Removal) Covered() bool {
	return !slices.ContainsFunc(r.Workloads, func(e Effect) bool { return e.Outcome != Fargate })
}
