package traffic

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// lists returns objects as a cache does: in no order.
type lists map[*cluster.Kind][]metav1.Object

func (l lists) List(kind *cluster.Kind, _ string) ([]metav1.Object, error) { return l[kind], nil }

func (lists) Get(kind *cluster.Kind, namespace, name string) (metav1.Object, error) {
	return nil, &cluster.NotGivenError{Kind: kind.Kind, Namespace: namespace, Name: name}
}

func TestLabelChangeIsSorted(t *testing.T) {
	reader := lists{}
	for _, name := range []string{"c", "a", "b"} {
		reader[cluster.Services] = append(reader[cluster.Services], fargatetest.Service(name, map[string]string{"run": "on-fargate"}))
		reader[cluster.NetworkPolicies] = append(reader[cluster.NetworkPolicies],
			fargatetest.NetworkPolicy(name, fargatetest.MatchExpression("run", metav1.LabelSelectorOpDoesNotExist)))
	}
	change := NewLabelChange(nil, placement.Placement{Profile: "apps", Labels: map[string]string{"run": "on-fargate"}})
	change.FindJoins(reader, "apps")
	const joined, left = `Service "a", Service "b", Service "c"`, `NetworkPolicy "a", NetworkPolicy "b", NetworkPolicy "c"`
	if got := []string{Names(change.Joined), Names(change.Left)}; !slices.Equal(got, []string{joined, left}) {
		t.Errorf("got %q, want %q and %q", got, joined, left)
	}
}

func TestNamesCountsTheRest(t *testing.T) {
	var objects []Selector
	for i, want := range []string{
		"", `Service "0"`, `Service "0", Service "1"`, `Service "0", Service "1", Service "2"`, `Service "0", Service "1", Service "2" and 1 more`,
	} {
		if got := Names(objects); got != want {
			t.Errorf("%d objects: got %s, want %s", i, got, want)
		}
		objects = append(objects, Selector{Kind: "Service", Name: fmt.Sprint(i)})
	}
}

func TestSharedWith(t *testing.T) {
	run := metav1.LabelSelectorRequirement{Key: "run", Operator: metav1.LabelSelectorOpExists}
	for name, c := range map[string]struct {
		selector *metav1.LabelSelector
		want     []string
	}{
		"nothing": {selector: fargatetest.MatchLabels("run", "on-fargate")},
		"labels":  {fargatetest.MatchLabels("app", "web", "run", "on-fargate"), []string{`app: "web"`}},
		"expressions": {&metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
			run,
			{Key: "tier", Operator: metav1.LabelSelectorOpIn, Values: []string{"back", "front"}},
			{Key: "app", Operator: metav1.LabelSelectorOpExists},
			{Key: "zone", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"b"}},
			{Key: "old", Operator: metav1.LabelSelectorOpDoesNotExist},
		}}, []string{`app: "web"`, `tier: "front"`}},
	} {
		have := map[string]string{"app": "web", "tier": "front", "zone": "a"}
		change := NewLabelChange(have, placement.Placement{Profile: "apps", Labels: map[string]string{"run": "on-fargate"}})
		change.FindAdopters(fargatetest.In("apps", fargatetest.ReplicaSet("web", c.selector)), "apps")
		if len(change.Adopters) != 1 {
			t.Fatalf("%s: adopters %v, want one", name, change.Adopters)
		}
		if diff := cmp.Diff(c.want, change.SharedWith(change.Adopters[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What added labels change in a namespace of 200 Services, 100 NetworkPolicies and 500 ReplicaSets
// (Deployments keep old ones). It must stay below 1 ms, even if all of them select every pod on
// Fargate.
func BenchmarkLabelChange(b *testing.B) {
	index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("apps", fargatetest.Selects("apps", "run", "on-fargate"))})
	for _, bench := range []struct {
		name   string
		labels []string // of each selector, besides its own; nil for selectors of the added label alone
		owned  bool
	}{
		{name: "other labels", labels: []string{"stage", "test"}},
		{name: "the label", labels: []string{"run", "on-fargate"}},
		{name: "all join", owned: true},
	} {
		reader := lists{}
		for i := range 500 {
			app := fmt.Sprintf("app-%d", i)
			selector := fargatetest.MatchLabels(append([]string{"app", app}, bench.labels...)...)
			if bench.labels == nil {
				selector = fargatetest.MatchLabels("run", "on-fargate")
			}
			reader[cluster.ReplicaSets] = append(reader[cluster.ReplicaSets], fargatetest.ReplicaSet(app, selector))
			if i < 200 {
				reader[cluster.Services] = append(reader[cluster.Services], fargatetest.Service(app, selector.MatchLabels))
			}
			if i < 100 {
				reader[cluster.NetworkPolicies] = append(reader[cluster.NetworkPolicies], fargatetest.NetworkPolicy(app, selector))
			}
		}
		b.Run(bench.name, func(b *testing.B) {
			meta := &metav1.ObjectMeta{Labels: map[string]string{"app": "web"}}
			b.ReportAllocs()
			for b.Loop() {
				change := NewLabelChange(meta.Labels, placement.Place("apps", meta, &corev1.PodSpec{}, index, placement.Adds{Labels: policy.LabelsInject}))
				if !bench.owned {
					change.FindAdopters(reader, "apps")
				}
				change.FindJoins(reader, "apps")
			}
		})
	}
}
