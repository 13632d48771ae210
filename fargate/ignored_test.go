package fargate

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
)

// An annotation with a reason takes a rule's findings out of a review, and out of admission only if
// the policy allows that.
func TestIgnoreAnnotations(t *testing.T) {
	const reason = "moves in March"
	pod := func(value string) *corev1.Pod {
		p := fixtures.Pod()
		p.Spec.HostPID = true
		p.Annotations = map[string]string{IgnorePrefix + string(rules.HostNamespaces.ID): value}
		return p
	}
	deployment := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{ObjectMeta: pod(reason).ObjectMeta, Spec: pod(reason).Spec}}}
	itself := deployment.DeepCopy()
	itself.Spec.Template.Annotations, itself.Annotations = nil, pod(reason).Annotations
	allowed := func(p *policy.Policy) { p.IgnoreAnnotations = policy.IgnoreAdmission }
	for name, c := range map[string]struct {
		object  runtime.Object
		offline bool
		change  func(*policy.Policy)
		ignored bool
	}{
		"a review":                        {pod(reason), true, nil, true},
		"admission":                       {pod(reason), false, nil, false},
		"admission that allows it":        {pod(reason), false, allowed, true},
		"without a reason":                {pod(" "), true, allowed, false},
		"by the template":                 {deployment, true, nil, true},
		"by the workload":                 {itself, true, nil, true},
		"by the template in an admission": {deployment, false, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := policyWith()
			if c.change != nil {
				c.change(p)
			}
			request := requestIn(WholeAdmission, nil)
			request.Offline = c.offline
			d := Decide(c.object, request, fixtureIndex(), p)
			if c.ignored != (len(d.Findings) == 0) || c.ignored != (len(d.Ignored) == 1) {
				t.Fatalf("findings %v, ignored %v", d.Findings, d.Ignored)
			}
			if c.ignored && (d.Ignored[0].Reason != reason || d.Ignored[0].Rule != rules.HostNamespaces.ID || d.PodsRefused) {
				t.Errorf("ignored %+v, pods refused %v", d.Ignored[0], d.PodsRefused)
			}
		})
	}
}

// The pods of a workload are refused, or not, whatever the policy says of workloads; a review knows.
func TestPodsRefused(t *testing.T) {
	pod := fixtures.Pod()
	pod.Spec.HostPID = true
	template := corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
	deployment := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Template: template}}
	rollout := &kinds.TemplateHolder{TypeMeta: metav1.TypeMeta{APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout"}, Path: "spec.template", Template: template}
	for name, c := range map[string]struct {
		object    runtime.Object
		workloads policy.Action
		change    func(*policy.Policy)
		refused   bool
		denied    bool
	}{
		"Warn":             {deployment, policy.Warn, nil, true, false},
		"Off":              {deployment, policy.Off, nil, true, false},
		"Deny":             {deployment, policy.Deny, nil, false, true},
		"Rollout":          {rollout, policy.Warn, nil, true, false},
		"Rollout and Deny": {rollout, policy.Deny, nil, true, false},
		"Observe":          {deployment, policy.Warn, func(p *policy.Policy) { p.Mode = policy.ModeObserve }, false, false},
		"exempt":           {deployment, policy.Warn, exempting(fixtures.Namespace), false, false},
		"rule off":         {deployment, policy.Warn, ruled(rules.HostNamespaces, policy.Off), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := policyWith()
			if c.change != nil {
				c.change(p)
			}
			p.Workloads = c.workloads
			request := requestIn(WholeAdmission, nil)
			request.Offline = true
			d := Decide(c.object, request, fixtureIndex(), p)
			if d.PodsRefused != c.refused || (len(denied(&d)) > 0) != c.denied {
				t.Errorf("pods refused: %v, findings %v", d.PodsRefused, d.Findings)
			}
		})
	}
}
