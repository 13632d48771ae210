package fargate

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/fixtures"
)

func controlledBy(kind string) metav1.ObjectMeta {
	yes := true
	return metav1.ObjectMeta{Name: "made", OwnerReferences: []metav1.OwnerReference{{Kind: kind, Name: "owner", Controller: &yes}}}
}

// TestJobTTL also tells what becomes of the findings in a Job's template.
func TestJobTTL(t *testing.T) {
	pod := fixtures.Pod()
	pod.Spec.HostPID = true
	template := corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
	spec := batchv1.JobSpec{Template: template}
	elsewhere := batchv1.JobSpec{Template: *template.DeepCopy()}
	elsewhere.Template.Annotations = map[string]string{computeTypeKey: "ec2"}
	type actions = map[RuleID]Action
	for name, c := range map[string]struct {
		object    runtime.Object
		rules     actions
		workloads Action
		want      []string // field and action
	}{
		"Job":                 {object: &batchv1.Job{Spec: spec}, want: []string{"spec.template.spec.hostPID Warn", "spec.ttlSecondsAfterFinished Warn"}},
		"CronJob":             {object: &batchv1.CronJob{Spec: batchv1.CronJobSpec{JobTemplate: batchv1.JobTemplateSpec{Spec: spec}}}, want: []string{"spec.jobTemplate.spec.template.spec.hostPID Warn", "spec.jobTemplate.spec.ttlSecondsAfterFinished Warn"}},
		"not Fargate's":       {object: &batchv1.Job{Spec: elsewhere}},
		"Job of a CronJob":    {object: &batchv1.Job{ObjectMeta: controlledBy("CronJob"), Spec: spec}},
		"templates denied":    {object: &batchv1.Job{Spec: spec}, workloads: ActionDeny, want: []string{"spec.template.spec.hostPID Deny", "spec.ttlSecondsAfterFinished Warn"}},
		"templates off":       {object: &batchv1.Job{Spec: spec}, workloads: ActionOff, want: []string{"spec.ttlSecondsAfterFinished Warn"}},
		"denied":              {object: &batchv1.Job{Spec: spec}, rules: actions{RuleJobTTL: ActionDeny}, want: []string{"spec.template.spec.hostPID Warn", "spec.ttlSecondsAfterFinished Deny"}},
		"off":                 {object: &batchv1.Job{Spec: spec}, rules: actions{RuleJobTTL: ActionOff}, want: []string{"spec.template.spec.hostPID Warn"}},
		"ReplicaSet":          {object: &appsv1.ReplicaSet{Spec: appsv1.ReplicaSetSpec{Template: template}}, want: []string{"spec.template.spec.hostPID Warn"}},
		"of a Deployment":     {object: &appsv1.ReplicaSet{ObjectMeta: controlledBy("Deployment"), Spec: appsv1.ReplicaSetSpec{Template: template}}},
		"a Deployment of one": {object: &appsv1.Deployment{ObjectMeta: controlledBy("App"), Spec: appsv1.DeploymentSpec{Template: template}}, want: []string{"spec.template.spec.hostPID Warn"}},
	} {
		t.Run(name, func(t *testing.T) {
			policy := DefaultPolicy()
			policy.Rules = c.rules
			if c.workloads != "" {
				policy.Workloads = c.workloads
			}
			d := Decide(c.object, Request{Operation: OperationCreate, Phase: Validating, Namespace: fixtures.Namespace}, fixtureIndex(), &policy)
			var got []string
			for _, f := range d.Findings {
				got = append(got, f.Field+" "+string(f.Action))
			}
			if len(got) != len(c.want) {
				t.Fatalf("got %q, want %q", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("got %q, want %q", got[i], c.want[i])
				}
			}
			if !d.Judged || d.Placement.Fargate != (name != "not Fargate's") {
				t.Errorf("placement %+v", d.Placement)
			}
		})
	}
}
