package fargate

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// RulePersistentVolume is about claims that Fargate can't mount. It takes a
// claim that is bound to a volume of driver efs.csi.aws.com (F4.11 to F4.13,
// F4.20, S14) when the pod is scheduled, and does not look again when a claim
// is bound later: to refuse such a pod is gentler than to admit it, since its
// controller makes it again (F4.21, S15). A template is told only what will
// still be wrong when its pods are made.
const RulePersistentVolume RuleID = "persistent-volume"

func rulePersistentVolume() Rule {
	return Rule{
		ID:      RulePersistentVolume,
		Default: ActionDeny,
		Title:   "a volume's claim isn't bound to a volume that Fargate mounts",
		What: "Each claim that spec.volumes[*].persistentVolumeClaim names must exist, not be on its way out, and be bound to a " +
			"PersistentVolume whose spec.csi.driver is " + efsDriver + " or one of the policy's allowedVolumeDrivers. Of the " +
			"claims in a template, and of a StatefulSet's spec.volumeClaimTemplates, only what can't come right any more is told: a " +
			"volume or a StorageClass of another driver, or one with volumeBindingMode: WaitForFirstConsumer.",
		Why: "Fargate's nodes have the EFS driver built in and run no other. Its scheduler refuses a pod whose claim isn't bound and does " +
			"not look at it again when the claim is: such a pod stays Pending until it is created again. With WaitForFirstConsumer the " +
			"claim waits for the pod and the pod for the claim.",
		Sources: []string{
			"Amazon EKS user guide, “Simplify compute management with AWS Fargate”, considerations; “Use elastic file system storage with Amazon EFS”",
			"https://github.com/kubernetes-sigs/aws-efs-csi-driver/issues/793",
			"https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/810",
			"https://github.com/aws/aws-cdk/issues/23375",
		},
		Remedy: "bind the claim to a PersistentVolume of driver " + efsDriver + " before the pod is created, or run the pod on EC2 nodes",
		pod:    persistentVolume,
	}
}

func persistentVolume(s *subject) []Finding {
	if s.request.Cluster == nil {
		return nil
	}
	var findings []Finding
	for i := range s.spec.Volumes {
		v := &s.spec.Volumes[i]
		if v.PersistentVolumeClaim == nil || s.claimsByTemplate(v.Name) {
			continue
		}
		name := v.PersistentVolumeClaim.ClaimName
		if problem := s.namedClaim(name); problem != nil {
			findings = append(findings, Finding{
				Field:   fmt.Sprintf("spec.volumes[%d].persistentVolumeClaim.claimName", i),
				Message: fmt.Sprintf("volume %q: claim %q %s", v.Name, name, problem.text),
				Remedy:  problem.remedy,
				subject: v.Name,
			})
		}
	}
	return append(findings, s.claimTemplateFindings()...)
}

// claimsByTemplate reports whether a StatefulSet puts the claim that it makes
// from a template in the place of a volume of its pods.
func (s *subject) claimsByTemplate(volume string) bool {
	return slices.ContainsFunc(s.claimTemplates, func(c corev1.PersistentVolumeClaim) bool { return c.Name == volume })
}

// claimTemplateFindings judges the claims that a StatefulSet will make.
func (s *subject) claimTemplateFindings() []Finding {
	var findings []Finding
	for i := range s.claimTemplates {
		claim := &s.claimTemplates[i]
		problem := s.unboundClaim(claim)
		if problem == nil || problem.passing {
			continue
		}
		field := "storageClassName"
		if claim.Spec.VolumeName != "" {
			field = "volumeName"
		}
		findings = append(findings, Finding{
			Field:   fmt.Sprintf("spec.volumeClaimTemplates[%d].spec.%s", i, field),
			Message: fmt.Sprintf("claim template %q: a claim made from it %s", claim.Name, problem.text),
			Remedy:  problem.remedy,
			subject: claim.Name,
			ofOwner: true,
		})
	}
	return findings
}
