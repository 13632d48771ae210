package main

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
)

// step is one example and its expected result.
type step struct {
	file, title string
	exempt      bool        // it is applied in the namespace that is exempt from the webhook
	replicas    int         // how many pods it creates; 0: it must be refused
	selector    string      // of its pods
	want        expectation // for each of the pods
	rule        string      // the rule that must refuse it
}

// pinned is the label that EKS sets on a pod that it claims.
const pinned = "eks.amazonaws.com/fargate-profile"

// story returns the examples in the order in which they are applied. Their results follow from
// examples/cluster-config.yaml, whose Fargate profile selects pods in namespace apps with the label
// run=on-fargate; the profile of the exempt namespace does the same there.
func story(ec2Nodes int) []step {
	resources := corev1.ResourceList{
		corev1.ResourceCPU:              quantity("250m"),
		corev1.ResourceMemory:           quantity("512Mi"),
		corev1.ResourceEphemeralStorage: quantity("10Gi"),
	}
	labels := map[string]string{"run": "on-fargate"}
	claimed := maps.Clone(labels)
	claimed[pinned] = "apps-fargate-profile"
	want := expectation{labels: claimed, requests: resources, limits: resources, place: onFargate}
	unclaimed := step{
		file: "deployment-unlabelled.yaml", title: "The same Deployment without the webhook: its pods hang", exempt: true, replicas: 2, selector: "app=web-unlabelled",
		want: expectation{requests: resources, limits: resources, place: nowhere, event: "had untolerated taint {eks.amazonaws.com/compute-type: fargate}"},
	}
	if ec2Nodes > 0 {
		unclaimed.title, unclaimed.want.place, unclaimed.want.event = "The same Deployment without the webhook: its pods run on EC2", onEC2, ""
	}
	return []step{
		{file: "deployment.yaml", title: "A Deployment that the Fargate profile selects", replicas: 2, selector: "app=web", want: want},
		{file: "deployment-unlabelled.yaml", title: "A Deployment without the label run=on-fargate: the webhook adds it", replicas: 2, selector: "app=web-unlabelled", want: want},
		unclaimed,
		{
			file: "pod-agent.yaml", title: "A pod that Fargate can't run, without the webhook: EKS admits it, and it hangs", exempt: true, replicas: 1, selector: "run=on-fargate",
			want: expectation{labels: labels, place: nowhere, event: "Pod not supported on Fargate: "},
		},
		{file: "pod-agent.yaml", title: "The same pod with the webhook: refused", rule: "host-port"},
		{file: "daemonset.yaml", title: "A DaemonSet on Fargate: refused", rule: "daemonset"},
		{file: "service-nodeport.yaml", title: "A NodePort Service for pods on Fargate: refused", rule: "node-port"},
	}
}
