package rules

import (
	"fmt"
	"iter"

	"fargate-webhook/policy"
)

// PersistentVolume is about claims that Fargate can't mount. When it schedules a pod it accepts
// claims that are bound to a volume of driver efs.csi.aws.com (F4.11 to F4.13, F4.20, S14), and it
// doesn't look again when a claim is bound later. Refusing such a pod is gentler than admitting it,
// since its controller creates it again (F4.21, S15). Of a template only what will still be wrong
// for its pods is reported.
var PersistentVolume = &Rule{
	ID:       "persistent-volume",
	Default:  policy.Deny,
	Severity: High,
	Title:    "a claim isn't bound to a volume that Fargate mounts",
	What: "Each claim of spec.volumes[*].persistentVolumeClaim must exist, not be deleted, and be bound to a PersistentVolume whose spec.csi.driver is " +
		efsDriver + " or in the policy's allowedVolumeDrivers. Of the claims in a pod template, and of a StatefulSet's spec.volumeClaimTemplates, only " +
		"what stays wrong is reported: a volume or StorageClass of another driver, or one with volumeBindingMode: WaitForFirstConsumer. What can't be looked up is " +
		"warned about at most.",
	Why: "Fargate nodes have the EFS driver built in and run no other. Fargate refuses a pod whose claim isn't bound, and doesn't look at it again when the " +
		"claim is: the pod stays Pending until it is created again. With WaitForFirstConsumer the claim waits for the pod and the pod for the claim.",
	Fix: "bind the claim to a PersistentVolume of driver " + efsDriver + " before the pod is created, or run the pod on EC2 nodes",
	References: []string{
		GuideConsiderations + "; “Use elastic file system storage with Amazon EFS”",
		"https://github.com/kubernetes-sigs/aws-efs-csi-driver/issues/793",
		"https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/810",
		"https://github.com/aws/aws-cdk/issues/23375",
	},
	Facts: []string{"F4.11", "F4.12", "F4.13", "F4.20", "F4.21"},
	Check: Check{Pod: persistentVolume},
}

func persistentVolume(p *Pod) []Violation {
	if p.Cluster == nil {
		return nil
	}
	var found []Violation
	for i, name := range p.claimVolumes() {
		problem := p.claimProblem(name)
		if problem == nil {
			continue
		}
		v := p.atClaim(i)
		v.Problem = fmt.Sprintf("must not use claim %q, which %s", name, problem.text)
		if problem.unchecked {
			v.Problem = fmt.Sprintf("could not be checked: claim %q %s", name, problem.text)
		}
		v.Fix, v.WarnOnly, v.Unchecked = problem.fix, problem.unchecked, problem.unchecked
		found = Keep(found, v)
	}
	return p.claimTemplates(found)
}

// replacedVolumes returns the names of the volumes that a StatefulSet replaces: by claims of its
// templates of the same name.
func (p *Pod) replacedVolumes() map[string]bool {
	replaced := make(map[string]bool, len(p.ClaimTemplates))
	for i := range p.ClaimTemplates {
		replaced[p.ClaimTemplates[i].Name] = true
	}
	return replaced
}

// claimVolumes returns the volumes of the pod that use claims, by index, and the names of the
// claims.
func (p *Pod) claimVolumes() iter.Seq2[int, string] {
	replaced := p.replacedVolumes()
	return func(yield func(int, string) bool) {
		for i := range p.Spec.Volumes {
			volume := &p.Spec.Volumes[i]
			if volume.PersistentVolumeClaim == nil || replaced[volume.Name] {
				continue
			}
			if !yield(i, volume.PersistentVolumeClaim.ClaimName) {
				return
			}
		}
	}
}

// atClaim returns a violation at the claim of a volume, to be completed.
func (p *Pod) atClaim(i int) Violation {
	return Violation{
		Subject: Subject{Kind: "volume", Name: p.Spec.Volumes[i].Name},
		Field:   fmt.Sprintf("spec.volumes[%d].persistentVolumeClaim.claimName", i),
	}
}

// claimTemplates checks the claims that a StatefulSet will make.
func (p *Pod) claimTemplates(found []Violation) []Violation {
	for i := range p.ClaimTemplates {
		claim := &p.ClaimTemplates[i]
		problem := p.unboundProblem(claim)
		if problem == nil || problem.passing {
			continue
		}
		path := "storageClassName"
		if claim.Spec.VolumeName != "" {
			path = "volumeName"
		}
		v := Violation{
			Subject: Subject{Kind: "claim template", Name: claim.Name},
			Field:   fmt.Sprintf("spec.volumeClaimTemplates[%d].spec.%s", i, path),
			Problem: "must not make a claim that " + problem.text,
			Fix:     problem.fix, WarnOnly: problem.unchecked, Unchecked: problem.unchecked,
			OfWorkload: true,
		}
		if problem.unchecked {
			v.Problem = "could not be checked: its claim " + problem.text
		}
		found = Keep(found, v)
	}
	return found
}
