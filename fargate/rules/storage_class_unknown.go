package rules

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/policy"
)

// StorageClassUnknown is about claims whose StorageClass a review doesn't know, or knows to be too
// slow: what names none gets the default one, on EKS most often of Amazon EBS, which Fargate doesn't
// mount (F4.13); and what Amazon EFS provisions is bound after its pod was created (F4.21). The
// webhook sees the cluster: there the rule persistent-volume is certain.
var StorageClassUnknown = &Rule{
	ID:       "storage-class-unknown",
	Default:  policy.Warn,
	Severity: Medium,
	Title:    "a claim will probably not be mounted, or not in time",
	What: "In a review, the claims of spec.volumes[*].persistentVolumeClaim that are among the manifests, and spec.volumeClaimTemplates of a StatefulSet, if they aren't bound and name no " +
		"volume. Each should name a StorageClass, unless one of the manifests is marked as the default; not one called gp2 or gp3 that isn't among the manifests; and " +
		"not one by which Amazon EFS provisions volumes (parameter provisioningMode), unless a PersistentVolume among the manifests is reserved for the claim. Of a claim template nothing is said if each of the StatefulSet's pods has such a volume, or a claim among the manifests that is fine. Admission knows the claims and classes of the cluster, and judges by the rule persistent-volume.",
	Why: "The default StorageClass on EKS is most often of Amazon EBS, as are those called gp2 and gp3, and Fargate mounts no EBS volumes. A volume that EFS provisions is there some " +
		"seconds after its claim, and Fargate doesn't look again at a pod whose claim wasn't bound: it stays Pending until it is created again. This webhook refuses " +
		"such a pod until the claim is bound, so that its controller creates it again.",
	Fix: fixClass,
	References: []string{
		GuideConsiderations + "; “Store Kubernetes volumes with Amazon EBS”",
		"https://github.com/kubernetes-sigs/aws-efs-csi-driver/issues/793",
		"https://github.com/aws/aws-cdk/issues/23375",
	},
	Facts: []string{"F4.13", "F4.21"},
	Check: Check{Pod: storageClassUnknown},
}

// ebsDriver is the CSI driver of Amazon EBS.
const ebsDriver = "ebs.csi.aws.com"

// ebsClasses are called so on EKS only if they are of Amazon EBS: EKS itself makes gp2, and its
// documentation gp3.
var ebsClasses = map[string]bool{"gp2": true, "gp3": true}

// storageClassUnknown warns once about claims of each sort.
func storageClassUnknown(p *Pod) []Violation {
	if p.Cluster == nil || !p.Offline {
		return nil
	}
	var found []Violation
	for i := range p.ClaimTemplates {
		if problem, fix := p.classDoubt(&p.ClaimTemplates[i]); problem != "" && !p.claimsAreGiven(&p.ClaimTemplates[i]) {
			found = Keep(found, Violation{
				Subject: Subject{Kind: "claim template", Name: p.ClaimTemplates[i].Name}, OfWorkload: true, Problem: problem, Fix: fix,
				Field: fmt.Sprintf("spec.volumeClaimTemplates[%d].spec.storageClassName", i),
			})
		}
	}
	for i, name := range p.claimVolumes() {
		claim, err := cluster.Get[*corev1.PersistentVolumeClaim](p.Cluster, cluster.PersistentVolumeClaims, p.Namespace, name)
		if err != nil {
			continue // it isn't given
		}
		if problem, fix := p.classDoubt(claim); problem != "" {
			v := p.atClaim(i)
			v.Value, v.Problem, v.Fix = fmt.Sprintf("claim %q", name), problem, fix
			found = Keep(found, v)
		}
	}
	return found
}

// classDoubt says what is likely to go wrong with a claim that isn't bound and names no volume, ""
// for nothing.
func (p *Pod) classDoubt(claim *corev1.PersistentVolumeClaim) (problem, fix string) {
	name, named := className(claim)
	if claim.Spec.VolumeName != "" || claim.Status.Phase == corev1.ClaimBound || named && name == "" {
		return "", ""
	}
	class, err := cluster.Get[*storagev1.StorageClass](p.Cluster, cluster.StorageClasses, "", name)
	switch {
	case err == nil && p.provisionsLate(class) && !p.hasVolume(claim.Name):
		return "may be mounted too late: Amazon EFS provisions the volume after the claim is created, and Fargate doesn't look again at a pod whose claim wasn't bound",
			"create the claim and wait until it is Bound before the pod is created, or create the PersistentVolume yourself (static provisioning)"
	case err == nil || p.mountsDriver(ebsDriver):
		return "", ""
	case !named:
		return "will probably not be mounted: no StorageClass is named, and the default one, which is not among the manifests, is most often of Amazon EBS on EKS", ""
	case ebsClasses[name]:
		return fmt.Sprintf("will probably not be mounted: StorageClass %q, which is not among the manifests, is of Amazon EBS on EKS", name), fixEBS
	}
	return "", ""
}

// claimsAreGiven reports a claim template from which nothing has to be provisioned: for each pod of
// its StatefulSet the claim is among the manifests, or a volume is reserved for it.
func (p *Pod) claimsAreGiven(template *corev1.PersistentVolumeClaim) bool {
	for _, pod := range p.ClaimPods {
		name := template.Name + "-" + pod
		claim, err := cluster.Get[*corev1.PersistentVolumeClaim](p.Cluster, cluster.PersistentVolumeClaims, p.Namespace, name)
		if err != nil {
			if p.hasVolume(name) {
				continue
			}
			return false
		}
		if problem, _ := p.classDoubt(claim); problem != "" {
			return false
		}
	}
	return len(p.ClaimPods) > 0
}

// provisioningMode is the parameter of a StorageClass that makes Amazon EFS provision volumes. A class
// without it is only the name by which claims find volumes that exist.
const provisioningMode = "provisioningMode"

// provisionsLate reports a class whose volumes EFS provisions after their claims were created.
func (p *Pod) provisionsLate(class *storagev1.StorageClass) bool {
	return class.Provisioner == efsDriver && class.Parameters[provisioningMode] != "" && p.classProblem(class).passing
}

// hasVolume reports a claim for which a volume is reserved.
func (p *Pod) hasVolume(claim string) bool {
	volumes, err := cluster.List[*corev1.PersistentVolume](p.Cluster, cluster.PersistentVolumes, "")
	return err == nil && slices.ContainsFunc(volumes, func(v *corev1.PersistentVolume) bool {
		ref := v.Spec.ClaimRef
		return ref != nil && ref.Name == claim && ref.Namespace == p.Namespace
	})
}
