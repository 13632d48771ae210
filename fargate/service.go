package fargate

import (
	"maps"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

// service decides about a Service by the pods that it selects. Where the policy says so it is changed; the rules then
// check the result.
func (d *decider) service(service *corev1.Service) outcome {
	pods := d.namespace.PodsOf(service)
	o := outcome{Decision: Decision{Judged: true, Placement: placementOf(pods)}}
	if pods.OnFargate == traffic.Never || isHeadless(service) {
		return o
	}
	after := *service // shallow: what it points to is never changed
	if d.request.Phase != Validating && pods.OnFargate == traffic.Surely {
		o.Patch = append(d.toClusterIP(&after), d.toIPTargets(&after)...)
	}
	if d.request.Phase != Mutating {
		o.violations = rules.CheckService(&rules.Service{Service: &after, Pods: pods}, d.settings)
	}
	return o
}

// placementOf returns the placement of an object that stands for pods.
func placementOf(pods traffic.Pods) placement.Placement {
	return placement.Placement{Fargate: pods.OnFargate == traffic.Surely, Profile: pods.Profile, Reason: pods.Reason}
}

// isHeadless reports a Service whose clients connect to its pods themselves, without a node (F6.10).
func isHeadless(service *corev1.Service) bool {
	return service.Spec.ClusterIP == corev1.ClusterIPNone
}

// toIPTargets adds the annotations that a new Service of type LoadBalancer lacks. An existing Service would leave its
// load balancer behind (F6.3).
func (d *decider) toIPTargets(service *corev1.Service) jsonpatch.Patch {
	b, ok := traffic.LoadBalancerOf(service)
	if !ok || !d.completes() || rules.LoadBalancerTarget.Action(d.settings) == policy.Off {
		return nil
	}
	add := b.Lacking()
	patch := jsonpatch.SetStrings("/metadata/annotations", service.Annotations, add)
	all := maps.Clone(service.Annotations)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, add)
	service.Annotations = all
	return patch
}

// toClusterIP changes a NodePort Service to type ClusterIP where the policy says so, and removes what the API server
// refuses for that type. One that is of type NodePort already stays so: its node ports may be in use. Any other update is
// treated as its creation was, since whoever applies the same manifest again asks for the type again.
func (d *decider) toClusterIP(service *corev1.Service) jsonpatch.Patch {
	if service.Spec.Type != corev1.ServiceTypeNodePort || !d.settings.RewriteNodePorts || d.exempt || d.wasNodePort() {
		return nil
	}
	service.Spec.Type = corev1.ServiceTypeClusterIP
	patch := jsonpatch.Patch{jsonpatch.Replace("/spec/type", string(corev1.ServiceTypeClusterIP))}
	for i := range service.Spec.Ports {
		if service.Spec.Ports[i].NodePort != 0 {
			patch = append(patch, jsonpatch.Remove(jsonpatch.Item("/spec/ports", i)+"/nodePort"))
		}
	}
	// With external IPs it still says what nodes do with traffic from outside.
	if service.Spec.ExternalTrafficPolicy != "" && len(service.Spec.ExternalIPs) == 0 {
		patch = append(patch, jsonpatch.Remove("/spec/externalTrafficPolicy"))
	}
	if service.Spec.HealthCheckNodePort != 0 {
		patch = append(patch, jsonpatch.Remove("/spec/healthCheckNodePort"))
	}
	return patch
}

// wasNodePort reports an update of a Service that is of type NodePort.
func (d *decider) wasNodePort() bool {
	old, ok := d.request.Old.(*corev1.Service)
	return ok && old.Spec.Type == corev1.ServiceTypeNodePort
}
