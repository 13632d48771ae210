package review

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"

	"fargate-webhook/bill"
	"fargate-webhook/kinds"
)

// counted is how spec.replicas of a kind counts its pods.
type counted struct {
	// byDefault is true where one is the default.
	byDefault bool
	// groups is true where it counts groups of spec.leaderWorkerTemplate.size pods.
	groups bool
}

// countedKinds are the custom kinds whose spec.replicas is known to count pods, or groups of them:
// their API references say so.
var countedKinds = map[schema.GroupKind]counted{
	{Group: "argoproj.io", Kind: "Rollout"}:                      {byDefault: true},
	{Group: "apps.kruise.io", Kind: "CloneSet"}:                  {byDefault: true},
	{Group: "apps.kruise.io", Kind: "StatefulSet"}:               {byDefault: true},
	{Group: "apps.kruise.io", Kind: "UnitedDeployment"}:          {},
	{Group: "apps.openshift.io", Kind: "DeploymentConfig"}:       {},
	{Group: "leaderworkerset.x-k8s.io", Kind: "LeaderWorkerSet"}: {byDefault: true, groups: true},
}

// replicated is the part of a custom resource that says how many pods it makes.
type replicated struct {
	Spec struct {
		Replicas *int32 `json:"replicas"`
		Groups   struct {
			Size   *int32         `json:"size"`
			Leader map[string]any `json:"leaderTemplate"`
		} `json:"leaderWorkerTemplate"`
	} `json:"spec"`
}

// otherUse is the use of the pods of a custom resource.
func (g *given) otherUse(object runtime.Object, id named, raw []byte) bill.Use {
	var from replicated
	kind, known := countedKinds[schema.GroupKind{Group: groupOf(id.apiVersion), Kind: id.kind}]
	if known && kjson.UnmarshalCaseSensitivePreserveInts(raw, &from) == nil && (from.Spec.Replicas != nil || kind.byDefault) {
		use := g.replicas(id, from.Spec.Replicas)
		if kind.groups {
			use = from.grouped(object, use)
		}
		return use
	}
	if use, ok := g.autoscaled(id); ok {
		return use
	}
	return bill.Use{Unknown: true, Notes: []string{fmt.Sprintf("how many pods a %s makes, and how long they run, isn't known: none are counted", id.kind)}}
}

// grouped is the use of the pods of one template of groups: each group has a leader, which is a
// worker if leaders have no template, and size pods in all.
func (r *replicated) grouped(object runtime.Object, groups bill.Use) bill.Use {
	path, _ := kinds.Template(object)
	pods := int64(max(valueOr(r.Spec.Groups.Size, 1), 1))
	switch {
	case strings.HasSuffix(path, ".leaderTemplate"):
		pods = 1
	case r.Spec.Groups.Leader != nil:
		pods--
	}
	use := bill.Steady(groups.PodsLeast*pods, groups.PodsMost*pods)
	use.Notes = []string{fmt.Sprintf("spec.replicas counts groups: each has %d of these pods", pods)}
	return use
}
