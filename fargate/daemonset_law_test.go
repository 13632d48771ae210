package fargate

import (
	"testing"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"pgregory.net/rapid"
)

// nodeLabels returns the labels that selectors and nodes are drawn from. Fargate nodes have all but
// gpu (F5.1).
func nodeLabels() map[string][]string {
	return map[string][]string{
		placement.ComputeTypeKey: {"fargate", "hybrid", "auto"},
		corev1.LabelArchStable:   {"amd64", "arm64"},
		corev1.LabelOSStable:     {"linux", "windows"},
		corev1.LabelTopologyZone: {"a", "b"},
		"gpu":                    {"yes"},
	}
}

// nodeRequirement draws one requirement of a node selector term.
func nodeRequirement(t *rapid.T) corev1.NodeSelectorRequirement {
	labels := nodeLabels()
	key := rapid.SampledFrom([]string{placement.ComputeTypeKey, corev1.LabelArchStable, corev1.LabelOSStable, corev1.LabelTopologyZone, "gpu"}).Draw(t, "key")
	r := corev1.NodeSelectorRequirement{Key: key, Operator: rapid.SampledFrom([]corev1.NodeSelectorOperator{
		corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn, corev1.NodeSelectorOpNotIn, corev1.NodeSelectorOpExists, corev1.NodeSelectorOpDoesNotExist,
	}).Draw(t, "operator")}
	if r.Operator == corev1.NodeSelectorOpIn || r.Operator == corev1.NodeSelectorOpNotIn {
		r.Values = rapid.SliceOfNDistinct(rapid.SampledFrom(labels[key]), 1, len(labels[key]), rapid.ID).Draw(t, "values")
	}
	return r
}

// affinities draws an affinity, complete, partial or nil. Its fields name no Fargate node: that
// name isn't known in advance.
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

// drawnNode draws a node: one of Fargate, or any other.
func drawnNode(t *rapid.T, fargate bool) *corev1.Node {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: rapid.SampledFrom([]string{"node-a", "node-b"}).Draw(t, "name"), Labels: map[string]string{}}}
	for key, values := range nodeLabels() {
		if rapid.Bool().Draw(t, "has "+key) {
			node.Labels[key] = rapid.SampledFrom(values).Draw(t, key)
		}
	}
	if fargate {
		const name = "fargate-ip-192-0-2-77.internal"
		node.Name = name
		node.Labels = map[string]string{ // F5.1
			placement.ComputeTypeKey: "fargate", corev1.LabelArchStable: "amd64", corev1.LabelOSStable: "linux",
			corev1.LabelHostname: name, corev1.LabelTopologyRegion: "any",
			corev1.LabelTopologyZone: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "zone"),
		}
	} else if node.Labels[placement.ComputeTypeKey] == "fargate" {
		delete(node.Labels, placement.ComputeTypeKey)
	}
	return node
}

// admits reports whether a node meets node selector and affinity of the DaemonSet, by the code of
// the scheduler.
func admits(t *rapid.T, set *appsv1.DaemonSet, node *corev1.Node) bool {
	spec := &set.Spec.Template.Spec
	met, err := nodeaffinity.NewRequiredNodeAffinity(spec.NodeSelector, spec.Affinity).Match(node)
	if err != nil {
		t.Fatal(err)
	}
	return met
}

// After steering no Fargate node is admitted, and every other node is admitted as before. Steering
// again changes nothing.
func TestLawSteerKeepsOnlyFargateNodesOut(t *testing.T) {
	steered := func(t *rapid.T, set *appsv1.DaemonSet) (*appsv1.DaemonSet, jsonpatch.Patch) {
		d := Decide(set, Request{Operation: OperationCreate, Phase: Mutating, Namespace: "apps"}, fargatetest.Everywhere(), policyWith(steering))
		return patched(t, set, d.Patch), d.Patch
	}
	rapid.Check(t, func(t *rapid.T) {
		set := agent(affinities(t))
		if rapid.IntRange(0, 3).Draw(t, "selects") == 0 {
			key := rapid.SampledFrom([]string{corev1.LabelArchStable, corev1.LabelTopologyZone, "gpu"}).Draw(t, "selector")
			set.Spec.Template.Spec.NodeSelector = map[string]string{key: nodeLabels()[key][0]}
		}
		before := set.DeepCopy()
		out, _ := steered(t, set)
		if diff := cmp.Diff(before, set); diff != "" {
			t.Fatalf("the argument was changed (-before +after):\n%s", diff)
		}
		for range 5 {
			if node := drawnNode(t, true); admits(t, out, node) {
				t.Fatalf("a Fargate node in zone %s is admitted", node.Labels[corev1.LabelTopologyZone])
			}
			if node := drawnNode(t, false); admits(t, out, node) != admits(t, set, node) {
				t.Fatalf("node %s %v: admitted before %v, after %v", node.Name, node.Labels, admits(t, set, node), admits(t, out, node))
			}
		}
		if _, again := steered(t, out); len(again) > 0 {
			t.Fatalf("steered again: %v", again)
		}
		if d := Decide(out, Request{Operation: OperationCreate, Phase: Validating, Namespace: "apps"}, fargatetest.Everywhere(), policyWith(steering)); len(d.Findings) > 0 {
			t.Fatalf("steered, but reported: %v", d.Findings)
		}
	})
}
