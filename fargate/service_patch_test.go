package fargate

import (
	"maps"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// rewriting changes NodePort Services to type ClusterIP.
func rewriting(p *policy.Policy) { p.RewriteNodePorts = true }

// With nodePortServices: ClusterIP a Service that becomes a NodePort Service, on creation or
// update, gets type ClusterIP.
func TestToClusterIP(t *testing.T) {
	const rewritten = `replace /spec/type "ClusterIP"`
	clusterIP, nodePort := corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort
	full := func(service *corev1.Service) {
		service.Spec.Ports = []corev1.ServicePort{{Name: "a", Port: 80}, {Name: "b", Port: 81, NodePort: 30081}, {Name: "c", Port: 82, NodePort: 30082}}
		service.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
		service.Spec.HealthCheckNodePort = 30080
	}
	external := func(service *corev1.Service) { service.Spec.ExternalIPs = []string{"192.0.2.1"} }
	for name, c := range map[string]struct {
		old, now *corev1.Service
		change   func(*policy.Policy)
		patch    string
		findings string
	}{
		"created": {now: webService(nodePort), patch: rewritten},
		"created, all fields": {now: webService(nodePort, full),
			patch: rewritten + "; remove /spec/ports/1/nodePort; remove /spec/ports/2/nodePort; remove /spec/externalTrafficPolicy; remove /spec/healthCheckNodePort"},
		"created, external IPs": {now: webService(nodePort, full, external),
			patch:    rewritten + "; remove /spec/ports/1/nodePort; remove /spec/ports/2/nodePort; remove /spec/healthCheckNodePort",
			findings: "Warn node-port spec.externalIPs"},
		"applied again":                        {old: webService(clusterIP), now: webService(nodePort), patch: rewritten},
		"from LoadBalancer":                    {old: webService(corev1.ServiceTypeLoadBalancer), now: webService(nodePort), patch: rewritten},
		"NodePort before":                      {old: webService(nodePort), now: webService(nodePort, full)},
		"NodePort before, selector to Fargate": {old: webService(nodePort, bySelector(fixtures.Label, "elsewhere")), now: webService(nodePort), findings: "Deny node-port spec.type"},
		"pods elsewhere":                       {now: webService(nodePort, bySelector(fixtures.Label, "elsewhere"))},
		"possible":                             {now: webService(nodePort, bySelector("app", "web")), change: labelsOff, findings: "Warn node-port spec.type"},
		"no selector":                          {now: webService(nodePort, bySelector())},
		"opted out":                            {now: webService(nodePort, annotated(placement.ComputeTypeKey, "ec2"))},
		"ClusterIP":                            {now: webService(clusterIP)},
		"headless":                             {now: webService(clusterIP, func(service *corev1.Service) { service.Spec.ClusterIP = corev1.ClusterIPNone })},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*policy.Policy) {}
			}
			changed := decideService(c.now, c.old, Mutating, rewriting, c.change)
			whole := decideService(c.now, c.old, WholeAdmission, rewriting, c.change)
			for _, d := range []Decision{changed, whole} {
				if got := patchText(t, d.Patch); got != c.patch {
					t.Errorf("got  %s\nwant %s", got, c.patch)
				}
			}
			if got := strings.Join(places(&whole), "; "); got != c.findings || len(changed.Findings) > 0 {
				t.Errorf("got %q, want %q; in the mutating phase %v, want none", got, c.findings, changed.Findings)
			}
		})
	}
}

// A new Service of type LoadBalancer gets the annotations that it lacks for IP targets. The rules
// check the result.
func TestToIPTargets(t *testing.T) {
	const (
		kind, target = lbc.ServiceTypeAnnotation, lbc.ServiceTargetTypeAnnotation
		at           = "/metadata/annotations/service.beta.kubernetes.io~1aws-load-balancer-"
		addTarget    = "add " + at + `nlb-target-type "ip"`
		addType      = "add " + at + `type "external"`
		record       = "add /metadata/annotations/fargate-webhook~1added "
		both         = `add /metadata/annotations {"fargate-webhook/added":"` + target + "," + kind + `","` + target + `":"ip","` + kind + `":"external"}`
		recordTarget = record + `"` + target + `"; `
		internal     = "Warn load-balancer-target metadata.annotations[" + lbc.ServiceSchemeAnnotation + "]"
		refused      = "Deny load-balancer-target metadata.annotations[" + target + "]"
		doubted      = "Warn load-balancer-target metadata.annotations[" + kind + "]"
	)
	balanced := corev1.ServiceTypeLoadBalancer
	off := ruled(objects.LoadBalancerTarget, policy.Off)
	for name, c := range map[string]struct {
		service         *corev1.Service
		change          func(*policy.Policy)
		patch, findings string
	}{
		"no annotations":         {service: webService(balanced), patch: both, findings: internal},
		"other annotations":      {service: webService(balanced, annotated("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal")), patch: record + `"` + target + "," + kind + `"; ` + addTarget + "; " + addType},
		"class":                  {service: webService(balanced, ofBalancer(lbc.ServiceClass)), patch: `add /metadata/annotations {"fargate-webhook/added":"` + target + `","` + target + `":"ip"}`},
		"class and instance":     {service: webService(balanced, ofBalancer(lbc.ServiceClass), annotated(target, "instance")), findings: refused},
		"class and nlb":          {service: webService(balanced, ofBalancer(lbc.ServiceClass), annotated(kind, "nlb")), patch: recordTarget + addTarget},
		"external":               {service: webService(balanced, annotated(kind, "external")), patch: recordTarget + addTarget},
		"external and ip":        {service: webService(balanced, annotated(kind, "external", target, "ip"))},
		"ip":                     {service: webService(balanced, annotated(target, "ip")), patch: record + `"` + kind + `"; ` + addType, findings: internal},
		"nlb-ip":                 {service: webService(balanced, annotated(kind, "nlb-ip"))},
		"nlb-ip and instance":    {service: webService(balanced, annotated(kind, "nlb-ip", target, "instance"))},
		"nlb (F6.7)":             {service: webService(balanced, annotated(kind, "nlb")), patch: recordTarget + addTarget, findings: doubted},
		"nlb and ip":             {service: webService(balanced, annotated(kind, "nlb", target, "ip")), findings: doubted},
		"unknown type":           {service: webService(balanced, annotated(kind, "External")), patch: recordTarget + addTarget, findings: doubted},
		"empty type":             {service: webService(balanced, annotated(kind, "")), patch: recordTarget + addTarget, findings: doubted},
		"instance":               {service: webService(balanced, annotated(target, "instance")), findings: refused},
		"empty target":           {service: webService(balanced, annotated(kind, "external", target, "")), findings: refused},
		"ip with a space":        {service: webService(balanced, annotated(kind, "external", target, "ip ")), findings: refused},
		"class of EKS Auto Mode": {service: webService(balanced, ofBalancer("eks.amazonaws.com/nlb"))},
		"class of a vendor":      {service: webService(balanced, ofBalancer("io.example/lb"), annotated(target, "instance"))},
		"pods elsewhere":         {service: webService(balanced, bySelector(fixtures.Label, "elsewhere"))},
		"possible":               {service: webService(balanced, bySelector("app", "web")), change: labelsOff},
		"possible, instance":     {service: webService(balanced, bySelector("app", "web"), annotated(target, "instance")), change: labelsOff, findings: strings.Replace(refused, "Deny", "Warn", 1)},
		"opted out":              {service: webService(balanced, annotated(placement.ComputeTypeKey, "ec2"))},
		"NodePort":               {service: webService(corev1.ServiceTypeNodePort, annotated(target, "instance")), change: ruled(objects.NodePort, policy.Off)},
		"the rule Off":           {service: webService(balanced), change: off},
		"the rule Off, instance": {service: webService(balanced, annotated(target, "instance")), change: off},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*policy.Policy) {}
			}
			before := c.service.DeepCopy()
			for _, phase := range []Phase{Mutating, WholeAdmission} {
				d := decideService(c.service, nil, phase, c.change)
				if got := patchText(t, d.Patch); got != c.patch {
					t.Errorf("got  %s\nwant %s", got, c.patch)
				}
				if got := strings.Join(places(&d), "; "); phase == WholeAdmission && got != c.findings {
					t.Errorf("got %q, want %q", got, c.findings)
				}
			}
			if !maps.Equal(before.Annotations, c.service.Annotations) {
				t.Error("the argument was changed")
			}
		})
	}
}
