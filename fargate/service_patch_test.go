package fargate

import (
	"maps"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/lbc"
)

func rewriteNodePorts(p *Policy) { p.NodePortServices = NodePortServicesClusterIP }

// TestToClusterIP: policy nodePortServices: ClusterIP, on creation and on an update of what is no NodePort Service yet.
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
		change   func(*Policy)
		patch    string
		findings string
	}{
		"created": {now: webService(nodePort), patch: rewritten},
		"created, with all": {now: webService(nodePort, full),
			patch: rewritten + "; remove /spec/ports/1/nodePort; remove /spec/ports/2/nodePort; remove /spec/externalTrafficPolicy; remove /spec/healthCheckNodePort"},
		"created, external IPs": {now: webService(nodePort, full, external),
			patch:    rewritten + "; remove /spec/ports/1/nodePort; remove /spec/ports/2/nodePort; remove /spec/healthCheckNodePort",
			findings: "Warn node-port spec.externalIPs"},
		"applied again":         {old: webService(clusterIP), now: webService(nodePort), patch: rewritten},
		"from LoadBalancer":     {old: webService(corev1.ServiceTypeLoadBalancer), now: webService(nodePort), patch: rewritten},
		"NodePort already":      {old: webService(nodePort), now: webService(nodePort, full)},
		"NodePort, to Fargate":  {old: webService(nodePort, bySelector(fixtures.Label, "elsewhere")), now: webService(nodePort), findings: "Deny node-port spec.type"},
		"pods elsewhere":        {now: webService(nodePort, bySelector(fixtures.Label, "elsewhere"))},
		"a doubt":               {now: webService(nodePort, bySelector("app", "web")), change: labelsOff, findings: "Warn node-port spec.type"},
		"no selector":           {now: webService(nodePort, bySelector())},
		"opted out":             {now: webService(nodePort, saying(computeTypeKey, "ec2"))},
		"ClusterIP":             {now: webService(clusterIP)},
		"ClusterIP, no node IP": {now: webService(clusterIP, func(service *corev1.Service) { service.Spec.ClusterIP = corev1.ClusterIPNone })},
		"the rule Off":          {now: webService(nodePort), change: func(p *Policy) { p.Rules = map[RuleID]Action{RuleNodePort: ActionOff} }},
		"the rule Warn":         {now: webService(nodePort), change: func(p *Policy) { p.Rules = map[RuleID]Action{RuleNodePort: ActionWarn} }, findings: "Warn node-port spec.type"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*Policy) {}
			}
			changed := judgeService(c.now, c.old, Mutating, rewriteNodePorts, c.change)
			whole := judgeService(c.now, c.old, WholeAdmission, rewriteNodePorts, c.change)
			for _, d := range []Decision{changed, whole} {
				if got := patchText(t, d.Patch); got != c.patch {
					t.Errorf("got  %s\nwant %s", got, c.patch)
				}
			}
			if got := serviceFindings(&whole); got != c.findings || len(changed.Findings) > 0 {
				t.Errorf("got %q, want %q; and %v as it is changed", got, c.findings, changed.Findings)
			}
		})
	}
}

// TestToPodTargets: what a new Service of type LoadBalancer is given, and what is said of it after that.
func TestToPodTargets(t *testing.T) {
	const (
		kind, target = lbc.ServiceTypeAnnotation, lbc.ServiceTargetTypeAnnotation
		at           = "/metadata/annotations/service.beta.kubernetes.io~1aws-load-balancer-"
		addTarget    = "add " + at + `nlb-target-type "ip"`
		addType      = "add " + at + `type "external"`
		both         = `add /metadata/annotations {"` + target + `":"ip","` + kind + `":"external"}`
		refused      = "Deny load-balancer-target metadata.annotations[" + target + "]"
		doubted      = "Warn load-balancer-target metadata.annotations[" + kind + "]"
	)
	balanced := corev1.ServiceTypeLoadBalancer
	off := func(p *Policy) { p.Rules = map[RuleID]Action{RuleLoadBalancerTarget: ActionOff} }
	for name, c := range map[string]struct {
		service         *corev1.Service
		change          func(*Policy)
		patch, findings string
	}{
		"nothing said":           {service: webService(balanced), patch: both},
		"others said":            {service: webService(balanced, saying("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal")), patch: addTarget + "; " + addType},
		"class":                  {service: webService(balanced, ofBalancer(lbc.ServiceClass)), patch: `add /metadata/annotations {"` + target + `":"ip"}`},
		"class and instance":     {service: webService(balanced, ofBalancer(lbc.ServiceClass), saying(target, "instance")), findings: refused},
		"class and nlb":          {service: webService(balanced, ofBalancer(lbc.ServiceClass), saying(kind, "nlb")), patch: addTarget},
		"external":               {service: webService(balanced, saying(kind, "external")), patch: addTarget},
		"external and ip":        {service: webService(balanced, saying(kind, "external", target, "ip"))},
		"ip":                     {service: webService(balanced, saying(target, "ip")), patch: addType},
		"nlb-ip":                 {service: webService(balanced, saying(kind, "nlb-ip"))},
		"nlb-ip and instance":    {service: webService(balanced, saying(kind, "nlb-ip", target, "instance"))},
		"nlb (F6.7)":             {service: webService(balanced, saying(kind, "nlb")), patch: addTarget, findings: doubted},
		"nlb and ip":             {service: webService(balanced, saying(kind, "nlb", target, "ip")), findings: doubted},
		"unknown type":           {service: webService(balanced, saying(kind, "External")), patch: addTarget, findings: doubted},
		"empty type":             {service: webService(balanced, saying(kind, "")), patch: addTarget, findings: doubted},
		"instance":               {service: webService(balanced, saying(target, "instance")), findings: refused},
		"empty target":           {service: webService(balanced, saying(kind, "external", target, "")), findings: refused},
		"ip with a blank":        {service: webService(balanced, saying(kind, "external", target, "ip ")), findings: refused},
		"class of EKS Auto Mode": {service: webService(balanced, ofBalancer("eks.amazonaws.com/nlb"))},
		"class of a vendor":      {service: webService(balanced, ofBalancer("io.example/lb"), saying(target, "instance"))},
		"pods elsewhere":         {service: webService(balanced, bySelector(fixtures.Label, "elsewhere"))},
		"a doubt":                {service: webService(balanced, bySelector("app", "web")), change: labelsOff},
		"a doubt, instance":      {service: webService(balanced, bySelector("app", "web"), saying(target, "instance")), change: labelsOff, findings: strings.Replace(refused, "Deny", "Warn", 1)},
		"opted out":              {service: webService(balanced, saying(computeTypeKey, "ec2"))},
		"NodePort":               {service: webService(corev1.ServiceTypeNodePort, saying(target, "instance")), change: func(p *Policy) { p.NodePortServices = NodePortServicesOff }},
		"the rule Off":           {service: webService(balanced), change: off},
		"the rule Off, instance": {service: webService(balanced, saying(target, "instance")), change: off},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*Policy) {}
			}
			before := c.service.DeepCopy()
			for _, phase := range []Phase{Mutating, WholeAdmission} {
				d := judgeService(c.service, nil, phase, c.change)
				if got := patchText(t, d.Patch); got != c.patch {
					t.Errorf("got  %s\nwant %s", got, c.patch)
				}
				if got := serviceFindings(&d); phase == WholeAdmission && got != c.findings {
					t.Errorf("got %q, want %q", got, c.findings)
				}
			}
			if !maps.Equal(before.Annotations, c.service.Annotations) {
				t.Error("the Service itself was changed")
			}
		})
	}
}

// TestLawService: what admission makes of a new Service it leaves so the next time, and in the validating phase nothing is said of it that
// a review of the original doesn't tell.
func TestLawService(t *testing.T) {
	kinds := rapid.SampledFrom([]corev1.ServiceType{corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer, corev1.ServiceTypeClusterIP})
	annotations := rapid.MapOf(
		rapid.SampledFrom([]string{lbc.ServiceTypeAnnotation, lbc.ServiceTargetTypeAnnotation, "other"}),
		rapid.SampledFrom([]string{"ip", "instance", "external", "nlb", "nlb-ip", "IP", ""}))
	classes := rapid.SampledFrom([]string{"", lbc.ServiceClass, "eks.amazonaws.com/nlb"})
	rapid.Check(t, func(t *rapid.T) {
		service := webService(kinds.Draw(t, "type"), func(s *corev1.Service) { s.Annotations = annotations.Draw(t, "annotations") })
		if class := classes.Draw(t, "class"); class != "" && service.Spec.Type == corev1.ServiceTypeLoadBalancer {
			service.Spec.LoadBalancerClass = &class
		}
		service.Spec.Ports[0].NodePort = rapid.SampledFrom([]int32{0, 30080}).Draw(t, "nodePort")
		whole := judgeService(service, nil, WholeAdmission, rewriteNodePorts)
		patched := patchedService(t, service, whole.Patch)
		if again := judgeService(patched, nil, Mutating, rewriteNodePorts); len(again.Patch) > 0 {
			t.Errorf("a second time: %v", again.Patch)
		}
		final := judgeService(patched, nil, Validating, rewriteNodePorts)
		if got, want := serviceFindings(&final), serviceFindings(&whole); got != want {
			t.Errorf("told at last %q, before %q", got, want)
		}
		for key, value := range service.Annotations {
			if patched.Annotations[key] != value {
				t.Errorf("annotation %s was changed", key)
			}
		}
	})
}

// patchedService applies a patch of Services, which has no other operations.
func patchedService(t *rapid.T, service *corev1.Service, patch Patch) *corev1.Service {
	out := service.DeepCopy()
	for _, op := range patch {
		key, isAnnotation := strings.CutPrefix(op.Path, "/metadata/annotations/")
		value, _ := op.Value.(string)
		switch {
		case op.Path == "/spec/type":
			out.Spec.Type = corev1.ServiceType(value)
		case strings.HasSuffix(op.Path, "/nodePort"):
			out.Spec.Ports[0].NodePort = 0
		case op.Path == "/metadata/annotations":
			out.Annotations, _ = op.Value.(map[string]string)
		case isAnnotation:
			out.Annotations[strings.ReplaceAll(key, "~1", "/")] = value
		default:
			t.Fatalf("an operation of which the test doesn't know: %s", op.Path)
		}
	}
	return out
}
