package kinds

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// removed are the former API versions of kinds that are judged or looked up, with the first
// Kubernetes version that doesn't serve them (Kubernetes documentation, "Deprecated API Migration
// Guide").
var removed = map[schema.GroupVersionKind]struct{ since, use string }{
	{Group: "extensions", Version: "v1beta1", Kind: "Deployment"}:               {"1.16", "apps/v1"},
	{Group: "extensions", Version: "v1beta1", Kind: "DaemonSet"}:                {"1.16", "apps/v1"},
	{Group: "extensions", Version: "v1beta1", Kind: "ReplicaSet"}:               {"1.16", "apps/v1"},
	{Group: "apps", Version: "v1beta1", Kind: "Deployment"}:                     {"1.16", "apps/v1"},
	{Group: "apps", Version: "v1beta1", Kind: "StatefulSet"}:                    {"1.16", "apps/v1"},
	{Group: "apps", Version: "v1beta2", Kind: "Deployment"}:                     {"1.16", "apps/v1"},
	{Group: "apps", Version: "v1beta2", Kind: "StatefulSet"}:                    {"1.16", "apps/v1"},
	{Group: "apps", Version: "v1beta2", Kind: "DaemonSet"}:                      {"1.16", "apps/v1"},
	{Group: "apps", Version: "v1beta2", Kind: "ReplicaSet"}:                     {"1.16", "apps/v1"},
	{Group: "extensions", Version: "v1beta1", Kind: "NetworkPolicy"}:            {"1.16", "networking.k8s.io/v1"},
	{Group: "extensions", Version: "v1beta1", Kind: "Ingress"}:                  {"1.22", "networking.k8s.io/v1"},
	{Group: "networking.k8s.io", Version: "v1beta1", Kind: "Ingress"}:           {"1.22", "networking.k8s.io/v1"},
	{Group: "networking.k8s.io", Version: "v1beta1", Kind: "IngressClass"}:      {"1.22", "networking.k8s.io/v1"},
	{Group: "storage.k8s.io", Version: "v1beta1", Kind: "StorageClass"}:         {"1.22", "storage.k8s.io/v1"},
	{Group: "batch", Version: "v2alpha1", Kind: "CronJob"}:                      {"1.21", "batch/v1"},
	{Group: "batch", Version: "v1beta1", Kind: "CronJob"}:                       {"1.25", "batch/v1"},
	{Group: "policy", Version: "v1beta1", Kind: "PodDisruptionBudget"}:          {"1.25", "policy/v1"},
	{Group: "autoscaling", Version: "v2beta1", Kind: "HorizontalPodAutoscaler"}: {"1.25", "autoscaling/v2"},
	{Group: "autoscaling", Version: "v2beta2", Kind: "HorizontalPodAutoscaler"}: {"1.26", "autoscaling/v2"},
}

// Removed says that Kubernetes doesn't serve an API version of a kind any more, and which one to
// use; "" for one that it may serve.
func Removed(apiVersion, kind string) string {
	gone, ok := removed[schema.FromAPIVersionAndKind(apiVersion, kind)]
	if !ok {
		return ""
	}
	return fmt.Sprintf("apiVersion %s of %s is not served any more, since Kubernetes %s: use %s", apiVersion, kind, gone.since, gone.use)
}
