package fargate

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/profiles"
)

// A profile that requires a label of controllers takes the pods of their templates, though the
// templates don't have it yet.
func TestTemplatesHaveLabelsOfControllers(t *testing.T) {
	pod := unlabelled()
	pod.Spec.HostNetwork = true
	template := corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
	selector := fargatetest.MatchLabels("app", "web")
	jobs := batchv1.JobSpec{Template: template}
	for name, c := range map[string]struct {
		object runtime.Object
		label  string
	}{
		"Deployment":               {&appsv1.Deployment{Spec: appsv1.DeploymentSpec{Template: template, Selector: selector}}, "pod-template-hash"},
		"StatefulSet, revision":    {&appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Template: template, Selector: selector}}, "controller-revision-hash"},
		"StatefulSet, index":       {&appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Template: template, Selector: selector}}, "apps.kubernetes.io/pod-index"},
		"Job":                      {&batchv1.Job{Spec: jobs}, "job-name"},
		"CronJob":                  {&batchv1.CronJob{Spec: batchv1.CronJobSpec{JobTemplate: batchv1.JobTemplateSpec{Spec: jobs}}}, "batch.kubernetes.io/job-name"},
		"ReplicaSet of a template": {&appsv1.ReplicaSet{Spec: appsv1.ReplicaSetSpec{Template: hashed(template), Selector: selector}}, "pod-template-hash"},
	} {
		index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("wild", fargatetest.Selects(fixtures.Namespace, c.label, "*"))})
		d := Decide(c.object, requestIn(WholeAdmission, nil), index, policyWith())
		if !d.Placement.Fargate || len(d.Placement.Labels) > 0 || len(d.Findings) == 0 || !d.Findings[0].PodsRefused {
			t.Errorf("%s: placement %+v, %q", name, d.Placement, messages(&d))
		}
		other := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("wild", fargatetest.Selects(fixtures.Namespace, "app.kubernetes.io/instance", "*"))})
		if d := Decide(c.object, requestIn(WholeAdmission, nil), other, policyWith()); d.Placement.Fargate {
			t.Errorf("%s, another label: placement %+v", name, d.Placement)
		}
	}
}

// hashed returns a template as a Deployment gives it to its ReplicaSet.
func hashed(template corev1.PodTemplateSpec) corev1.PodTemplateSpec {
	out := *template.DeepCopy()
	metav1.SetMetaDataLabel(&out.ObjectMeta, "pod-template-hash", "5d4f")
	return out
}
