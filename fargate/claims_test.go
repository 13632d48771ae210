package fargate_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// claimsIn returns a cluster with claim "apps/ebs", bound to a volume of EBS, and class "gp3".
func claimsIn() *fargatetest.Cluster {
	return &fargatetest.Cluster{Objects: []metav1.Object{
		&corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "ebs"},
			Spec:       corev1.PersistentVolumeClaimSpec{VolumeName: "pv"},
			Status:     corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound},
		},
		&corev1.PersistentVolume{
			ObjectMeta: metav1.ObjectMeta{Name: "pv"},
			Spec: corev1.PersistentVolumeSpec{PersistentVolumeSource: corev1.PersistentVolumeSource{
				CSI: &corev1.CSIPersistentVolumeSource{Driver: "ebs.csi.aws.com"},
			}},
		},
		&storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "gp3"}, Provisioner: "ebs.csi.aws.com"},
	}}
}

// claimsFindings returns the findings about an object in namespace "apps", on create or, with an
// old object, on update.
func claimsFindings(object, old runtime.Object) []rules.Finding {
	p := policy.Default()
	request := fargate.Request{Operation: fargate.OperationCreate, Phase: fargate.Validating, Namespace: "apps", Cluster: claimsIn()}
	if old != nil {
		request.Operation, request.Old = fargate.OperationUpdate, old
	}
	return fargate.Decide(object, request, fargatetest.Everywhere(), &p).Findings
}

// claimTemplates returns a StatefulSet whose claim templates have class "gp3".
func claimTemplates(names ...string) *appsv1.StatefulSet {
	class := "gp3"
	set := &appsv1.StatefulSet{}
	for _, name := range names {
		set.Spec.VolumeClaimTemplates = append(set.Spec.VolumeClaimTemplates, corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PersistentVolumeClaimSpec{StorageClassName: &class},
		})
	}
	return set
}

// A claim is refused in a pod and reported in what makes the pod, with the path in the object that
// the user wrote.
func TestClaimsOfWorkloads(t *testing.T) {
	spec := corev1.PodSpec{Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
		PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "ebs"},
	}}}}
	template := corev1.PodTemplateSpec{Spec: spec}
	seconds := int32(0)
	job := batchv1.JobSpec{Template: template, TTLSecondsAfterFinished: &seconds}
	const claim, message = "spec.volumes[0].persistentVolumeClaim.claimName", `volume "data" must not use claim "ebs", which is bound to volume "pv" of driver ebs.csi.aws.com; Fargate mounts only efs.csi.aws.com`
	for name, c := range map[string]struct {
		object  runtime.Object
		field   string
		action  policy.Action
		message string
	}{
		"Pod":         {&corev1.Pod{Spec: spec}, claim, policy.Deny, message},
		"Deployment":  {&appsv1.Deployment{Spec: appsv1.DeploymentSpec{Template: template}}, "spec.template." + claim, policy.Warn, message},
		"StatefulSet": {&appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Template: template}}, "spec.template." + claim, policy.Warn, message},
		"CronJob": {
			&batchv1.CronJob{Spec: batchv1.CronJobSpec{JobTemplate: batchv1.JobTemplateSpec{Spec: job}}},
			"spec.jobTemplate.spec.template." + claim, policy.Warn, message,
		},
		"claim template": {claimTemplates("data"), "spec.volumeClaimTemplates[0].spec.storageClassName", policy.Warn,
			`claim template "data" must not make a claim that Fargate can never mount: its StorageClass "gp3" provisions volumes of ebs.csi.aws.com, and Fargate mounts only efs.csi.aws.com`},
	} {
		t.Run(name, func(t *testing.T) {
			found := claimsFindings(c.object, nil)
			checkFoundBy(t, found, rules.PersistentVolume)
			for _, f := range found {
				if f.Field != c.field || f.Action != c.action || f.PodsRefused != (c.action == policy.Warn) || f.Message != c.message {
					t.Errorf("got %+v, want %+v", f, c)
				}
			}
		})
	}
}

// On update only a claim template that wasn't there before is reported, wherever in the list it
// stands.
func TestClaimTemplatesOnUpdate(t *testing.T) {
	for name, c := range map[string]struct {
		old  *appsv1.StatefulSet
		want []*rules.Rule
	}{
		"the same, elsewhere in the list": {claimTemplates("logs", "data"), nil},
		"another template":                {claimTemplates("logs"), []*rules.Rule{rules.PersistentVolume}},
		"no template":                     {claimTemplates(), []*rules.Rule{rules.PersistentVolume}},
	} {
		t.Run(name, func(t *testing.T) { checkFoundBy(t, claimsFindings(claimTemplates("data"), c.old), c.want...) })
	}
}
