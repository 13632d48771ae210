package fargate

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// TestIngressTarget also tells which Ingresses are the controller's.
func TestIngressTarget(t *testing.T) {
	for name, c := range map[string]struct {
		ingress  *networkingv1.Ingress
		change   func(map[string]runtime.Object)
		settings func(*Settings)
		explicit []string // what is told when it asks for instances; when it says nothing, absent
		absent   []string
	}{
		"surely Fargate":     {ingress: ingressTo("alb", "web"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"one of many":        {ingress: ingressTo("alb", "manual", "legacy", "web", "api"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"not Fargate":        {ingress: ingressTo("alb", "legacy", "manual")},
		"no backends":        {ingress: ingressTo("alb")},
		"unknown Service":    {ingress: ingressTo("alb", "later"), explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"Service can't tell": {ingress: ingressTo("alb", "web"), change: func(o map[string]runtime.Object) { o["service/apps/web"] = nil }, explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"opted out":          {ingress: noting(ingressTo("alb", "web"), computeTypeKey, "ec2")},
		"opted-out Service":  {ingress: ingressTo("alb", "web"), change: annotatedService(computeTypeKey, "ec2")},

		"class by annotation":         {ingress: noting(ingressTo("", "web"), classAnnotation, "alb"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"annotation before field":     {ingress: noting(ingressTo("nginx", "web"), classAnnotation, "alb"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"annotation without params":   {ingress: noting(ingressTo("ip", "web"), classAnnotation, "alb"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"another class by annotation": {ingress: noting(ingressTo("alb", "web"), classAnnotation, "nginx")},
		"another controller":          {ingress: ingressTo("nginx", "web")},
		"EKS Auto Mode":               {ingress: ingressTo("auto", "web")},
		"default class": {ingress: ingressTo("", "web"), change: func(o map[string]runtime.Object) { o["ingressclass/"] = o["ingressclass/alb"] },
			explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"another default class": {ingress: ingressTo("", "web"), change: func(o map[string]runtime.Object) { o["ingressclass/"] = o["ingressclass/nginx"] }},
		"no default class":      {ingress: ingressTo("", "web")},
		"default can't tell":    {ingress: ingressTo("", "web"), change: func(o map[string]runtime.Object) { o["ingressclass/"] = nil }},
		"alb isn't there": {ingress: ingressTo("alb", "web"), change: func(o map[string]runtime.Object) { delete(o, "ingressclass/alb") },
			explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"alb can't tell": {ingress: ingressTo("alb", "web"), change: func(o map[string]runtime.Object) { o["ingressclass/alb"] = nil },
			explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"another isn't there": {ingress: ingressTo("public", "web")},

		"params say ip (F6.4)":       {ingress: ingressTo("ip", "web")},
		"params say instance (F6.4)": {ingress: ingressTo("instance", "web"), explicit: []string{"Deny spec.ingressClassName"}, absent: []string{"Deny spec.ingressClassName"}},
		"params say instance, unknown Service": {ingress: ingressTo("instance", "later"),
			explicit: []string{"Warn spec.ingressClassName"}, absent: []string{"Warn spec.ingressClassName"}},
		"params say instance, not Fargate": {ingress: ingressTo("instance", "legacy")},
		"params say nothing":               {ingress: ingressTo("silent", "web"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"params aren't there":              {ingress: ingressTo("lost", "web"), explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"params can't tell": {ingress: ingressTo("ip", "web"), change: func(o map[string]runtime.Object) { o["params/ip"] = nil },
			explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"params of another kind":  {ingress: ingressTo("odder", "web"), explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"params of another group": {ingress: ingressTo("odd", "web"), explicit: []string{warnedThere}, absent: []string{ipAdded}},

		"Service says ip": {ingress: ingressTo("alb", "web"), change: serviceSays("ip")},
		"Service says instance": {ingress: ingressTo("alb", "web"), change: serviceSays("instance"),
			explicit: []string{"Deny " + firstPath}, absent: []string{"Deny " + firstPath}},
		"Service says instance, class can't tell": {ingress: ingressTo("lost", "web"), change: serviceSays("instance"),
			explicit: []string{"Warn " + firstPath}, absent: []string{"Warn " + firstPath}},
		"one Service says ip":              {ingress: ingressTo("alb", "web", "api"), change: serviceSays("ip"), explicit: []string{deniedThere}, absent: []string{ipAdded}},
		"Service says instance, params ip": {ingress: ingressTo("ip", "web"), change: serviceSays("instance")},

		"rule off":   {ingress: ingressTo("alb", "web"), settings: ruled(RuleIngressTarget, ActionOff)},
		"rule warns": {ingress: ingressTo("alb", "web"), settings: ruled(RuleIngressTarget, ActionWarn), explicit: []string{warnedThere}, absent: []string{ipAdded}},
		"labels off": {ingress: ingressTo("alb", "web"), settings: func(s *Settings) { s.Labels = LabelsOff }, explicit: []string{warnedThere}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(map[string]runtime.Object) {}
			}
			if c.settings == nil {
				c.settings = func(*Settings) {}
			}
			request := Request{Operation: OperationCreate, Cluster: trafficCluster(c.change)}
			if diff := cmp.Diff(c.absent, trafficTold(t, c.ingress, request, c.settings)); diff != "" {
				t.Errorf("it says nothing (-want +got):\n%s", diff)
			}
			for _, said := range []string{"ip", "", "other"} {
				got := trafficTold(t, noting(c.ingress.DeepCopy(), albTargetType, said), request, c.settings)
				got = slices.DeleteFunc(got, func(s string) bool { return slices.Contains(c.explicit, s) && !strings.Contains(s, albTargetType) })
				if len(got) > 0 {
					t.Errorf("it says %q: %q", said, got)
				}
			}
			if diff := cmp.Diff(c.explicit, trafficTold(t, noting(c.ingress, albTargetType, "instance"), request, c.settings)); diff != "" {
				t.Errorf("it says instance (-want +got):\n%s", diff)
			}
		})
	}
}

// serviceSays has the Service web say what its targets are.
func serviceSays(targetType string) func(map[string]runtime.Object) {
	return annotatedService(albTargetType, targetType)
}

// annotatedService annotates the Service web.
func annotatedService(key, value string) func(map[string]runtime.Object) {
	return func(o map[string]runtime.Object) {
		if service, ok := o["service/apps/web"].(*corev1.Service); ok {
			service.Annotations = map[string]string{key: value}
		}
	}
}

func ruled(rule RuleID, action Action) func(*Settings) {
	return func(s *Settings) { s.Rules = map[RuleID]Action{rule: action} }
}

// TestIngressMayMeanFargate: pods with further labels would be Fargate's, of which the Service says nothing.
func TestIngressMayMeanFargate(t *testing.T) {
	for _, service := range []string{"web", "not-known"} {
		request := Request{Operation: OperationCreate, Namespace: "keyed", Cluster: trafficCluster()}
		if got := trafficTold(t, ingressTo("alb", service), request); len(got) > 0 {
			t.Errorf("%s: it says nothing: %q", service, got)
		}
		got := trafficTold(t, noting(ingressTo("alb", service), albTargetType, "instance"), request)
		if diff := cmp.Diff([]string{warnedThere}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", service, diff)
		}
	}
}

// TestIngressWithoutCluster: nothing is known of other objects.
func TestIngressWithoutCluster(t *testing.T) {
	request := Request{Operation: OperationCreate}
	if got := trafficTold(t, noting(ingressTo("alb", "web"), albTargetType, "instance"), request); !slices.Equal(got, []string{warnedThere}) {
		t.Errorf("class alb: %q", got)
	}
	if got := trafficTold(t, noting(ingressTo("", "web"), albTargetType, "instance"), request); len(got) > 0 {
		t.Errorf("no class: %q", got)
	}
}
