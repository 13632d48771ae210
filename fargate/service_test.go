package fargate

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// webService returns the minimal Service of a type, changed.
func webService(kind corev1.ServiceType, change ...func(*corev1.Service)) *corev1.Service {
	service := fixtures.Service(kind)
	for _, c := range change {
		c(service)
	}
	return service
}

// annotated sets the annotations of a Service, keys and values in turn.
func annotated(pairs ...string) func(*corev1.Service) {
	return func(service *corev1.Service) {
		service.Annotations = map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			service.Annotations[pairs[i]] = pairs[i+1]
		}
	}
}

// bySelector sets the selector of a Service, keys and values in turn.
func bySelector(pairs ...string) func(*corev1.Service) {
	return func(service *corev1.Service) {
		service.Spec.Selector = map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			service.Spec.Selector[pairs[i]] = pairs[i+1]
		}
	}
}

// ofBalancer sets the load balancer class of a Service.
func ofBalancer(class string) func(*corev1.Service) {
	return func(service *corev1.Service) { service.Spec.LoadBalancerClass = &class }
}

// decideService decides about a Service in the fixtures' namespace that is created, or updated from
// old.
func decideService(service, old *corev1.Service, phase Phase, change ...func(*policy.Policy)) Decision {
	request := requestIn(phase, nil)
	if old != nil {
		request = requestIn(phase, old)
	}
	return Decide(service, request, fixtureIndex(), policyWith(change...))
}

// An update is refused for a problem that it adds. A problem that was only possible before is new
// once it is certain.
func TestServiceUpdates(t *testing.T) {
	const instance = "metadata.annotations[" + lbc.ServiceTargetTypeAnnotation + "]"
	clusterIP, nodePort, balanced := corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer
	port := func(service *corev1.Service) { service.Spec.Ports[0].Port = 8080 }
	local := func(service *corev1.Service) {
		service.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
	}
	external := func(service *corev1.Service) { service.Spec.ExternalIPs = []string{"192.0.2.1"} }
	target := func(value string) func(*corev1.Service) {
		return annotated(lbc.ServiceTypeAnnotation, lbc.TypeExternal, lbc.ServiceTargetTypeAnnotation, value)
	}
	for name, c := range map[string]struct {
		old, now *corev1.Service
		change   func(*policy.Policy)
		want     string
	}{
		"ClusterIP to NodePort":            {old: webService(clusterIP), now: webService(nodePort), want: "Deny node-port spec.type"},
		"LoadBalancer to NodePort":         {old: webService(balanced, target("ip")), now: webService(nodePort, target("ip")), want: "Deny node-port spec.type"},
		"NodePort, port":                   {old: webService(nodePort), now: webService(nodePort, port)},
		"NodePort, annotation":             {old: webService(nodePort), now: webService(nodePort, annotated("a", "b"))},
		"NodePort, traffic policy":         {old: webService(nodePort), now: webService(nodePort, local)},
		"NodePort, another selector":       {old: webService(nodePort), now: webService(nodePort, bySelector("app", "web"))},
		"NodePort, selector to Fargate":    {old: webService(nodePort, bySelector(fixtures.Label, "elsewhere")), now: webService(nodePort), want: "Deny node-port spec.type"},
		"NodePort, possible to certain":    {old: webService(nodePort, bySelector("app", "web")), now: webService(nodePort), change: labelsOff, want: "Deny node-port spec.type"},
		"NodePort, certain to possible":    {old: webService(nodePort), now: webService(nodePort, bySelector("app", "web")), change: labelsOff, want: "Warn node-port spec.type"},
		"NodePort, still possible":         {old: webService(nodePort, bySelector("app", "web")), now: webService(nodePort, bySelector("app", "api")), change: labelsOff},
		"NodePort, opt-out removed":        {old: webService(nodePort, annotated(placement.ComputeTypeKey, "ec2")), now: webService(nodePort), want: "Deny node-port spec.type"},
		"NodePort, external IPs added":     {old: webService(nodePort), now: webService(nodePort, external), want: "Warn node-port spec.externalIPs"},
		"external IPs, port":               {old: webService(clusterIP, external), now: webService(clusterIP, external, port)},
		"ip to instance":                   {old: webService(balanced, target("ip")), now: webService(balanced, target("instance")), want: "Deny load-balancer-target " + instance},
		"no target type to instance":       {old: webService(balanced), now: webService(balanced, target("instance")), want: "Deny load-balancer-target " + instance},
		"instance, port":                   {old: webService(balanced, target("instance")), now: webService(balanced, target("instance"), port)},
		"no target type, port":             {old: webService(balanced), now: webService(balanced, port)},
		"ip to no target type":             {old: webService(balanced, target("ip")), now: webService(balanced), want: "Warn load-balancer-target metadata.annotations"},
		"ClusterIP to LoadBalancer":        {old: webService(clusterIP), now: webService(balanced), want: "Warn load-balancer-target metadata.annotations"},
		"ClusterIP to LoadBalancer, ip":    {old: webService(clusterIP), now: webService(balanced, target("ip"))},
		"instance, selector to Fargate":    {old: webService(balanced, target("instance"), bySelector(fixtures.Label, "elsewhere")), now: webService(balanced, target("instance")), want: "Deny load-balancer-target " + instance},
		"instance, possible to certain":    {old: webService(balanced, target("instance"), bySelector("app", "web")), now: webService(balanced, target("instance")), change: labelsOff, want: "Deny load-balancer-target " + instance},
		"LoadBalancer to ClusterIP":        {old: webService(balanced), now: webService(clusterIP)},
		"LoadBalancer to ExternalName":     {old: webService(balanced), now: webService(corev1.ServiceTypeExternalName)},
		"instance, class of a vendor":      {old: webService(balanced, ofBalancer("example.com/lb")), now: webService(balanced, ofBalancer("example.com/lb"), target("instance"))},
		"NodePort, selector removed":       {old: webService(nodePort), now: webService(nodePort, bySelector())},
		"ClusterIP to NodePort, rewritten": {old: webService(clusterIP), now: webService(nodePort), change: rewriting, want: "Deny node-port spec.type"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*policy.Policy) {}
			}
			d := decideService(c.now, c.old, Validating, c.change)
			if got := strings.Join(places(&d), "; "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if len(d.Patch) > 0 {
				t.Errorf("the validating phase changes %s", patchText(t, d.Patch))
			}
			for _, phase := range []Phase{Mutating, WholeAdmission} {
				if d := decideService(c.now, c.old, phase); len(d.Patch) > 0 {
					t.Errorf("an update is changed: %s", patchText(t, d.Patch))
				}
			}
		})
	}
}

// Nothing is changed or reported where no profile selects pods.
func TestServiceElsewhere(t *testing.T) {
	elsewhere := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("web", fargatetest.Selects("web"))})
	for _, kind := range []corev1.ServiceType{corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer} {
		d := Decide(webService(kind), requestIn(WholeAdmission, nil), elsewhere, policyWith(rewriting))
		if len(d.Patch)+len(d.Findings) > 0 {
			t.Errorf("%s: patch %v, findings %v", kind, d.Patch, d.Findings)
		}
	}
}
