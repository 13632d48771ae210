package fargate

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// service decides about a Service by the pods that it selects. Where the policy says so it is
// changed; the rules then check the result.
func (d *decider) service(service *corev1.Service) outcome {
	pods := d.namespace().PodsOf(service)
	o := outcome{Decision: Decision{Judged: true, Placement: placementOf(pods)}}
	after := *service // shallow: what it points to is never changed
	o.Patch = d.keepIPTargets(&after)
	if pods.OnFargate == traffic.Never && !pods.NoOtherNodes || isHeadless(service) {
		return o
	}
	checked := &objects.Service{Service: &after, Pods: pods}
	if b, ok := traffic.LoadBalancerOf(service); ok && pods.Certain() {
		if checked.NoController = d.noController(); checked.NoController == "" && d.completes() {
			o.Patch = append(o.Patch, d.addIPTargets(&after, b.Lacking())...)
		}
	}
	if d.request.Phase != Validating && pods.Certain() {
		o.Patch = append(o.Patch, d.toClusterIP(&after)...)
	}
	if d.request.Phase != Mutating {
		checked.TypeAdded = slices.Contains(kinds.Added(after.Annotations), lbc.ServiceTypeAnnotation)
		o.violations = objects.CheckService(checked, d.settings)
	}
	return o
}

// noController says why the AWS Load Balancer Controller can't be counted on, "" where it is
// installed: the API server serves its kinds then (F6.11). Manifests don't say it, and it is taken
// for granted.
func (d *decider) noController() string {
	if d.request.Cluster == nil {
		return ""
	}
	switch served, err := cluster.Serves(d.request.Cluster, cluster.IngressClassParams); {
	case err != nil:
		return fmt.Sprintf("whether the AWS Load Balancer Controller is installed could not be looked up (%v)", err)
	case !served:
		return "no AWS Load Balancer Controller is installed"
	}
	return ""
}

// placementOf returns the placement of an object that stands for pods.
func placementOf(pods traffic.Pods) placement.Placement {
	return placement.Placement{Fargate: pods.OnFargate == traffic.Surely, Profile: pods.Profile, Reason: pods.Reason}
}

// isHeadless reports a Service whose clients connect to its pods themselves, without a node
// (F6.10).
func isHeadless(service *corev1.Service) bool {
	return service.Spec.ClusterIP == corev1.ClusterIPNone
}

// addIPTargets adds annotations to a Service of type LoadBalancer. An existing Service that never
// had them would leave its load balancer behind (F6.3).
func (d *decider) addIPTargets(service *corev1.Service, add map[string]string) (patch jsonpatch.Patch) {
	if objects.LoadBalancerTarget.Action(d.settings) != policy.Off {
		patch, service.Annotations = addAnnotations(&service.ObjectMeta, add)
	}
	return patch
}

// keepIPTargets puts back the annotations that were added when the Service was created. Wherever
// its pods run by now, its load balancer would be left behind without them (F6.3).
func (d *decider) keepIPTargets(service *corev1.Service) jsonpatch.Patch {
	if _, ok := traffic.LoadBalancerOf(service); !ok || placement.OptedOut(&service.ObjectMeta) {
		return nil
	}
	return d.addIPTargets(service, d.lost(&service.ObjectMeta, map[string]string{
		lbc.ServiceTypeAnnotation: lbc.TypeExternal, lbc.ServiceTargetTypeAnnotation: lbc.TargetTypeIP,
	}))
}

// toClusterIP changes a NodePort Service to type ClusterIP where the policy says so, and removes
// what the API server refuses for that type. One that is of type NodePort already stays so: its
// node ports may be in use. Any other update is treated as its creation was, since whoever applies
// the same manifest again asks for the type again.
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
