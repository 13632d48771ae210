package fargate

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/profiles"
)

// A subresource is written to a pod that runs, or waits for its node: whether
// that is Fargate's, EKS has decided when it was created (F1.13), and no label
// or annotation that somebody changed since makes it another (S23).
func TestPlacementOfRunningPods(t *testing.T) {
	index := profiles.NewIndex([]profiles.Profile{profile("web", selects("apps"))})
	for name, c := range map[string]struct {
		pod  corev1.Pod
		want Placement
	}{
		"claimed": {
			pod:  corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{ProfileLabel: "gone"}}, Spec: corev1.PodSpec{SchedulerName: "fargate-scheduler", NodeName: "fargate-ip-10-0-0-1"}},
			want: Placement{Fargate: true, Profile: "gone"},
		},
		"claimed and not bound yet": {
			pod:  corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{ProfileLabel: "web"}}, Spec: corev1.PodSpec{SchedulerName: "fargate-scheduler"}},
			want: Placement{Fargate: true, Profile: "web"},
		},
		"label taken away, annotated": {
			pod:  corev1.Pod{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{computeTypeKey: computeTypeEC2}}, Spec: corev1.PodSpec{SchedulerName: "fargate-scheduler"}},
			want: Placement{Fargate: true},
		},
		"on another node though a profile matches": {
			pod:  corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{ProfileLabel: "web"}}, Spec: corev1.PodSpec{SchedulerName: "default-scheduler", NodeName: "ip-10-0-0-1"}},
			want: Placement{},
		},
	} {
		for _, sub := range []string{"ephemeralcontainers", "resize"} {
			policy := DefaultPolicy()
			request := Request{Operation: OperationUpdate, SubResource: sub, Phase: Validating, Namespace: "apps", Old: c.pod.DeepCopy()}
			d := Decide(&c.pod, request, index, &policy)
			if !d.Judged || d.Placement.Fargate != c.want.Fargate || d.Placement.Profile != c.want.Profile || len(d.Placement.Labels) > 0 || len(d.Patch) > 0 {
				t.Errorf("%s, %s: have %+v", name, sub, d)
			}
			if !strings.Contains(d.Placement.Reason, "spec.schedulerName is ") {
				t.Errorf("%s: the reason is %q", name, d.Placement.Reason)
			}
		}
	}
}

// What a controller made is judged where somebody wrote it.
func TestLeftToItsController(t *testing.T) {
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{ProfileLabel: "gone"}}}
	meta := func(kind string, controls bool) metav1.ObjectMeta {
		return metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{Kind: kind, Name: "web", Controller: &controls}}}
	}
	for name, c := range map[string]struct {
		object   runtime.Object
		findings int
	}{
		"a ReplicaSet of a Deployment":   {&appsv1.ReplicaSet{ObjectMeta: meta("Deployment", true), Spec: appsv1.ReplicaSetSpec{Template: template}}, 0},
		"a Job of a CronJob":             {&batchv1.Job{ObjectMeta: meta("CronJob", true), Spec: batchv1.JobSpec{Template: template}}, 0},
		"an owner that is no controller": {&appsv1.ReplicaSet{ObjectMeta: meta("App", false), Spec: appsv1.ReplicaSetSpec{Template: template}}, 1},
		"a Job of nobody":                {&batchv1.Job{Spec: batchv1.JobSpec{Template: template}}, 1},
		"a Deployment of an operator":    {&appsv1.Deployment{ObjectMeta: meta("App", true), Spec: appsv1.DeploymentSpec{Template: template}}, 1},
	} {
		policy := DefaultPolicy()
		d := Decide(c.object, Request{Operation: OperationCreate, Phase: Validating, Namespace: "apps"}, profiles.NewIndex(nil), &policy)
		pins := 0
		for _, f := range d.Findings {
			if f.Rule == RuleProfilePin {
				pins++
			}
		}
		if !d.Judged || pins != c.findings {
			t.Errorf("%s: have %+v", name, d)
		}
		if left := strings.HasPrefix(d.Placement.Reason, "it is left to its controller, "); left != (c.findings == 0) || left && len(d.Findings) > 0 {
			t.Errorf("%s: the reason is %q, the findings %v", name, d.Placement.Reason, d.Findings)
		}
	}
}

func TestStrictestWorkloads(t *testing.T) {
	for _, c := range []struct {
		own  Action
		more []Action
		want Action
	}{
		{ActionWarn, nil, ActionWarn},
		{ActionOff, nil, ActionOff},
		{ActionOff, []Action{ActionOff, ActionWarn}, ActionWarn},
		{ActionWarn, []Action{ActionOff}, ActionWarn},
		{ActionOff, []Action{ActionDeny, ActionWarn, ActionOff}, ActionDeny},
		{ActionDeny, []Action{ActionWarn}, ActionDeny},
	} {
		policy := Policy{Settings: Settings{Workloads: c.own}}
		for _, action := range c.more {
			policy.Namespaces = append(policy.Namespaces, NamespaceSettings{Settings: Settings{Workloads: action}})
		}
		if got := policy.StrictestWorkloads(); got != c.want {
			t.Errorf("%s and %v: have %s", c.own, c.more, got)
		}
	}
}
