package fargate

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// statefulSet makes one whose pods mount claims made from a template "data".
func statefulSet(template *corev1.PersistentVolumeClaim) *appsv1.StatefulSet {
	template.Name = "data"
	return &appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{VolumeClaimTemplates: []corev1.PersistentVolumeClaim{*claimIn("", ofClass("efs")), *template}}}
}

// TestClaimTemplates: claims of the same kinds as those of pods are told where the StatefulSet's own templates stand, if they can
// never be bound to what Fargate mounts.
func TestClaimTemplates(t *testing.T) {
	for name, c := range claimCases() {
		if c.claim.Status.Phase != corev1.ClaimPending {
			continue // a template has been bound to nothing
		}
		t.Run(name, func(t *testing.T) {
			var want []Finding
			if !c.passing {
				field := "storageClassName"
				if c.claim.Spec.VolumeName != "" {
					field = "volumeName"
				}
				want = append(want, Finding{Action: ActionWarn, Field: "spec.volumeClaimTemplates[1].spec." + field, Message: `claim template "data": a claim made from it ` + c.want})
			}
			checkFindings(t, judgeNew(statefulSet(c.claim), fakeCluster{objects: storageObjects()}), c.remedy, want...)
		})
	}
	t.Run("class not among the manifests", func(t *testing.T) {
		checkFindings(t, judgeNew(statefulSet(claimIn("", ofClass("gp3"))), fakeCluster{manifests: true}), "")
	})
	t.Run("nothing known of the cluster", func(t *testing.T) {
		checkFindings(t, judgeNew(statefulSet(claimIn("", ofClass("gp3"))), nil), "")
	})
}

// TestClaimTemplateOfDefaultClass: a template that names no class gets the cluster's default one.
func TestClaimTemplateOfDefaultClass(t *testing.T) {
	cluster := fakeCluster{objects: map[string]runtime.Object{"class/": classOfMode("gp2", "ebs.csi.aws.com", ""), "class/efs": classOfMode("efs", efsDriver, "")}}
	checkFindings(t, judgeNew(statefulSet(claimIn("")), cluster), "EFS", Finding{
		Action: ActionWarn, Field: "spec.volumeClaimTemplates[1].spec.storageClassName",
		Message: `claim template "data": a claim made from it can never be used on Fargate: its StorageClass "gp2" makes volumes of ebs.csi.aws.com` + onlyEFS,
	})
}

// TestClaimTemplateReplacesVolume: the StatefulSet controller puts its own claim in the place of a volume of the same name.
func TestClaimTemplateReplacesVolume(t *testing.T) {
	cluster := fakeCluster{objects: storageObjects()}
	cluster.objects["claim/apps/x"] = claimIn(corev1.ClaimBound, ofVolume("ebs"))
	set := statefulSet(claimIn("", ofClass("efs")))
	set.Spec.Template.Spec = podWithClaim()
	checkFindings(t, judgeNew(set, cluster), "")
}

// TestClaimTemplateKept: an update isn't told again what was wrong before, wherever in the list it stands by now.
func TestClaimTemplateKept(t *testing.T) {
	cluster := fakeCluster{objects: storageObjects()}
	set := statefulSet(claimIn("", ofClass("gp3")))
	set.Spec.VolumeClaimTemplates = set.Spec.VolumeClaimTemplates[1:]
	another := statefulSet(claimIn("", ofClass("gp3")))
	another.Spec.VolumeClaimTemplates[1].Name = "logs"
	for name, c := range map[string]struct {
		old  *appsv1.StatefulSet
		want int
	}{
		"the same, elsewhere in the list": {statefulSet(claimIn("", ofClass("gp3"))), 0},
		"another template":                {another, 1},
		"no template":                     {&appsv1.StatefulSet{}, 1},
	} {
		request := Request{Operation: OperationUpdate, Phase: Validating, Namespace: "apps", Old: c.old, Cluster: cluster}
		if got := ofThisRule(set, request); len(got) != c.want {
			t.Errorf("%s: %d findings, want %d: %v", name, len(got), c.want, got)
		}
	}
}
