package fargate

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/lbc"
	"fargate-webhook/profiles"
)

// webService is the minimal Service of a type, changed.
func webService(kind corev1.ServiceType, change ...func(*corev1.Service)) *corev1.Service {
	service := fixtures.Service(kind)
	for _, c := range change {
		c(service)
	}
	return service
}

func saying(pairs ...string) func(*corev1.Service) {
	return func(service *corev1.Service) {
		service.Annotations = map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			service.Annotations[pairs[i]] = pairs[i+1]
		}
	}
}

func bySelector(pairs ...string) func(*corev1.Service) {
	return func(service *corev1.Service) {
		service.Spec.Selector = map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			service.Spec.Selector[pairs[i]] = pairs[i+1]
		}
	}
}

func ofBalancer(class string) func(*corev1.Service) {
	return func(service *corev1.Service) { service.Spec.LoadBalancerClass = &class }
}

// judgeService judges one in the fixtures' namespace. Without an old one it is created.
func judgeService(service, old *corev1.Service, phase Phase, change ...func(*Policy)) Decision {
	policy := DefaultPolicy()
	for _, c := range change {
		c(&policy)
	}
	request := Request{Operation: OperationCreate, Phase: phase, Namespace: fixtures.Namespace}
	if old != nil {
		request.Operation, request.Old = OperationUpdate, old
	}
	return Decide(service, request, fixtureIndex(), &policy)
}

// serviceFindings are the findings, each as "Deny node-port spec.type".
func serviceFindings(d *Decision) string {
	var all []string
	for _, f := range d.Findings {
		all = append(all, string(f.Action)+" "+string(f.Rule)+" "+f.Field)
	}
	return strings.Join(all, "; ")
}

// patchText is the patch, each operation as `add /path "value"`.
func patchText(t *testing.T, patch Patch) string {
	t.Helper()
	var all []string
	for _, op := range patch {
		text := op.Op + " " + op.Path
		if op.Value != nil {
			value, err := json.Marshal(op.Value)
			if err != nil {
				t.Fatal(err)
			}
			text += " " + string(value)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

func labelsOff(p *Policy) { p.Labels = LabelsOff }

// TestServiceUpdates: what was there before may be edited, and what gets worse is refused. A doubt of before excuses no certainty.
func TestServiceUpdates(t *testing.T) {
	const instance = "metadata.annotations[" + lbc.ServiceTargetTypeAnnotation + "]"
	clusterIP, nodePort, balanced := corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer
	port := func(service *corev1.Service) { service.Spec.Ports[0].Port = 8080 }
	local := func(service *corev1.Service) {
		service.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
	}
	external := func(service *corev1.Service) { service.Spec.ExternalIPs = []string{"192.0.2.1"} }
	target := func(value string) func(*corev1.Service) {
		return saying(lbc.ServiceTypeAnnotation, lbc.TypeExternal, lbc.ServiceTargetTypeAnnotation, value)
	}
	for name, c := range map[string]struct {
		old, now *corev1.Service
		change   func(*Policy)
		want     string
	}{
		"ClusterIP to NodePort":          {old: webService(clusterIP), now: webService(nodePort), want: "Deny node-port spec.type"},
		"LoadBalancer to NodePort":       {old: webService(balanced, target("ip")), now: webService(nodePort, target("ip")), want: "Deny node-port spec.type"},
		"NodePort, port":                 {old: webService(nodePort), now: webService(nodePort, port)},
		"NodePort, annotation":           {old: webService(nodePort), now: webService(nodePort, saying("a", "b"))},
		"NodePort, policy Local":         {old: webService(nodePort), now: webService(nodePort, local)},
		"NodePort, selector as before":   {old: webService(nodePort), now: webService(nodePort, bySelector("app", "web"))},
		"NodePort, selector to Fargate":  {old: webService(nodePort, bySelector(fixtures.Label, "elsewhere")), now: webService(nodePort), want: "Deny node-port spec.type"},
		"NodePort, doubt to certainty":   {old: webService(nodePort, bySelector("app", "web")), now: webService(nodePort), change: labelsOff, want: "Deny node-port spec.type"},
		"NodePort, certainty to doubt":   {old: webService(nodePort), now: webService(nodePort, bySelector("app", "web")), change: labelsOff, want: "Warn node-port spec.type"},
		"NodePort, doubt as before":      {old: webService(nodePort, bySelector("app", "web")), now: webService(nodePort, bySelector("app", "api")), change: labelsOff},
		"NodePort, opt-out taken back":   {old: webService(nodePort, saying(computeTypeKey, "ec2")), now: webService(nodePort), want: "Deny node-port spec.type"},
		"NodePort, gets external IPs":    {old: webService(nodePort), now: webService(nodePort, external), want: "Warn node-port spec.externalIPs"},
		"external IPs, another":          {old: webService(clusterIP, external), now: webService(clusterIP, external, port)},
		"ip to instance":                 {old: webService(balanced, target("ip")), now: webService(balanced, target("instance")), want: "Deny load-balancer-target " + instance},
		"nothing to instance":            {old: webService(balanced), now: webService(balanced, target("instance")), want: "Deny load-balancer-target " + instance},
		"instance, port":                 {old: webService(balanced, target("instance")), now: webService(balanced, target("instance"), port)},
		"nothing, port":                  {old: webService(balanced), now: webService(balanced, port)},
		"ip to nothing":                  {old: webService(balanced, target("ip")), now: webService(balanced), want: "Warn load-balancer-target metadata.annotations"},
		"ClusterIP to LoadBalancer":      {old: webService(clusterIP), now: webService(balanced), want: "Warn load-balancer-target metadata.annotations"},
		"ClusterIP to LoadBalancer, ip":  {old: webService(clusterIP), now: webService(balanced, target("ip"))},
		"instance, selector to Fargate":  {old: webService(balanced, target("instance"), bySelector(fixtures.Label, "elsewhere")), now: webService(balanced, target("instance")), want: "Deny load-balancer-target " + instance},
		"instance, doubt to certainty":   {old: webService(balanced, target("instance"), bySelector("app", "web")), now: webService(balanced, target("instance")), change: labelsOff, want: "Deny load-balancer-target " + instance},
		"LoadBalancer to ClusterIP":      {old: webService(balanced), now: webService(clusterIP)},
		"LoadBalancer to ExternalName":   {old: webService(balanced), now: webService(corev1.ServiceTypeExternalName)},
		"instance of another's class":    {old: webService(balanced, ofBalancer("example.com/lb")), now: webService(balanced, ofBalancer("example.com/lb"), target("instance"))},
		"NodePort, selector taken away":  {old: webService(nodePort), now: webService(nodePort, bySelector())},
		"ClusterIP, the policy rewrites": {old: webService(clusterIP), now: webService(nodePort), change: rewriteNodePorts, want: "Deny node-port spec.type"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*Policy) {}
			}
			d := judgeService(c.now, c.old, Validating, c.change)
			if got := serviceFindings(&d); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if len(d.Patch) > 0 {
				t.Errorf("the validating phase changes %v", d.Patch)
			}
			for _, phase := range []Phase{Mutating, WholeAdmission} {
				if d := judgeService(c.now, c.old, phase); len(d.Patch) > 0 {
					t.Errorf("an update is changed: %v", d.Patch)
				}
			}
		})
	}
}

// TestServiceMessages reads what a user is told.
func TestServiceMessages(t *testing.T) {
	no := false
	for name, c := range map[string]struct {
		service *corev1.Service
		change  func(*Policy)
		want    []string
	}{
		"NodePort": {service: webService(corev1.ServiceTypeNodePort), want: []string{
			`this NodePort Service selects pods that Fargate profile "each-test" takes, and a Fargate node answers on no node port`,
		}},
		"NodePort, Local": {service: webService(corev1.ServiceTypeNodePort, func(s *corev1.Service) {
			s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
		}), want: []string{
			`this NodePort Service selects pods that Fargate profile "each-test" takes, and a Fargate node answers on no node port; ` +
				"with externalTrafficPolicy: Local no other node does either",
		}},
		"NodePort, a doubt": {service: webService(corev1.ServiceTypeNodePort, bySelector("app", "web")), change: labelsOff, want: []string{
			`a Fargate node answers on no node port, and Fargate profile "each-test" takes those of its pods that also have the labels run: on-fargate`,
		}},
		"external IPs": {service: webService(corev1.ServiceTypeClusterIP, func(s *corev1.Service) { s.Spec.ExternalIPs = []string{"192.0.2.1"} }), want: []string{
			`a Fargate node takes no traffic for external IPs, and Fargate profile "each-test" takes the pods`,
		}},
		"instance": {service: webService(corev1.ServiceTypeLoadBalancer, saying(lbc.ServiceTargetTypeAnnotation, "instance")), want: []string{
			`service.beta.kubernetes.io/aws-load-balancer-nlb-target-type is "instance", and not ip: Fargate profile "each-test" takes its pods, which are reached by IP targets only`,
		}},
		"instance, a doubt": {service: webService(corev1.ServiceTypeLoadBalancer, saying(lbc.ServiceTargetTypeAnnotation, "instance"), bySelector("app", "web")), change: labelsOff, want: []string{
			`service.beta.kubernetes.io/aws-load-balancer-nlb-target-type is "instance", and not ip: Fargate profile "each-test" takes those of its pods that also have the labels run: on-fargate, which are reached by IP targets only`,
		}},
		"instance, no node ports (F6.9)": {service: webService(corev1.ServiceTypeLoadBalancer, saying(lbc.ServiceTargetTypeAnnotation, " ip"), func(s *corev1.Service) {
			s.Spec.AllocateLoadBalancerNodePorts = &no
		}), want: []string{
			`service.beta.kubernetes.io/aws-load-balancer-nlb-target-type is " ip", and not ip: Fargate profile "each-test" takes its pods, which are reached by IP targets only; ` +
				"nor has it node ports: spec.allocateLoadBalancerNodePorts is false",
		}},
		"nothing said, no node ports": {service: webService(corev1.ServiceTypeLoadBalancer, func(s *corev1.Service) { s.Spec.AllocateLoadBalancerNodePorts = &no })},
		"provider of Kubernetes' own (F6.7)": {service: webService(corev1.ServiceTypeLoadBalancer, saying(lbc.ServiceTypeAnnotation, "nlb")), want: []string{
			`with service.beta.kubernetes.io/aws-load-balancer-type "nlb" it has IP targets only if the AWS Load Balancer Controller takes it: Kubernetes' own provider has none`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*Policy) {}
			}
			var got []string
			d := judgeService(c.service, nil, WholeAdmission, c.change)
			for _, f := range d.Findings {
				got = append(got, f.Message)
				if f.Remedy == "" {
					t.Errorf("%s: no remedy", f.Field)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestServiceElsewhere: nothing is changed or said where no profile is, and in exempt namespaces.
func TestServiceElsewhere(t *testing.T) {
	exempt := DefaultPolicy()
	rewriteNodePorts(&exempt)
	policy := exempt
	exempt.Exempt.Namespaces = []profiles.Pattern{profiles.NewPattern(fixtures.Namespace)}
	elsewhere := profiles.NewIndex([]profiles.Profile{profile("web", selects("web"))})
	for _, kind := range []corev1.ServiceType{corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer} {
		request := Request{Operation: OperationCreate, Namespace: fixtures.Namespace}
		for _, d := range []Decision{
			Decide(webService(kind), request, elsewhere, &policy),
			Decide(webService(kind), request, fixtureIndex(), &exempt),
		} {
			if len(d.Patch)+len(d.Findings) > 0 {
				t.Errorf("%s: %v, %v", kind, d.Patch, d.Findings)
			}
		}
	}
}
