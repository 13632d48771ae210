package autoscaling

import (
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"

	"fargate-webhook/fargate/cluster"
)

// controlled are the kinds whose controllers are looked up. Of other kinds it isn't known whether
// another object owns them.
var controlled = []*cluster.Kind{cluster.ReplicaSets, cluster.StatefulSets, cluster.Jobs}

// maxOwners bounds the chain of owners.
const maxOwners = 8

// maxName is the longest name that an object can have. One that isn't valid names no owner that
// could be looked up, and it may have megabytes of dashes, each of which ends a possible name.
const maxName = validation.DNS1123SubdomainMaxLength

// chain is the workloads that pods belong to.
type chain struct {
	known []workload
	// unseen is the name of an owner that is not there yet, so that its own isn't known; "" for
	// none.
	unseen string
}

// workload identifies an object that an autoscaler may scale.
type workload struct{ group, kind, name string }

// ownersOf follows the controllers of pods: from a ReplicaSet to its Deployment or Rollout, from a
// Job to its CronJob, and from a StatefulSet to what made it.
func ownersOf(reader cluster.Reader, pods *Pods) (chain, error) {
	var c chain
	if w := pods.Workload; w != nil {
		c.known = append(c.known, workloadOf(w.APIVersion, w.Kind, w.Name))
	}
	for next := pods.Controller; next != nil && len(c.known) < maxOwners; {
		w := workloadOf(next.APIVersion, next.Kind, next.Name)
		c.known = append(c.known, w)
		at := slices.IndexFunc(controlled, func(k *cluster.Kind) bool { return k.Group == w.group && k.Kind == w.kind })
		if at < 0 || len(w.name) > maxName {
			break
		}
		object, err := reader.Get(controlled[at], pods.Namespace, w.name)
		if apierrors.IsNotFound(err) || cluster.IsNotGiven(err) {
			c.unseen = w.name
			break
		}
		if err != nil {
			return chain{}, fmt.Errorf("look up %s %q: %w", w.kind, pods.Namespace+"/"+w.name, err)
		}
		next = metav1.GetControllerOfNoCopy(object)
	}
	return c, nil
}

func workloadOf(apiVersion, kind, name string) workload {
	group := schema.FromAPIVersionAndKind(apiVersion, kind).Group
	return workload{group: group, kind: kind, name: name}
}

// include reports whether the pods belong to a workload. The API group counts, not the version.
//
// A cache may see a new ReplicaSet or Job later than the API server gets its first pod. Until then
// its owner is taken to be the workload with whose name, and a dash, its own begins, as controllers
// name them.
func (c chain) include(apiVersion, kind, name string) bool {
	return slices.Contains(c.known, workloadOf(apiVersion, kind, name)) || name != "" && strings.HasPrefix(c.unseen, name+"-")
}

// names returns the names of all workloads that include may report.
func (c chain) names() []string {
	var names []string
	for i := range c.known {
		names = append(names, c.known[i].name)
	}
	for i, char := range c.unseen {
		if char == '-' {
			names = append(names, c.unseen[:i])
		}
	}
	return names
}
