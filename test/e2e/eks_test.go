package e2e

import (
	"maps"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
	"fargate-webhook/test/cluster"
)

// eksName is the configuration of EKS's own webhook (F2.1).
const eksName = "0500-amazon-eks-fargate-mutation.amazonaws.com"

// claim does what EKS's webhook does with a pod as it sees it: if a profile takes it, a patch with
// the label, the scheduler and the priority (F1.1, F1.6, F1.17, F2.5, F2.9). The stand-in knows of
// no label but those that are on the pod by then.
func claim(pod *corev1.Pod, namespace string, index *profiles.Index) []map[string]any {
	owner := metav1.GetControllerOf(pod)
	if owner != nil && owner.Kind == "DaemonSet" || pod.Annotations["eks.amazonaws.com/compute-type"] == "ec2" {
		return nil
	}
	for _, selector := range index.Selectors(namespace) {
		if pin, ok := pod.Labels["eks.amazonaws.com/fargate-profile"]; ok && pin != selector.Profile || !selector.Matches(pod.Labels) {
			continue
		}
		labels := map[string]string{"eks.amazonaws.com/fargate-profile": selector.Profile}
		maps.Copy(labels, pod.Labels)
		return []map[string]any{
			{"op": "add", "path": "/metadata/labels", "value": labels},
			{"op": "add", "path": "/spec/schedulerName", "value": "fargate-scheduler"},
			{"op": "add", "path": "/spec/priorityClassName", "value": "system-node-critical"},
			{"op": "add", "path": "/spec/priority", "value": 2000001000},
		}
	}
	return nil
}

// runEKS starts the stand-in for EKS's webhook and registers it, with the settings of the real one
// (F2.2), for namespaces with the label eks: "true".
func runEKS(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	list, err := file.New("testdata/profiles.yaml").List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	index := profiles.NewIndex(list)
	mutator{
		name: eksName, label: "eks", failurePolicy: admissionregistrationv1.Ignore,
		patch: func(pod *corev1.Pod, namespace string) []map[string]any { return claim(pod, namespace, index) },
	}.run(t, c)
}

// claimed reports whether EKS has made the pod Fargate's.
func claimed(pod *corev1.Pod) bool {
	return pod.Spec.SchedulerName == "fargate-scheduler" && pod.Labels["eks.amazonaws.com/fargate-profile"] != ""
}
