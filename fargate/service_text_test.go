package fargate

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// Messages name the Service's setting, the profile and what does not work.
func TestServiceMessages(t *testing.T) {
	withoutNodePorts := func(s *corev1.Service) { s.Spec.AllocateLoadBalancerNodePorts = new(false) }
	for name, c := range map[string]struct {
		service *corev1.Service
		change  func(*policy.Policy)
		want    []string
	}{
		"NodePort": {service: webService(corev1.ServiceTypeNodePort), want: []string{
			`a pod with the labels that this NodePort Service selects would run on Fargate (profile each-test), and a Fargate node serves no node ports`,
		}},
		"NodePort, Local": {service: webService(corev1.ServiceTypeNodePort, func(s *corev1.Service) {
			s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
		}), want: []string{
			`a pod with the labels that this NodePort Service selects would run on Fargate (profile each-test), and a Fargate node serves no node ports; ` +
				"with externalTrafficPolicy: Local no other node does either",
		}},
		"NodePort, possible": {service: webService(corev1.ServiceTypeNodePort, bySelector("app", "web")), change: labelsOff, want: []string{
			`this NodePort Service may select pods that run on Fargate, and a Fargate node serves no node ports: Fargate profile "each-test" takes those of its pods that also have the labels run: on-fargate`,
		}},
		"external IPs": {service: webService(corev1.ServiceTypeClusterIP, func(s *corev1.Service) { s.Spec.ExternalIPs = []string{"192.0.2.1"} }), want: []string{
			`a pod with the labels that the Service selects would run on Fargate (profile each-test), and a Fargate node accepts no traffic for external IPs`,
		}},
		"instance": {service: webService(corev1.ServiceTypeLoadBalancer, annotated(lbc.ServiceTargetTypeAnnotation, "instance")), want: []string{
			`the annotation service.beta.kubernetes.io/aws-load-balancer-nlb-target-type must be ip, not "instance": a pod with the labels that the Service selects would run on Fargate (profile each-test), and only IP targets reach pods on Fargate`,
		}},
		"instance, possible": {service: webService(corev1.ServiceTypeLoadBalancer, annotated(lbc.ServiceTargetTypeAnnotation, "instance"), bySelector("app", "web")), change: labelsOff, want: []string{
			`the annotation service.beta.kubernetes.io/aws-load-balancer-nlb-target-type must be ip, not "instance": Fargate profile "each-test" takes those of its pods that also have the labels run: on-fargate, and only IP targets reach pods on Fargate`,
		}},
		"instance, no node ports (F6.9)": {service: webService(corev1.ServiceTypeLoadBalancer, annotated(lbc.ServiceTargetTypeAnnotation, " ip"), withoutNodePorts), want: []string{
			`the annotation service.beta.kubernetes.io/aws-load-balancer-nlb-target-type must be ip, not " ip": a pod with the labels that the Service selects would run on Fargate (profile each-test), and only IP targets reach pods on Fargate; ` +
				"it has no node ports either: spec.allocateLoadBalancerNodePorts is false",
		}},
		"no target type, no node ports": {service: webService(corev1.ServiceTypeLoadBalancer, withoutNodePorts), want: []string{
			`its load balancer will be internal; for an internet-facing one add service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing`,
		}},
		"in-tree cloud provider (F6.7)": {service: webService(corev1.ServiceTypeLoadBalancer, annotated(lbc.ServiceTypeAnnotation, "nlb")), want: []string{
			`with the annotation service.beta.kubernetes.io/aws-load-balancer-type: "nlb" its load balancer has IP targets only if the AWS Load Balancer Controller provides it: the in-tree cloud provider has none`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*policy.Policy) {}
			}
			d := decideService(c.service, nil, WholeAdmission, c.change)
			var got []string
			for _, f := range d.Findings {
				got = append(got, f.Message)
				if f.Remedy == "" {
					t.Errorf("%s: the remedy is empty", f.Field)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
