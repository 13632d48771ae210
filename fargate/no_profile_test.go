package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// Without other nodes a pod that no profile takes is refused, with the nearest profile and what the
// pod lacks. With other nodes nothing is said of it.
func TestNoProfile(t *testing.T) {
	index := profiles.NewIndex([]profiles.Profile{
		fargatetest.Profile("apps", fargatetest.Selects("applications", "run", "on-fargate", "team", "a")),
		fargatetest.Profile("web", fargatetest.Selects("applications", "run", "on-fargate")),
	})
	const start = "Deny no-profile: the pod must match a Fargate profile, since the cluster has no other nodes: "
	labelled := func(labels map[string]string, change ...func(*corev1.Pod)) *corev1.Pod {
		pod := fixtures.Pod()
		pod.Labels = labels
		for _, c := range change {
			c(pod)
		}
		return pod
	}
	for name, c := range map[string]struct {
		namespace string
		pod       *corev1.Pod
		want      string
	}{
		"another value": {"applications", labelled(map[string]string{"run": "on-ec2"}),
			`it meets no selector without changing a label that it has: Fargate profile "web" requires run: on-fargate (the pod has "on-ec2")`},
		"another namespace": {"web", labelled(nil),
			`no ACTIVE Fargate profile selects namespace "web"; the nearest, Fargate profile "web", selects namespace "applications" and requires run: on-fargate`},
		"another namespace, its labels": {"web", labelled(map[string]string{"run": "on-fargate"}),
			`no ACTIVE Fargate profile selects namespace "web"; the nearest, Fargate profile "web", selects namespace "applications"`},
		"misspelt namespace": {"aplications", labelled(nil),
			`no ACTIVE Fargate profile selects namespace "aplications"; one selects "applications"; the nearest, Fargate profile "web", selects namespace "applications" and requires run: on-fargate`},
		"another scheduler": {"applications", labelled(nil, func(p *corev1.Pod) { p.Spec.SchedulerName = "volcano" }),
			`spec.schedulerName must be default-scheduler or fargate-scheduler, not "volcano"`},
		"another node": {"applications", labelled(nil, func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{corev1.LabelArchStable: "arm64"} }),
			"spec.nodeSelector must match a Fargate node, and none has the label kubernetes.io/arch=arm64"},
		"opted out": {"applications", labelled(nil, func(p *corev1.Pod) {
			p.Annotations = map[string]string{placement.ComputeTypeKey: placement.ComputeTypeEC2}
		}), ""},
		"bound to a node": {"applications", labelled(nil, func(p *corev1.Pod) { p.Spec.NodeName = "ip-192-0-2-1" }), ""},
		"of a DaemonSet": {"web", labelled(nil, func(p *corev1.Pod) {
			p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "DaemonSet", Name: "agent", Controller: new(true)}}
		}), ""},
		"takes labels": {"applications", labelled(nil), ""},
	} {
		t.Run(name, func(t *testing.T) {
			request := Request{Operation: OperationCreate, Namespace: c.namespace}
			d := Decide(c.pod, request, index, policyWith(fargateOnly))
			if got := messages(&d); c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || got[0] != start+c.want) {
				t.Errorf("got  %q\nwant %q", got, start+c.want)
			}
			if d := Decide(c.pod, request, index, policyWith()); len(d.Findings) > 0 {
				t.Errorf("with other nodes: %q", messages(&d))
			}
		})
	}
}

// A pod that asks for another node is refused where it says so: another profile or label wouldn't
// help it.
func TestNoProfileNamesWhatRequiresAnotherNode(t *testing.T) {
	index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("apps", fargatetest.Selects("applications", "run", "on-fargate"))})
	pod := fixtures.Pod()
	pod.Labels = nil
	pod.Spec.NodeSelector = map[string]string{corev1.LabelArchStable: "arm64"}
	findings := Decide(pod, Request{Operation: OperationCreate, Namespace: "applications"}, index, policyWith(fargateOnly)).Findings
	if len(findings) != 1 || findings[0].Field != "spec.nodeSelector[kubernetes.io/arch]" || findings[0].Remedy != "remove it, or give the cluster such nodes" {
		t.Errorf("got %+v", findings)
	}
}

// Under labels Off the message says that none are added.
func TestNoProfileLabelsOff(t *testing.T) {
	d := Decide(unlabelled(), requestIn(WholeAdmission, nil), fixtureIndex(), policyWith(fargateOnly, labelsOff))
	want := `Deny no-profile: the pod must match a Fargate profile, since the cluster has no other nodes: it lacks labels of every selector, ` +
		`and none are added: Fargate profile "each-test" requires run: on-fargate`
	if got := messages(&d); len(got) != 1 || got[0] != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A pod of an exempt namespace, or that ran before, isn't refused.
func TestNoProfileElsewhere(t *testing.T) {
	pod := fixtures.Pod()
	pod.Labels[fixtures.Label] = "elsewhere"
	for name, d := range map[string]Decision{
		"exempt": Decide(pod, requestIn(Validating, nil), fixtureIndex(), policyWith(fargateOnly, exempting(fixtures.Namespace))),
		"update": Decide(pod, requestIn(Validating, pod.DeepCopy()), fixtureIndex(), policyWith(fargateOnly)),
		"off":    Decide(pod, requestIn(Validating, nil), fixtureIndex(), policyWith(fargateOnly, ruled(rules.NoProfile, policy.Off))),
	} {
		if len(d.Findings) > 0 {
			t.Errorf("%s: %q", name, messages(&d))
		}
	}
}
