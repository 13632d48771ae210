package fargate

import (
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/fargate/traffic"
)

// networkPolicy decides about a NetworkPolicy, by the pods that it selects.
func (d *decider) networkPolicy(p *networkingv1.NetworkPolicy) outcome {
	pods := d.namespace().Select(&p.ObjectMeta, &p.Spec.PodSelector)
	o := selecting(&p.ObjectMeta, &pods)
	o.violations = objects.CheckNetworkPolicy(&objects.Restricted{NetworkPolicy: p, Pods: pods}, d.settings)
	return o
}

// selecting returns the outcome for an object that selects pods.
func selecting(meta *metav1.ObjectMeta, pods *traffic.Selection) outcome {
	place := placement.Placement{Fargate: pods.OnFargate(), Profile: pods.Profile, Reason: pods.Reason}
	if len(pods.On) > 0 {
		place.Profile = pods.Profiles[0]
	}
	if placement.OptedOut(meta) {
		place = optedOut
	}
	return outcome{Decision: Decision{Judged: true, Placement: place}}
}
