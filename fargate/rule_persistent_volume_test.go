package fargate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/profiles"
)

// podWithClaim is a pod with the claim "x", and a Secret before it.
func podWithClaim() corev1.PodSpec {
	return corev1.PodSpec{Volumes: []corev1.Volume{
		{Name: "secret", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "x"}}},
		{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "x"}}},
	}}
}

// judgeNew judges a new object in a namespace of Fargate's by this rule.
func judgeNew(object runtime.Object, cluster Cluster, settings ...func(*Settings)) []Finding {
	return ofThisRule(object, Request{Operation: OperationCreate, Phase: Validating, Namespace: "apps", Cluster: cluster}, settings...)
}

func ofThisRule(object runtime.Object, request Request, settings ...func(*Settings)) []Finding {
	policy := DefaultPolicy()
	for _, f := range settings {
		f(&policy.Settings)
	}
	index := profiles.NewIndex([]profiles.Profile{profile("all", selects("*"))})
	var found []Finding
	for _, f := range Decide(object, request, index, &policy).Findings {
		if f.Rule == RulePersistentVolume {
			found = append(found, f)
		}
	}
	return found
}

// checkFindings compares all of the findings but their remedies, which must be
// there.
func checkFindings(t *testing.T, got []Finding, remedy string, want ...Finding) {
	t.Helper()
	for i := range want {
		want[i].Rule = RulePersistentVolume
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Finding{}, "Remedy"), cmpopts.IgnoreUnexported(Finding{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	for _, f := range got {
		if f.Remedy == "" || !strings.Contains(f.Remedy, remedy) {
			t.Errorf("remedy %q lacks %q", f.Remedy, remedy)
		}
	}
}

func TestPersistentVolume(t *testing.T) {
	const podField, templateField = "spec.volumes[1].persistentVolumeClaim.claimName", "spec.template.spec.volumes[1].persistentVolumeClaim.claimName"
	for name, c := range claimCases() {
		t.Run(name, func(t *testing.T) {
			cluster := fakeCluster{objects: storageObjects()}
			cluster.objects["claim/apps/x"] = c.claim
			var pod, template []Finding
			if c.want != "" {
				pod = append(pod, Finding{Action: ActionDeny, Field: podField, Message: dataVolume + c.want})
				if !c.passing {
					template = append(template, Finding{Action: ActionWarn, Field: templateField, Message: dataVolume + c.want})
				}
			}
			checkFindings(t, judgeNew(&corev1.Pod{Spec: podWithClaim()}, cluster), c.remedy, pod...)
			for _, workload := range []runtime.Object{
				&appsv1.Deployment{Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: podWithClaim()}}},
				&appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Template: corev1.PodTemplateSpec{Spec: podWithClaim()}}},
			} {
				checkFindings(t, judgeNew(workload, cluster), c.remedy, template...)
			}
		})
	}
}

// TestPersistentVolumeUnknown: what isn't there is refused, and so is what can't be looked up, but nothing is
// said of what nobody knows.
func TestPersistentVolumeUnknown(t *testing.T) {
	const field = "spec.volumes[1].persistentVolumeClaim.claimName"
	pod := &corev1.Pod{Spec: podWithClaim()}
	template := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: podWithClaim()}}}
	failing := map[string]runtime.Object{"claim/apps/x": nil}
	const message = dataVolume + "could not be looked up: the cache has not synced"

	t.Run("nothing known of the cluster", func(t *testing.T) { checkFindings(t, judgeNew(pod, nil), "") })
	t.Run("no claim among the manifests", func(t *testing.T) { checkFindings(t, judgeNew(pod, fakeCluster{manifests: true}), "") })
	t.Run("no claim of that name (F4.11)", func(t *testing.T) {
		// The one of another namespace doesn't count (S22).
		other := fakeCluster{objects: map[string]runtime.Object{"claim/web/x": claimIn(corev1.ClaimBound, ofVolume("efs"))}}
		checkFindings(t, judgeNew(pod, other), "create the claim first",
			Finding{Action: ActionDeny, Field: field, Message: dataVolume + "does not exist, and Fargate does not look again when it is made and bound later"})
		checkFindings(t, judgeNew(template, other), "")
	})
	t.Run("look-up fails", func(t *testing.T) {
		cluster := fakeCluster{objects: failing}
		checkFindings(t, judgeNew(pod, cluster), "try again", Finding{Action: ActionDeny, Field: field, Message: message})
		checkFindings(t, judgeNew(template, cluster), "try again",
			Finding{Action: ActionWarn, Field: "spec.template." + field, Message: message})
	})
	t.Run("volume or class not among the manifests", func(t *testing.T) {
		for _, c := range []*corev1.PersistentVolumeClaim{
			claimIn(corev1.ClaimBound, ofVolume("v")), claimIn("", ofVolume("v")), claimIn(corev1.ClaimPending, ofClass("c")), claimIn("", ofClass("c")), claimIn(""),
		} {
			cluster := fakeCluster{manifests: true, objects: map[string]runtime.Object{"claim/apps/x": c}}
			checkFindings(t, judgeNew(pod, cluster), "")
			checkFindings(t, judgeNew(template, cluster), "")
		}
	})
}

// TestPersistentVolumeTwice: a claim that two volumes mention is told for both.
func TestPersistentVolumeTwice(t *testing.T) {
	pod := &corev1.Pod{Spec: podWithClaim()}
	again := pod.Spec.Volumes[1]
	again.Name = "again"
	pod.Spec.Volumes = append(pod.Spec.Volumes, again)
	cluster := fakeCluster{objects: storageObjects()}
	cluster.objects["claim/apps/x"] = claimIn(corev1.ClaimBound, ofVolume("hostpath"))
	const message = `claim "x" is bound to volume "hostpath" of type hostPath` + onlyEFS
	checkFindings(t, judgeNew(pod, cluster), "",
		Finding{Action: ActionDeny, Field: "spec.volumes[1].persistentVolumeClaim.claimName", Message: `volume "data": ` + message},
		Finding{Action: ActionDeny, Field: "spec.volumes[2].persistentVolumeClaim.claimName", Message: `volume "again": ` + message})
}

// TestPersistentVolumeAllowedDriver: the policy may name further drivers (F4.21), which the others are then told of.
func TestPersistentVolumeAllowedDriver(t *testing.T) {
	allow := func(s *Settings) { s.AllowedVolumeDrivers = []string{"s3.csi.aws.com"} }
	pod := &corev1.Pod{Spec: podWithClaim()}
	for want, c := range map[string]*corev1.PersistentVolumeClaim{
		"": claimIn(corev1.ClaimBound, ofVolume("s3")),
		`is bound to volume "ebs" of driver ebs.csi.aws.com, and Fargate mounts efs.csi.aws.com and s3.csi.aws.com only`: claimIn(corev1.ClaimBound, ofVolume("ebs")),
		"is not bound yet" + notAgain: claimIn(corev1.ClaimPending, ofClass("s3")),
	} {
		cluster := fakeCluster{objects: storageObjects()}
		cluster.objects["claim/apps/x"] = c
		var findings []Finding
		if want != "" {
			findings = append(findings, Finding{Action: ActionDeny, Field: "spec.volumes[1].persistentVolumeClaim.claimName", Message: dataVolume + want})
		}
		checkFindings(t, judgeNew(pod, cluster, allow), "", findings...)
	}
}
