package fargate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/autoscaling"
	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
)

// terms returns the terms under which the pod's requests and limits are set. When the namespace or
// the pod's autoscalers can't be looked up nothing may be changed: the error says what is missing,
// and the terms are those of policy Off.
func (d *decider) terms(meta *metav1.ObjectMeta, spec *corev1.PodSpec, t *template) (*sizing.Terms, error) {
	resources := d.settings.Resources
	if own, ok := sizing.PolicyOf(meta); ok {
		resources = own
	}
	if resources == policy.ResourcesOff {
		return sizing.NewTerms(resources, d.settings.Minimum, nil, nil), nil
	}
	ranges, quotas, err := d.constraints()
	var holds []sizing.Hold
	if err == nil {
		holds, err = d.holds(meta, spec, t)
	}
	if err != nil {
		return sizing.NewTerms(policy.ResourcesOff, nil, nil, nil), err
	}
	return sizing.NewTerms(resources, d.settings.Minimum, ranges, quotas, holds...), nil
}

// constraints returns the LimitRanges and, if requests are not raised under a quota, the
// ResourceQuotas of the namespace that count pods on Fargate.
func (d *decider) constraints() (ranges []*corev1.LimitRange, quotas []*corev1.ResourceQuota, err error) {
	if d.request.Cluster == nil {
		return nil, nil, nil
	}
	if ranges, err = cluster.List[*corev1.LimitRange](d.request.Cluster, cluster.LimitRanges, d.request.Namespace); err != nil {
		return nil, nil, fmt.Errorf("look up the LimitRanges of namespace %q: %w", d.request.Namespace, err)
	}
	if d.settings.UnderQuota == policy.QuotaRaise {
		return ranges, nil, nil
	}
	all, err := cluster.List[*corev1.ResourceQuota](d.request.Cluster, cluster.ResourceQuotas, d.request.Namespace)
	if err != nil {
		return nil, nil, fmt.Errorf("look up the ResourceQuotas of namespace %q: %w", d.request.Namespace, err)
	}
	for _, quota := range all {
		if placement.CountedBy(quota) {
			quotas = append(quotas, quota)
		}
	}
	return ranges, quotas, nil
}

// holds returns the autoscalers that count requests of the pod.
func (d *decider) holds(meta *metav1.ObjectMeta, spec *corev1.PodSpec, t *template) ([]sizing.Hold, error) {
	pods := autoscaling.Pods{Namespace: d.request.Namespace, Meta: meta, Spec: spec}
	if t != nil {
		pods.Workload, pods.Controller = t.workload, t.controller
	} else {
		pods.Controller = metav1.GetControllerOfNoCopy(meta)
	}
	counted, err := autoscaling.For(d.request.Cluster, pods)
	holds := make([]sizing.Hold, 0, len(counted))
	for _, c := range counted {
		holds = append(holds, sizing.Hold{Reason: c.By, CPU: c.CPU, Memory: c.Memory, Limits: c.Limits})
	}
	return holds, err
}

// workloadOf returns the reference to a workload.
func workloadOf(workload runtime.Object) *metav1.OwnerReference {
	if h, ok := workload.(*kinds.TemplateHolder); ok {
		return &metav1.OwnerReference{APIVersion: h.APIVersion, Kind: h.Kind, Name: h.Name}
	}
	object, ok := workload.(metav1.Object)
	kind := workloadKind(workload)
	if !ok || kind == nil {
		return nil
	}
	apiVersion, name := kind.GroupVersionKind().ToAPIVersionAndKind()
	return &metav1.OwnerReference{APIVersion: apiVersion, Kind: name, Name: object.GetName()}
}

// workloadKind returns the kind of a workload, as manifests or as caches have it; nil for other
// objects and for DaemonSets.
func workloadKind(workload runtime.Object) *kinds.Kind {
	if _, cached := workload.(*cluster.ReplicaSet); cached {
		return kinds.ReplicaSets
	}
	return kinds.WorkloadKind(workload)
}
