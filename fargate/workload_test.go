package fargate

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/policy"
)

// controlledBy returns the metadata of an object that a controller of a kind created.
func controlledBy(kind string) metav1.ObjectMeta {
	yes := true
	return metav1.ObjectMeta{Name: "made", OwnerReferences: []metav1.OwnerReference{{Kind: kind, Name: "owner", Controller: &yes}}}
}

// A Job, and any other workload, is judged by its pod template and, where it has one, by its Job
// spec. One that a controller created is not reported.
func TestWorkloads(t *testing.T) {
	pod := fixtures.Pod()
	pod.Spec.HostPID = true
	template := corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
	spec := batchv1.JobSpec{Template: template}
	elsewhere := batchv1.JobSpec{Template: *template.DeepCopy()}
	elsewhere.Template.Annotations = map[string]string{placement.ComputeTypeKey: "ec2"}
	for name, c := range map[string]struct {
		object    runtime.Object
		change    func(*policy.Policy)
		workloads policy.Action
		want      []string // field and action
	}{
		"Job":     {object: &batchv1.Job{Spec: spec}, want: []string{"spec.template.spec.hostPID Warn", "spec.ttlSecondsAfterFinished Warn"}},
		"CronJob": {object: &batchv1.CronJob{Spec: batchv1.CronJobSpec{JobTemplate: batchv1.JobTemplateSpec{Spec: spec}}}, want: []string{"spec.jobTemplate.spec.template.spec.hostPID Warn", "spec.jobTemplate.spec.ttlSecondsAfterFinished Warn"}},
		"CronJob that keeps none": {
			object: &batchv1.CronJob{Spec: batchv1.CronJobSpec{SuccessfulJobsHistoryLimit: new(int32(0)), FailedJobsHistoryLimit: new(int32(0)), JobTemplate: batchv1.JobTemplateSpec{Spec: spec}}},
			want:   []string{"spec.jobTemplate.spec.template.spec.hostPID Warn"},
		},
		"CronJob that keeps failed": {
			object: &batchv1.CronJob{Spec: batchv1.CronJobSpec{SuccessfulJobsHistoryLimit: new(int32(0)), JobTemplate: batchv1.JobTemplateSpec{Spec: spec}}},
			want:   []string{"spec.jobTemplate.spec.template.spec.hostPID Warn", "spec.jobTemplate.spec.ttlSecondsAfterFinished Warn"},
		},
		"not on Fargate":             {object: &batchv1.Job{Spec: elsewhere}},
		"Job of a CronJob":           {object: &batchv1.Job{ObjectMeta: controlledBy("CronJob"), Spec: spec}},
		"workloads Deny":             {object: &batchv1.Job{Spec: spec}, workloads: policy.Deny, want: []string{"spec.template.spec.hostPID Deny", "spec.ttlSecondsAfterFinished Warn"}},
		"workloads Off":              {object: &batchv1.Job{Spec: spec}, workloads: policy.Off, want: []string{"spec.ttlSecondsAfterFinished Warn"}},
		"rule Deny":                  {object: &batchv1.Job{Spec: spec}, change: ruled(objects.JobTTL, policy.Deny), want: []string{"spec.template.spec.hostPID Warn", "spec.ttlSecondsAfterFinished Deny"}},
		"rule Off":                   {object: &batchv1.Job{Spec: spec}, change: ruled(objects.JobTTL, policy.Off), want: []string{"spec.template.spec.hostPID Warn"}},
		"ReplicaSet":                 {object: &appsv1.ReplicaSet{Spec: appsv1.ReplicaSetSpec{Template: template}}, want: []string{"spec.template.spec.hostPID Warn"}},
		"ReplicaSet of a Deployment": {object: &appsv1.ReplicaSet{ObjectMeta: controlledBy("Deployment"), Spec: appsv1.ReplicaSetSpec{Template: template}}},
		"Deployment of a controller": {object: &appsv1.Deployment{ObjectMeta: controlledBy("App"), Spec: appsv1.DeploymentSpec{Template: template}}, want: []string{"spec.template.spec.hostPID Warn"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := policyWith()
			if c.change != nil {
				c.change(p)
			}
			if c.workloads != "" {
				p.Workloads = c.workloads
			}
			d := Decide(c.object, requestIn(Validating, nil), fixtureIndex(), p)
			var got []string
			for _, f := range d.Findings {
				got = append(got, f.Field+" "+string(f.Action))
				if refused := f.Rule == rules.HostNamespaces.ID && f.Action == policy.Warn; f.PodsRefused != refused {
					t.Errorf("%s: pods refused: %v, want %v", f.Field, f.PodsRefused, refused)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if !d.Judged || d.Placement.Fargate != (name != "not on Fargate") {
				t.Errorf("placement %+v", d.Placement)
			}
		})
	}
}
