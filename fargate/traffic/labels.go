package traffic

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/placement"
)

// LabelChange is what adding labels to a pod changes about the selectors that match it (S24).
type LabelChange struct {
	// Placement is the one that the labels are for.
	Placement placement.Placement
	// Joined are the Services, PodDisruptionBudgets and NetworkPolicies that start to match the
	// pod, and Left those that stop.
	Joined, Left []Selector
	// Adopters are the ReplicaSets and ReplicationControllers that would adopt the pod.
	Adopters []Selector

	// before and after are the labels of the pod without and with what is added.
	before, after map[string]string
	// added are the keys that only after has, mostly one and the pin, for which there is room.
	added []string
	room  [2]string
}

// NewLabelChange compares the labels of a pod with those that it will have for a placement. EKS
// puts ProfileLabel on every pod that it claims (F1.7), so it counts as added.
func NewLabelChange(have map[string]string, place placement.Placement) *LabelChange {
	c := &LabelChange{Placement: place, before: have, after: make(map[string]string, len(have)+len(place.Labels)+1)}
	maps.Copy(c.after, have)
	maps.Copy(c.after, place.Labels)
	c.after[placement.ProfileLabel] = place.Profile
	c.added = c.room[:0]
	for key := range c.after {
		if _, had := have[key]; !had {
			c.added = append(c.added, key)
		}
	}
	return c
}

// FindAdopters finds the controllers of the namespace that would adopt the pod.
func (c *LabelChange) FindAdopters(r cluster.Reader, namespace string) {
	sets, _, _ := c.affected(r, cluster.ReplicaSets, namespace)                   // unknown controllers adopt nothing
	controllers, _, _ := c.affected(r, cluster.ReplicationControllers, namespace) // as above
	c.Adopters = slices.Concat(sets, controllers)
}

// FindJoins finds what else of the namespace starts or stops matching the pod.
func (c *LabelChange) FindJoins(r cluster.Reader, namespace string) {
	for _, kind := range joinable {
		joined, left, _ := c.affected(r, kind, namespace) // what is unknown is not reported
		c.Joined, c.Left = append(c.Joined, joined...), append(c.Left, left...)
	}
}

// joinable are the kinds that select pods but don't control them.
var joinable = [...]*cluster.Kind{cluster.Services, cluster.PodDisruptionBudgets, cluster.NetworkPolicies}

// controllers are the kinds that adopt and release pods by their selector.
var controllers = [...]*cluster.Kind{
	cluster.ReplicaSets, cluster.ReplicationControllers, cluster.StatefulSets, cluster.DaemonSets, cluster.Jobs,
}

// selecting are the kinds that select pods.
var selecting = slices.Concat(joinable[:], controllers[:])

// FindAll finds everything of the namespace that starts or stops matching the pod. It returns an
// error if something could not be looked up.
func (c *LabelChange) FindAll(r cluster.Reader, namespace string) error {
	for _, kind := range selecting {
		joined, left, err := c.affected(r, kind, namespace)
		if err != nil {
			return err
		}
		c.Joined, c.Left = append(c.Joined, joined...), append(c.Left, left...)
	}
	return nil
}

// ReleasedBy reports whether the controller of the pod stops matching it. It returns false for a
// controller that manifests don't contain, and for kinds that aren't looked up. One that the
// cluster doesn't have yet is an error: its pods came faster than its watch event.
func (c *LabelChange) ReleasedBy(r cluster.Reader, namespace string, owner *metav1.OwnerReference) (bool, error) {
	kind := cluster.Find(owner.APIVersion, owner.Kind)
	if !slices.Contains(controllers[:], kind) {
		return false, nil
	}
	object, err := r.Get(kind, namespace, owner.Name)
	if err != nil {
		if cluster.IsNotGiven(err) {
			return false, nil
		}
		return false, err
	}
	written := PodSelector(object)
	return c.concerns(written) && valid(written) && c.Releases(Selector{written: written}), nil
}

// Releases reports a selector that stops matching the pod.
func (c *LabelChange) Releases(s Selector) bool {
	return matches(s.written, c.before) && !matches(s.written, c.after)
}

// PinsOnly reports that no profile needs the labels to take the pod: they only pin it.
func (c *LabelChange) PinsOnly() bool { return !c.Placement.AddsSelectorLabels() }

// SharedWith returns the pod's own labels that a selector requires, as `app: "web"`.
func (c *LabelChange) SharedWith(s Selector) []string {
	keys := slices.Collect(maps.Keys(s.written.MatchLabels))
	for _, e := range s.written.MatchExpressions {
		if e.Operator == metav1.LabelSelectorOpIn || e.Operator == metav1.LabelSelectorOpExists {
			keys = append(keys, e.Key)
		} // others are met by labels that the pod doesn't have
	}
	slices.Sort(keys)
	var shared []string
	for _, key := range slices.Compact(keys) {
		if value, had := c.before[key]; had {
			shared = append(shared, fmt.Sprintf("%s: %q", key, value))
		}
	}
	return shared
}

// LabelList returns `app: "web", run: "on-fargate"`, without the label of a key.
func LabelList(of map[string]string, without string) string {
	var texts []string
	for _, key := range slices.Sorted(maps.Keys(of)) {
		if key != without {
			texts = append(texts, fmt.Sprintf("%s: %q", key, of[key]))
		}
	}
	return strings.Join(texts, ", ")
}
