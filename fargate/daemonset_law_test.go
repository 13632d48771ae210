package fargate

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"pgregory.net/rapid"
)

// nodeLabels are what selectors and nodes of the law are made of. Fargate
// nodes have all but the last, which isn't one of theirs (F5.1).
func nodeLabels() map[string][]string {
	return map[string][]string{
		computeTypeKey:           {"fargate", "hybrid", "auto"},
		corev1.LabelArchStable:   {"amd64", "arm64"},
		corev1.LabelOSStable:     {"linux", "windows"},
		corev1.LabelTopologyZone: {"a", "b"},
		"gpu":                    {"yes"},
	}
}

func nodeRequirement(t *rapid.T) corev1.NodeSelectorRequirement {
	labels := nodeLabels()
	key := rapid.SampledFrom([]string{computeTypeKey, corev1.LabelArchStable, corev1.LabelOSStable, corev1.LabelTopologyZone, "gpu"}).Draw(t, "key")
	r := corev1.NodeSelectorRequirement{Key: key, Operator: rapid.SampledFrom([]corev1.NodeSelectorOperator{
		corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn, corev1.NodeSelectorOpNotIn, corev1.NodeSelectorOpExists, corev1.NodeSelectorOpDoesNotExist,
	}).Draw(t, "operator")}
	if r.Operator == corev1.NodeSelectorOpIn || r.Operator == corev1.NodeSelectorOpNotIn {
		r.Values = rapid.SliceOfNDistinct(rapid.SampledFrom(labels[key]), 1, len(labels[key]), rapid.ID).Draw(t, "values")
	}
	return r
}

// affinities draws none, and all depths of one. Fields name no Fargate node: its
// name isn't known before.
func affinities(t *rapid.T) *corev1.Affinity {
	term := rapid.Custom(func(t *rapid.T) corev1.NodeSelectorTerm {
		term := corev1.NodeSelectorTerm{MatchExpressions: rapid.SliceOfN(rapid.Custom(nodeRequirement), 0, 3).Draw(t, "expressions")}
		if rapid.IntRange(0, 4).Draw(t, "fields") == 0 {
			operator := rapid.SampledFrom([]corev1.NodeSelectorOperator{corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn}).Draw(t, "operator")
			term.MatchFields = []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: operator, Values: []string{"node-a"}}}
		}
		return term
	})
	out := &corev1.Affinity{}
	switch rapid.IntRange(0, 9).Draw(t, "depth") {
	case 0:
		return nil
	case 1:
		return out
	case 2:
		out.NodeAffinity = &corev1.NodeAffinity{}
		return out
	}
	out.NodeAffinity = &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
		NodeSelectorTerms: rapid.SliceOfN(term, 1, 4).Draw(t, "terms"),
	}}
	return out
}

func drawnNode(t *rapid.T, fargate bool) *corev1.Node {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: rapid.SampledFrom([]string{"node-a", "node-b"}).Draw(t, "name"), Labels: map[string]string{}}}
	for key, values := range nodeLabels() {
		if rapid.Bool().Draw(t, "has "+key) {
			node.Labels[key] = rapid.SampledFrom(values).Draw(t, key)
		}
	}
	if fargate {
		zone := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "zone")
		node = fargateNode()
		node.Name = "fargate-ip-192-0-2-77.internal"
		node.Labels[corev1.LabelTopologyZone] = zone
	} else if node.Labels[computeTypeKey] == "fargate" {
		delete(node.Labels, computeTypeKey)
	}
	return node
}

func admits(t *rapid.T, set *appsv1.DaemonSet, node *corev1.Node) bool {
	spec := &set.Spec.Template.Spec
	met, err := nodeaffinity.NewRequiredNodeAffinity(spec.NodeSelector, spec.Affinity).Match(node)
	if err != nil {
		t.Fatal(err)
	}
	return met
}

// TestSteerLaw: after the patch no Fargate node is admitted, every other node
// that was still is, and no other one is; and a second time nothing changes.
func TestSteerLaw(t *testing.T) {
	policy := DefaultPolicy()
	policy.DaemonSets = DaemonSetsSteer
	steer := func(t *rapid.T, set *appsv1.DaemonSet) (*appsv1.DaemonSet, Patch) {
		d := Decide(set, Request{Operation: OperationCreate, Phase: Mutating, Namespace: "apps"}, everywhere(), &policy)
		var out appsv1.DaemonSet
		if err := json.Unmarshal(applyRaw(t, mustMarshal(t, set), d.Patch), &out); err != nil {
			t.Fatal(err)
		}
		return &out, d.Patch
	}
	rapid.Check(t, func(t *rapid.T) {
		set := agent(affinities(t))
		if rapid.IntRange(0, 3).Draw(t, "selects") == 0 {
			key := rapid.SampledFrom([]string{corev1.LabelArchStable, corev1.LabelTopologyZone, "gpu"}).Draw(t, "selector")
			set.Spec.Template.Spec.NodeSelector = map[string]string{key: nodeLabels()[key][0]}
		}
		before := set.DeepCopy()
		out, _ := steer(t, set)
		if diff := cmp.Diff(before, set); diff != "" {
			t.Fatalf("the argument was changed:\n%s", diff)
		}
		for range 5 {
			if node := drawnNode(t, true); admits(t, out, node) {
				t.Fatalf("a Fargate node in zone %s is admitted", node.Labels[corev1.LabelTopologyZone])
			}
			if node := drawnNode(t, false); admits(t, out, node) != admits(t, set, node) {
				t.Fatalf("node %s %v: admitted before %v, after %v", node.Name, node.Labels, admits(t, set, node), admits(t, out, node))
			}
		}
		if _, again := steer(t, out); len(again) > 0 {
			t.Fatalf("changed once more: %v", again)
		}
		if d := Decide(out, Request{Operation: OperationCreate, Phase: Validating, Namespace: "apps"}, everywhere(), &policy); len(d.Findings) > 0 {
			t.Fatalf("steered, and still found: %v", d.Findings)
		}
	})
}
