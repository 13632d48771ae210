package fargate

import (
	"reflect"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// A workload is reported at the labels of its template, and not again when it is updated.
func TestLabelJoinsTemplates(t *testing.T) {
	pod := unlabelled()
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}},
	}
	reader := fargatetest.In(fixtures.Namespace,
		fargatetest.Service("web", map[string]string{"run": "on-fargate"}), fargatetest.ReplicaSet("web", fargatetest.MatchLabels("run", "on-fargate")))
	request := withReader(requestIn(Validating, nil), reader)
	d := Decide(deployment, request, fixtureIndex(), policyWith(joinsAllowed))
	want := rules.Finding{
		Rule: rules.LabelJoins.ID, Action: policy.Warn, Severity: rules.LabelJoins.Severity, Field: "spec.template.metadata.labels",
		Message: `with the labels {run: "on-fargate"} added, the pod joins Service "web"`,
		Remedy:  `if that is intended, add {run: "on-fargate"} to the pod template yourself; otherwise narrow the selectors, or opt the pod out`,
	}
	if len(d.Findings) != 1 || !reflect.DeepEqual(d.Findings[0], want) || d.Placement.Labels["run"] == "" {
		t.Errorf("got %+v, placement %+v", d.Findings, d.Placement)
	}

	request.Operation, request.Old = OperationUpdate, deployment.DeepCopy()
	deployment.Spec.Template.Labels["version"] = "2"
	if d := Decide(deployment, request, fixtureIndex(), policyWith(joinsAllowed)); len(d.Findings) > 0 {
		t.Errorf("reported again: %q", messages(&d))
	}
	old := deployment.DeepCopy()
	old.Spec.Template.Labels["run"] = "on-fargate"
	request.Old = old
	if d := Decide(deployment, request, fixtureIndex(), policyWith(joinsAllowed)); len(d.Findings) != 1 || d.Findings[0].Rule != rules.LabelJoins.ID {
		t.Errorf("label removed from the template: %q, want label-joins", messages(&d))
	}

	for workloads, want := range map[policy.Action]int{policy.Deny: 1, policy.Warn: 1, policy.Off: 0} {
		p := policyWith(joinsAllowed, ruled(rules.LabelJoins, policy.Deny))
		p.Workloads = workloads
		d := Decide(deployment, withReader(requestIn(Validating, nil), reader), fixtureIndex(), p)
		if len(d.Findings) != want || want > 0 && d.Findings[0].Action != workloads || len(d.Patch) > 0 {
			t.Errorf("label-joins Deny, workloads %s: %q, patch %v", workloads, messages(&d), d.Patch)
		}
	}
}
