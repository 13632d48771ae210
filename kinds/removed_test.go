package kinds_test

import (
	"strings"
	"testing"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/kinds"
)

// Every former version leads to one that is judged or looked up, and is neither itself.
func TestRemovedVersions(t *testing.T) {
	for apiVersion, of := range map[string][]string{
		"extensions/v1beta1":        {"Deployment", "DaemonSet", "ReplicaSet", "Ingress", "NetworkPolicy"},
		"apps/v1beta1":              {"Deployment", "StatefulSet"},
		"apps/v1beta2":              {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"},
		"batch/v2alpha1":            {"CronJob"},
		"batch/v1beta1":             {"CronJob"},
		"networking.k8s.io/v1beta1": {"Ingress", "IngressClass"},
		"policy/v1beta1":            {"PodDisruptionBudget"},
		"storage.k8s.io/v1beta1":    {"StorageClass"},
		"autoscaling/v2beta1":       {"HorizontalPodAutoscaler"},
		"autoscaling/v2beta2":       {"HorizontalPodAutoscaler"},
	} {
		for _, kind := range of {
			text := kinds.Removed(apiVersion, kind)
			_, use, ok := strings.Cut(text, ": use ")
			if !ok || !strings.Contains(text, apiVersion+" of "+kind+" is not served any more") {
				t.Errorf("%s %s: %q", apiVersion, kind, text)
			}
			if kinds.Find(apiVersion, kind) != nil || cluster.Find(apiVersion, kind) != nil {
				t.Errorf("%s %s is judged or looked up", apiVersion, kind)
			}
			if kinds.Find(use, kind) == nil && cluster.Find(use, kind) == nil {
				t.Errorf("%s %s: %s is neither judged nor looked up", apiVersion, kind, use)
			}
			if again := kinds.Removed(use, kind); again != "" {
				t.Errorf("%s %s: %s", use, kind, again)
			}
		}
	}
	if text := kinds.Removed("example.com/v1beta1", "Deployment"); text != "" {
		t.Error(text)
	}
}
