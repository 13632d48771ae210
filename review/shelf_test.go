package review

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	k8slabels "k8s.io/apimachinery/pkg/labels"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/traffic"
)

// What is found by labels is all that a look through the whole namespace would find.
func TestLawIndexes(t *testing.T) {
	labels := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.SampledFrom([]string{"1", "2"}), 0, 3)
	rapid.Check(t, func(rt *rapid.T) {
		var text strings.Builder
		for i := range rapid.IntRange(0, 12).Draw(rt, "objects") {
			name := rapid.SampledFrom([]string{"x", "y", fmt.Sprintf("n%d", i)}).Draw(rt, "name")
			selector, pods := flow(labels.Draw(rt, "selector")), flow(labels.Draw(rt, "pods"))
			template := "template: {metadata: {labels: " + pods + "}}"
			text.WriteString("---\n" + map[string]string{
				"Deployment":             "{apiVersion: apps/v1, kind: Deployment, metadata: {name: " + name + "}, spec: {selector: {matchLabels: " + selector + "}, " + template + "}}\n",
				"ReplicaSet":             "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: " + name + "}, spec: {selector: {matchLabels: " + selector + "}, " + template + "}}\n",
				"by an expression":       "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: " + name + "}, spec: {selector: {matchExpressions: [{key: a, operator: Exists}]}, " + template + "}}\n",
				"Job without a selector": "{apiVersion: batch/v1, kind: Job, metadata: {name: " + name + "}, spec: {" + template + "}}\n",
				"CronJob":                "{apiVersion: batch/v1, kind: CronJob, metadata: {name: " + name + "}, spec: {jobTemplate: {spec: {" + template + "}}}}\n",
				"ReplicationController":  "{apiVersion: v1, kind: ReplicationController, metadata: {name: " + name + "}, spec: {selector: " + selector + ", " + template + "}}\n",
				"without a selector":     "{apiVersion: v1, kind: ReplicationController, metadata: {name: " + name + "}, spec: {" + template + "}}\n",
				"Pod":                    "{apiVersion: v1, kind: Pod, metadata: {name: " + name + ", labels: " + pods + "}}\n",
				"Service":                "{apiVersion: v1, kind: Service, metadata: {name: " + name + "}, spec: {selector: " + selector + "}}\n",
				"NetworkPolicy":          "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: " + name + "}, spec: {podSelector: {matchLabels: " + selector + "}}}\n",
			}[rapid.SampledFrom([]string{
				"Deployment", "ReplicaSet", "by an expression", "Job without a selector", "CronJob", "ReplicationController", "without a selector", "Pod", "Service", "NetworkPolicy",
			}).Draw(rt, "kind")])
		}
		s, _ := streamOf(t, text.String())
		wanted := labels.Draw(rt, "wanted")
		for _, kind := range slices.Concat(cluster.Kinds, cluster.GivenKinds) {
			all, _ := s.known.List(kind, "default")
			selecting, _ := s.known.Selecting(kind, "default", wanted)
			labelled, _ := s.known.Labelled(kind, "default", wanted)
			for _, object := range all {
				if selector := traffic.PodSelector(object); selector != nil && matchesSome(t, selector, wanted) && !slices.Contains(selecting, object) {
					rt.Fatalf("%s %q isn't among those that select %v:\n%s", kind.Kind, object.GetName(), wanted, text.String())
				}
				if meta, _ := traffic.PodTemplate(object); meta != nil && hasAll(meta.Labels, wanted) && !slices.Contains(labelled, object) {
					rt.Fatalf("%s %q isn't among those with %v:\n%s", kind.Kind, object.GetName(), wanted, text.String())
				}
			}
		}
	})
}

func flow(labels map[string]string) string {
	var parts []string
	for key, value := range labels {
		parts = append(parts, fmt.Sprintf("%s: %q", key, value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func matchesSome(t *testing.T, selector *metav1.LabelSelector, labels map[string]string) bool {
	t.Helper()
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Matches(k8slabels.Set(labels))
}

func hasAll(labels, selector map[string]string) bool {
	for key, value := range selector {
		if has, ok := labels[key]; !ok || has != value {
			return false
		}
	}
	return true
}

// An autoscaler is found by the name of what it scales, whatever its kind is.
func TestScaling(t *testing.T) {
	s, problems := streamOf(t, `
{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: {maxReplicas: 2, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}
---
{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: b}, spec: {scaleTargetRef: {name: web}}}
---
{apiVersion: autoscaling.k8s.io/v1, kind: VerticalPodAutoscaler, metadata: {name: c}, spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: other}}}
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for _, kind := range []*cluster.Kind{cluster.HorizontalPodAutoscalers, cluster.ScaledObjects, cluster.VerticalPodAutoscalers} {
		found, err := s.known.Scaling(kind, "default", []string{"none", "web"})
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range found {
			got = append(got, object.GetName())
		}
	}
	if !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %q", got)
	}
}

// However many objects a namespace has, few are decoded for a decision about one of them.
func TestFewCandidates(t *testing.T) {
	const count = 500
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, "---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: w%d}, spec: {selector: {matchLabels: {app: w%[1]d, tier: web}}, template: {metadata: {labels: {app: w%[1]d, tier: web}}}}}\n", i)
	}
	s, problems := streamOf(t, text.String())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	of := s.known.shelves[group{cluster.ReplicaSets, "default"}]
	labels := map[string]string{"app": "w7", "tier": "web", "run": "on-fargate"}
	if selecting, labelled := of.selecting(labels), of.labelled(map[string]string{"app": "w7", "tier": "web"}); len(of.all()) != count || len(selecting) > 3 || len(labelled) > 3 {
		t.Errorf("%d select, %d are labelled, of %d", len(selecting), len(labelled), len(of.all()))
	}
}
