package fargate

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/lbc"
)

// Without the AWS Load Balancer Controller nothing is added to a Service, and a warning says so.
func TestServiceWithoutController(t *testing.T) {
	const reach = ", and only its load balancers reach pods on Fargate: a pod with the labels that the Service selects would run on Fargate (profile each-test)"
	const missing = "Warn load-balancer-target: no AWS Load Balancer Controller is installed" + reach
	unserved := &fargatetest.Cluster{Unserved: []*cluster.Kind{cluster.IngressClassParams}}
	balanced := corev1.ServiceTypeLoadBalancer
	for name, c := range map[string]struct {
		service *corev1.Service
		reader  *fargatetest.Cluster
		want    string
	}{
		"no annotations":     {webService(balanced), unserved, missing},
		"for the controller": {webService(balanced, annotated(lbc.ServiceTypeAnnotation, "external", lbc.ServiceTargetTypeAnnotation, "ip")), unserved, missing},
		"of another class":   {webService(balanced, ofBalancer("eks.amazonaws.com/nlb")), unserved, ""},
		"ClusterIP":          {webService(corev1.ServiceTypeClusterIP), unserved, ""},
		"pods elsewhere":     {webService(balanced, bySelector("run", "elsewhere")), unserved, ""},
		"the discovery failed": {webService(balanced), &fargatetest.Cluster{Err: errors.New("not discovered yet")},
			"Warn load-balancer-target: what makes its pods could not be looked up: not discovered yet; where they run on Fargate, its load balancer reaches them only " +
				"with the annotation service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip"},
		"the discovery of its kinds failed": {webService(balanced), &fargatetest.Cluster{ServesErr: errors.New("not discovered yet")},
			"Warn load-balancer-target: whether the AWS Load Balancer Controller is installed could not be looked up (not discovered yet)" + reach},
	} {
		t.Run(name, func(t *testing.T) {
			for _, phase := range []Phase{Mutating, Validating, WholeAdmission} {
				d := Decide(c.service, withReader(requestIn(phase, nil), c.reader), fixtureIndex(), policyWith())
				want := c.want
				if phase == Mutating {
					want = ""
				}
				if got := strings.Join(messages(&d), "; "); got != want || len(d.Patch) > 0 {
					t.Errorf("phase %d: %s, patch %s; want %s", phase, got, patchText(t, d.Patch), want)
				}
			}
		})
	}
	installed := Decide(webService(balanced), withReader(requestIn(Mutating, nil), &fargatetest.Cluster{}), fixtureIndex(), policyWith())
	if len(installed.Patch) == 0 {
		t.Error("with the controller, nothing is added")
	}
}

// A Service that becomes internal because of what was added is told so when it is created, unless
// it sets a scheme.
func TestInternalLoadBalancerIsReportedOnce(t *testing.T) {
	balanced := corev1.ServiceTypeLoadBalancer
	const kind, target = lbc.ServiceTypeAnnotation, lbc.ServiceTargetTypeAnnotation
	for name, c := range map[string]struct {
		service *corev1.Service
		warned  bool
	}{
		"the type is added":         {webService(balanced), true},
		"the type is stated":        {webService(balanced, annotated(kind, "external")), false},
		"of the controller's class": {webService(balanced, ofBalancer(lbc.ServiceClass)), false},
		"internet-facing":           {webService(balanced, annotated(lbc.ServiceSchemeAnnotation, "internet-facing")), false},
		"internal":                  {webService(balanced, annotated(lbc.ServiceSchemeAnnotation, "internal")), false},
		"the older annotation":      {webService(balanced, annotated(lbc.ServiceInternalAnnotation, "false")), false},
	} {
		t.Run(name, func(t *testing.T) {
			created := decideService(c.service, nil, Mutating)
			live := patched(t, c.service, created.Patch)
			validated := decideService(live, nil, Validating)
			if got := len(created.Findings) == 0 && len(validated.Findings) > 0; got != c.warned {
				t.Errorf("warned: %v; mutating %q, validating %q", got, messages(&created), messages(&validated))
			}
			if again := decideService(live, live, Validating); len(again.Findings) > 0 {
				t.Errorf("an update is warned about again: %q", messages(&again))
			}
		})
	}
	pasted := webService(balanced, annotated(kind, "external", target, "ip", kinds.AddedAnnotation, target))
	if d := decideService(pasted, nil, Validating); len(d.Findings) > 0 {
		t.Errorf("with a type that was not added: %q", messages(&d))
	}
}
