package eks

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
)

// Verdict is what EKS makes of a pod.
type Verdict struct {
	// Profile is the one that claims the pod when it is created, "" for none. The rest is about
	// claimed pods only.
	Profile string
	// Refusal is why fargate-scheduler leaves it, "" if it has a node made.
	Refusal string
	// Size is what Fargate provisions then, such as "0.25vCPU 0.5GB".
	Size string
	// StartFailure is why its containers don't start there, "" if they do.
	StartFailure string
}

// Judge returns what EKS makes of a pod that is created in a namespace, without a cluster. Claims of
// volumes count as bound to Amazon EFS. It doesn't change the pod.
func Judge(profiles []Profile, namespace string, pod *corev1.Pod) Verdict {
	v := Verdict{Profile: claimant(profiles, namespace, pod)}
	if v.Profile == "" {
		return v
	}
	if name := pod.Spec.SchedulerName; name != "" && name != corev1.DefaultSchedulerName && name != fargateScheduler {
		v.Refusal = "(stand-in) fargate-scheduler ignores pods that name the scheduler " + name
		return v
	}
	claims := map[string]boundClaim{}
	for i := range pod.Spec.Volumes {
		if source := pod.Spec.Volumes[i].PersistentVolumeClaim; source != nil {
			claims[source.ClaimName] = boundClaim{volume: "efs", driver: efsDriver}
		}
	}
	const region = "eu-west-1"
	var nodes []*corev1.Node
	for _, zone := range zones {
		nodes = append(nodes, fargateNode(netip.IPv4Unspecified(), region, region+zone, "v1.0.0", size{}))
	}
	if r := refuse(pod, v.Profile, claims, nodes); r != nil {
		v.Refusal = r.message
		return v
	}
	provisioned, _ := sizeFor(&pod.Spec) // refuse has seen that it fits
	v.Size, v.StartFailure = provisioned.String(), startFailure(&pod.Spec, provisioned)
	return v
}
