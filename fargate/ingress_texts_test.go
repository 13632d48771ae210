package fargate

import (
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// TestIngressTexts: messages name the backend, the class and the profile, remedies what to write.
func TestIngressTexts(t *testing.T) {
	for name, c := range map[string]struct {
		ingress         *networkingv1.Ingress
		change          func(map[string]runtime.Object)
		operation       OperationKind
		message, remedy string
	}{
		"explicit": {
			ingress: noting(ingressTo("alb", "later", "web", "api"), albTargetType, "instance"),
			message: `this Ingress of class "alb" takes instances for targets, and Service "web" selects pods that Fargate profile "web" takes (and there are 2 more such): ` +
				"those are reached by targets of type ip only",
			remedy: "annotate the Ingress with alb.ingress.kubernetes.io/target-type: ip",
		},
		"class can't tell": {
			ingress: noting(ingressTo("lost", "web"), albTargetType, "instance"),
			message: `this Ingress of class "lost", as far as the class is known, takes instances for targets, and Service "web" selects pods that Fargate profile "web" takes: ` +
				"those are reached by targets of type ip only",
			remedy: "annotate the Ingress with alb.ingress.kubernetes.io/target-type: ip",
		},
		"unknown Service": {
			ingress: noting(ingressTo("alb", "later", "sooner"), albTargetType, "instance"),
			message: `this Ingress of class "alb" takes instances for targets, and Service "later", which is not known, may select pods that Fargate profile "web" takes ` +
				"(and there is 1 more such): those are reached by targets of type ip only",
			remedy: "annotate the Ingress with alb.ingress.kubernetes.io/target-type: ip",
		},
		"params": {
			ingress: ingressTo("instance", "web"),
			message: `this Ingress of class "instance" takes instances for targets, as IngressClassParams "instance" say, and Service "web" selects pods that Fargate ` +
				`profile "web" takes: those are reached by targets of type ip only`,
			remedy: `set spec.targetType: ip in IngressClassParams "instance", or use another IngressClass: an annotation doesn't change it`,
		},
		"Service": {
			ingress: ingressTo("alb", "web"), change: serviceSays("instance"),
			message: `this Ingress of class "alb" takes instances for targets of Service "web", as that is annotated, and Service "web" selects pods that Fargate ` +
				`profile "web" takes: those are reached by targets of type ip only`,
			remedy: `annotate Service "web" with alb.ingress.kubernetes.io/target-type: ip: its annotation goes before that of the Ingress`,
		},
		"nothing said, later": {
			ingress: ingressTo("alb", "web"), operation: OperationUpdate,
			message: `this Ingress of class "alb" takes instances for targets, as it says nothing else, and Service "web" selects pods that Fargate profile "web" takes`,
			remedy:  "annotate the Ingress with alb.ingress.kubernetes.io/target-type: ip",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(map[string]runtime.Object) {}
			}
			if c.operation == "" {
				c.operation = OperationCreate
			}
			policy := DefaultPolicy()
			d := Decide(c.ingress, Request{Operation: c.operation, Namespace: "apps", Cluster: trafficCluster(c.change)}, trafficIndex(), &policy)
			if len(d.Findings) != 1 || d.Findings[0].Message != c.message || d.Findings[0].Remedy != c.remedy {
				t.Errorf("got %+v", d.Findings)
			}
		})
	}
}
