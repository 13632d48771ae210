package fargate

import (
	"slices"
	"strings"
	"testing"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/policy"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
)

// An Ingress of the AWS Load Balancer Controller gets target type ip if it sets none, and is
// refused with instance, where its Services select pods on Fargate. With any other value it is left
// alone.
func TestIngressTarget(t *testing.T) {
	for name, c := range map[string]struct {
		ingress  *networkingv1.Ingress
		change   func(*fargatetest.Cluster)
		policy   func(*policy.Policy)
		explicit []string // with target type instance
		absent   []string // without a target type
	}{
		"on Fargate":            {ingress: ingressTo("alb", "web"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"one of several":        {ingress: ingressTo("alb", "manual", "legacy", "web", "api"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"not on Fargate":        {ingress: ingressTo("alb", "legacy", "manual")},
		"no backends":           {ingress: ingressTo("alb")},
		"unknown Service":       {ingress: ingressTo("alb", "later"), explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"Service look-up fails": {ingress: ingressTo("alb", "web"), change: broken("web"), explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"opted out":             {ingress: noting(ingressTo("alb", "web"), placement.ComputeTypeKey, "ec2")},
		"opted-out Service":     {ingress: ingressTo("alb", "web"), change: noted("web", placement.ComputeTypeKey, "ec2")},

		"class by annotation":         {ingress: noting(ingressTo("", "web"), "kubernetes.io/ingress.class", "alb"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"annotation before field":     {ingress: noting(ingressTo("nginx", "web"), "kubernetes.io/ingress.class", "alb"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"annotation without params":   {ingress: noting(ingressTo("ip", "web"), "kubernetes.io/ingress.class", "alb"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"another class by annotation": {ingress: noting(ingressTo("alb", "web"), "kubernetes.io/ingress.class", "nginx")},
		"another controller":          {ingress: ingressTo("nginx", "web")},
		"EKS Auto Mode":               {ingress: ingressTo("auto", "web")},
		"default class": {ingress: ingressTo("", "web"), change: noted("alb", networkingv1.AnnotationIsDefaultIngressClass, "true"),
			explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"another default class":       {ingress: ingressTo("", "web"), change: noted("nginx", networkingv1.AnnotationIsDefaultIngressClass, "true")},
		"no default class":            {ingress: ingressTo("", "web")},
		"default class look-up fails": {ingress: ingressTo("", "web"), change: broken("")},
		"class alb not found": {ingress: ingressTo("alb", "web"), change: without("alb"),
			explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"class alb look-up fails": {ingress: ingressTo("alb", "web"), change: broken("alb"),
			explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"another class not found": {ingress: ingressTo("public", "web")},

		"params set ip (F6.4)":       {ingress: ingressTo("ip", "web")},
		"params set instance (F6.4)": {ingress: ingressTo("instance", "web"), explicit: []string{"Deny spec.ingressClassName"}, absent: []string{"Deny spec.ingressClassName"}},
		"params set instance, unknown Service": {ingress: ingressTo("instance", "later"),
			explicit: []string{"Warn spec.ingressClassName"}, absent: []string{"Warn spec.ingressClassName"}},
		"params set instance, not on Fargate": {ingress: ingressTo("instance", "legacy")},
		"params set no target type":           {ingress: ingressTo("silent", "web"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"params not found":                    {ingress: ingressTo("lost", "web"), explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"params look-up fails": {ingress: ingressTo("ip", "web"), change: broken("ip-params"),
			explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"params of another kind":  {ingress: ingressTo("odder", "web"), explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"params of another group": {ingress: ingressTo("odd", "web"), explicit: []string{warnedThere}, absent: []string{ipAdded}},

		"Service sets ip": {ingress: ingressTo("alb", "web"), change: serviceSets("ip")},
		"Service sets instance": {ingress: ingressTo("alb", "web"), change: serviceSets("instance"),
			explicit: []string{"Deny " + firstPath}, absent: []string{"Deny " + firstPath}},
		"Service sets instance, params not found": {ingress: ingressTo("lost", "web"), change: serviceSets("instance"),
			explicit: []string{"Warn " + firstPath}, absent: []string{"Warn " + firstPath}},
		"one Service sets ip":              {ingress: ingressTo("alb", "web", "api"), change: serviceSets("ip"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"Service sets instance, params ip": {ingress: ingressTo("ip", "web"), change: serviceSets("instance")},

		"rule Off":   {ingress: ingressTo("alb", "web"), policy: ruled(objects.IngressTarget, policy.Off)},
		"rule Warn":  {ingress: ingressTo("alb", "web"), policy: ruled(objects.IngressTarget, policy.Warn), explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"labels Off": {ingress: ingressTo("alb", "web"), policy: labelsOff, explicit: []string{warnedThere}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*fargatetest.Cluster) {}
			}
			if c.policy == nil {
				c.policy = func(*policy.Policy) {}
			}
			request := Request{Operation: OperationCreate, Cluster: trafficCluster(c.change)}
			if diff := cmp.Diff(c.absent, trafficOutcome(t, c.ingress, request, c.policy)); diff != "" {
				t.Errorf("no target type (-want +got):\n%s", diff)
			}
			for _, value := range []string{"ip", "", "other"} {
				got := trafficOutcome(t, noting(c.ingress.DeepCopy(), albTargetType, value), request, c.policy)
				got = slices.DeleteFunc(got, func(s string) bool { return slices.Contains(c.explicit, s) && !strings.Contains(s, albTargetType) })
				if len(got) > 0 {
					t.Errorf("target type %q: got %q, want nothing", value, got)
				}
			}
			if diff := cmp.Diff(c.explicit, trafficOutcome(t, noting(c.ingress, albTargetType, "instance"), request, c.policy)); diff != "" {
				t.Errorf("target type instance (-want +got):\n%s", diff)
			}
		})
	}
}

// Where only pods with further labels run on Fargate, instance is warned about, and no target type
// is added.
func TestIngressThatMayLeadToFargate(t *testing.T) {
	for _, service := range []string{"web", "not-known"} {
		request := Request{Operation: OperationCreate, Namespace: "keyed", Cluster: trafficCluster()}
		if got := trafficOutcome(t, ingressTo("alb", service), request); len(got) > 0 {
			t.Errorf("%s: without a target type: got %q, want nothing", service, got)
		}
		got := trafficOutcome(t, noting(ingressTo("alb", service), albTargetType, "instance"), request)
		if diff := cmp.Diff([]string{warnedThere}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", service, diff)
		}
	}
}

// Without a cluster an Ingress of class alb is warned about, and others are left alone.
func TestIngressWithoutCluster(t *testing.T) {
	request := Request{Operation: OperationCreate}
	if got := trafficOutcome(t, noting(ingressTo("alb", "web"), albTargetType, "instance"), request); !slices.Equal(got, []string{warnedThere}) {
		t.Errorf("class alb: %q", got)
	}
	if got := trafficOutcome(t, noting(ingressTo("", "web"), albTargetType, "instance"), request); len(got) > 0 {
		t.Errorf("no class: %q", got)
	}
}
