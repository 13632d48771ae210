package eks

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
)

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"apps", "apps", true}, {"apps", "app", false}, {"apps", "Apps", false}, {"app", "apps", false},
		{"prod*", "prod", true}, {"prod*", "prod-eu", true}, {"*dev", "my-dev", true}, {"*dev", "device", false},
		{"frontend*?", "frontend", false}, {"frontend*?", "frontend1", true}, {"frontend*?", "frontend12", true},
		{"?", "", false}, {"?", "a", true}, {"*", "", true}, {"**a**", "bab", true}, {"", "", true}, {"", "a", false},
		{"key?", "key1", true}, {"*/name", "example.com/name", true}, {"a*b*c", "aXbYbZc", true}, {"a*b*c", "aXcYb", false},
	} {
		if got := matches(test.pattern, test.text); got != test.want {
			t.Errorf("matches(%q, %q) = %v", test.pattern, test.text, got)
		}
	}
}

// A text matches what comes of replacing parts of it by wildcards.
func TestMatchesLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern, text := "", ""
		for range rapid.IntRange(0, 5).Draw(t, "parts") {
			part := rapid.StringMatching(`[ab]{1,3}`).Draw(t, "part")
			text += part
			switch rapid.IntRange(0, 2).Draw(t, "as") {
			case 0:
				pattern += part
			case 1:
				pattern += "*"
			default:
				for range part {
					pattern += "?"
				}
			}
		}
		if !matches(pattern, text) {
			t.Fatalf("%q doesn't match %q", pattern, text)
		}
		if matches(pattern+"c", text) {
			t.Fatalf("%q matches %q", pattern+"c", text)
		}
	})
}

func TestClaimant(t *testing.T) {
	profiles := []Profile{
		{Name: "prod-workload", Status: Active, Selectors: []Selector{{Namespace: "shop"}}},
		{Name: "beta-workload", Status: Active, Selectors: []Selector{{Namespace: "sh?p"}, {Namespace: "other", Labels: map[string]string{"run": "on-*", "key?": "value"}}}},
		{Name: "a-creating", Status: Creating, Selectors: []Selector{{Namespace: "*"}}},
		{Name: "b-deleting", Status: Deleting, Selectors: []Selector{{Namespace: "*"}}},
	}
	for _, test := range []struct {
		name, namespace string
		pod             metav1.ObjectMeta
		want            string
	}{
		{"the first by name", "shop", metav1.ObjectMeta{}, "beta-workload"},
		{"the label chooses", "shop", metav1.ObjectMeta{Labels: map[string]string{profileLabel: "prod-workload"}}, "prod-workload"},
		{"the chosen one must match", "other", metav1.ObjectMeta{Labels: map[string]string{profileLabel: "prod-workload", "run": "on-x", "key1": "value"}}, ""},
		{"nothing of the chosen name", "shop", metav1.ObjectMeta{Labels: map[string]string{profileLabel: "none"}}, ""},
		{"all labels", "other", metav1.ObjectMeta{Labels: map[string]string{"run": "on-", "key1": "value"}}, "beta-workload"},
		{"one label short", "other", metav1.ObjectMeta{Labels: map[string]string{"run": "on-fargate"}}, ""},
		{"no namespace", "third", metav1.ObjectMeta{}, ""},
		{"opted out", "shop", metav1.ObjectMeta{Annotations: map[string]string{computeType: "ec2"}}, ""},
		{"opted in", "shop", metav1.ObjectMeta{Annotations: map[string]string{computeType: "fargate"}}, "beta-workload"},
		{"of a DaemonSet", "shop", metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{Kind: "DaemonSet", Controller: new(true)}}}, ""},
		{"of a ReplicaSet", "shop", metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Controller: new(true)}}}, "beta-workload"},
	} {
		if got := claimant(profiles, test.namespace, &corev1.Pod{ObjectMeta: test.pod}); got != test.want {
			t.Errorf("%s: %q; want %q", test.name, got, test.want)
		}
	}
}

func TestClaim(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "a"}}}
	pod.Spec.SchedulerName, pod.Spec.PriorityClassName = corev1.DefaultSchedulerName, "mine"
	want := []operation{
		{"add", "/metadata/labels", map[string]string{"app": "a", profileLabel: "p"}},
		{"add", "/spec/priorityClassName", fargatePriority},
		{"add", "/spec/priority", fargatePriorityAt},
		{"add", "/spec/schedulerName", fargateScheduler},
	}
	if diff := cmp.Diff(want, claim(pod, "p")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	pod.Spec.SchedulerName = "volcano"
	if diff := cmp.Diff(want[:3], claim(pod, "p")); diff != "" {
		t.Errorf("another scheduler (-want +got):\n%s", diff)
	}
}
