// Package migration says what changes for objects that run on Fargate today, or have to do with
// pods there, when they move to nodes: what of the habits that Fargate taught is no longer needed,
// and what means something else on a node.
package migration

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// Target is where pods are to run.
type Target string

const (
	// Fargate is where they run today: there is nothing to say.
	Fargate Target = "fargate"
	// AutoMode are nodes of EKS Auto Mode (F11.1).
	AutoMode Target = "auto-mode"
	// EC2 are other EC2 nodes: managed node groups, Karpenter, self-managed ones.
	EC2 Target = "ec2"
)

// Targets are all targets.
var Targets = []Target{Fargate, AutoMode, EC2}

// Parse returns the target of a name.
func Parse(name string) (Target, error) {
	if target := Target(name); slices.Contains(Targets, target) {
		return target, nil
	}
	return "", fmt.Errorf("%q: must be fargate, auto-mode or ec2", name)
}

// nodes says what the pods run on, in messages.
func (t Target) nodes() string {
	if t == AutoMode {
		return "EKS Auto Mode nodes"
	}
	return "EC2 nodes"
}

// Subject is an object, and what is known of it today.
type Subject struct {
	// Meta has its type and metadata.
	Meta *metav1.PartialObjectMetadata
	// Object is the object in full, nil for a kind of which only the metadata is read.
	Object runtime.Object
	// OnFargate is true if its pods run on Fargate today. Of an object without pods it is true if
	// Fargate runs pods that it may be about: those of its namespace, or any where it has none.
	OnFargate bool
}

// Note is one thing that no longer is needed, or changes, as data with one pure check. Its texts
// are those of a [rules.Rule], and its Check is empty.
type Note struct {
	rules.Rule
	// Only is the one target that it is about, "" for every one.
	Only Target
	find func(*Subject, Target) []place
}

// place is where an object has what a note is about.
type place struct {
	field string
	// container is the container that the problem is said of, "" if the problem names all.
	container string
	// problem says what changes; after the containers, it begins with a verb.
	problem string
	// fix replaces that of the note, unless it is empty.
	fix string
}

// All returns the notes, in the order in which they are reported.
func All() []*Note { return slices.Clone(notes) }

// ByID returns a note, nil if there is none of the id.
func ByID(id policy.RuleID) *Note {
	at := slices.IndexFunc(notes, func(n *Note) bool { return n.ID == id })
	if at < 0 {
		return nil
	}
	return notes[at]
}

// Find returns what there is to say about an object whose pods are to run on a target, as warnings.
// Nothing is refused for it.
func Find(s Subject, target Target) []rules.Finding {
	if target == Fargate || target == "" || s.Meta == nil {
		return nil
	}
	var found []rules.Finding
	for _, n := range notes {
		if n.Only == "" || n.Only == target {
			found = append(found, n.findings(n.find(&s, target))...)
		}
	}
	return found
}
