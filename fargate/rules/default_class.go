package rules

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"fargate-webhook/fargate/cluster"
)

// ebsDriver is the CSI driver of Amazon EBS, which the default StorageClass on EKS is most often
// of. Fargate doesn't mount its volumes (F4.13).
const ebsDriver = "ebs.csi.aws.com"

// claims checks the claims of a pod, and warns about those that the default StorageClass decides.
func claims(p *Pod) []Violation {
	return append(persistentVolume(p), p.defaultClass()...)
}

// defaultClass warns about claims that name no StorageClass, where manifests mark none as the
// default: what the cluster has is guessed. The webhook sees the cluster, and never warns of it.
func (p *Pod) defaultClass() []Violation {
	if p.Cluster == nil || p.mountsDriver(ebsDriver) {
		return nil
	}
	var found []Violation
	warn := func(v Violation, what string) {
		v.Problem = fmt.Sprintf("will probably not be mounted: %s names no StorageClass, and the default one, which is not among the manifests, is most often of Amazon EBS on EKS", what)
		v.Fix, v.WarnOnly = fixClass, true
		found = Keep(found, v)
	}
	for i := range p.ClaimTemplates {
		claim := &p.ClaimTemplates[i]
		if leavesClass(claim) {
			warn(Violation{
				Subject: Subject{Kind: "claim template", Name: claim.Name}, OfWorkload: true,
				Field: fmt.Sprintf("spec.volumeClaimTemplates[%d].spec.storageClassName", i),
			}, "it")
		}
	}
	for i, name := range p.claimVolumes() {
		if claim, err := cluster.Get[*corev1.PersistentVolumeClaim](p.Cluster, cluster.PersistentVolumeClaims, p.Namespace, name); err == nil && leavesClass(claim) {
			warn(p.atClaim(i), fmt.Sprintf("claim %q", name))
		}
	}
	if len(found) == 0 {
		return nil
	}
	if _, err := cluster.Get[*storagev1.StorageClass](p.Cluster, cluster.StorageClasses, "", ""); !cluster.IsNotGiven(err) {
		return nil
	}
	return found
}

// leavesClass reports a claim that isn't bound and names neither a volume nor a class.
func leavesClass(claim *corev1.PersistentVolumeClaim) bool {
	_, named := className(claim)
	return !named && claim.Spec.VolumeName == "" && claim.Status.Phase != corev1.ClaimBound
}
