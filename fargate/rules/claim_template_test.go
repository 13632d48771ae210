package rules

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
)

// ofStatefulSet returns the pods of a StatefulSet with two claim templates: one that is fine, and
// one named "data".
func ofStatefulSet(reader cluster.Reader, claim *corev1.PersistentVolumeClaim) *Pod {
	claim.Name = "data"
	p := onFargate(fixtures.Pod())
	p.Namespace, p.Cluster, p.Template = "apps", reader, true
	p.ClaimTemplates = []corev1.PersistentVolumeClaim{*claimIn("", ofClass("efs")), *claim}
	return p
}

// A claim template is reported if its claims can never be bound to a volume that Fargate mounts.
func TestClaimTemplates(t *testing.T) {
	for name, c := range claimCases() {
		if c.claim.Status.Phase != corev1.ClaimPending {
			continue // a template is bound to nothing
		}
		t.Run(name, func(t *testing.T) {
			var want []Finding
			if !c.passing {
				field := "storageClassName"
				if c.claim.Spec.VolumeName != "" {
					field = "volumeName"
				}
				message := `claim template "data" must not make a claim that ` + c.want
				if strings.Contains(c.want, notSynced) {
					message = `claim template "data" could not be checked: its claim ` + c.want
				}
				want = append(want, finds(message, "spec.volumeClaimTemplates[1].spec."+field))
			}
			checkRemedy(t, checkFindings(t, PersistentVolume, ofStatefulSet(storageCluster(), c.claim), want...), c.remedy)
		})
	}
	t.Run("class not in the manifests", func(t *testing.T) {
		checkFindings(t, PersistentVolume, ofStatefulSet(&fargatetest.Cluster{Manifests: true}, claimIn("", ofClass("gp3"))))
	})
	t.Run("nothing known of the cluster", func(t *testing.T) {
		checkFindings(t, PersistentVolume, ofStatefulSet(nil, claimIn("", ofClass("gp3"))))
	})
}

// A template that names no class gets the default class.
func TestClaimTemplateOfDefaultClass(t *testing.T) {
	class := classOfMode("gp2", "ebs.csi.aws.com", "")
	class.Annotations = map[string]string{cluster.DefaultClassAnnotation: "true"}
	reader := &fargatetest.Cluster{}
	reader.Objects = append(reader.Objects, class, classOfMode("efs", efsDriver, ""))
	checkRemedy(t, checkFindings(t, PersistentVolume, ofStatefulSet(reader, claimIn("")), finds(
		`claim template "data" must not make a claim that Fargate can never mount: its StorageClass "gp2" provisions volumes of ebs.csi.aws.com`+andOnlyEFS,
		"spec.volumeClaimTemplates[1].spec.storageClassName")), "EFS")
}

// The StatefulSet controller replaces a volume by the claim of a template of the same name.
func TestClaimTemplateReplacesVolume(t *testing.T) {
	reader := storageCluster(claimIn(corev1.ClaimBound, ofVolume("ebs")))
	p := ofStatefulSet(reader, claimIn("", ofClass("efs")))
	p.Spec.Volumes = claiming(reader, true).Spec.Volumes
	checkFindings(t, PersistentVolume, p)
}
