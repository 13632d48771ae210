package fargate

import (
	"testing"

	networkingv1 "k8s.io/api/networking/v1"

	"fargate-webhook/fargate/fargatetest"
)

// Messages name the backend, the class and the profile; remedies say what to write.
func TestIngressMessages(t *testing.T) {
	const onFargate = `a pod with the labels that Service "web" selects would run on Fargate (profile web); pods on Fargate are reachable with target type ip only`
	const orOptOut = "; if its pods run on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to the Service"
	const orEither = orOptOut + ", or to the Ingress"
	const addAnnotation = "add the annotation alb.ingress.kubernetes.io/target-type: ip to the Ingress" + orEither
	for name, c := range map[string]struct {
		ingress         *networkingv1.Ingress
		change          func(*fargatetest.Cluster)
		operation       OperationKind
		message, remedy string
	}{
		"instance": {
			ingress: noting(ingressTo("alb", "later", "web", "api"), albTargetType, "instance"),
			message: `the target type of this Ingress of class "alb" must be ip, not instance: a pod with the labels that Service "web" selects would run on Fargate (profile web); ` +
				"the same is true of 1 more Service; 1 more Service may select such pods; pods on Fargate are reachable with target type ip only",
			remedy: addAnnotation,
		},
		"params not found": {
			ingress: noting(ingressTo("lost", "web"), albTargetType, "instance"),
			message: `the target type of this Ingress of class "lost" (its settings are not known) must be ip, not instance: ` +
				onFargate,
			remedy: addAnnotation,
		},
		"unknown Service": {
			ingress: noting(ingressTo("alb", "later", "sooner"), albTargetType, "instance"),
			message: `the target type of this Ingress of class "alb" must be ip, not instance: Service "later" is not known and may select pods that run on Fargate ` +
				"(profile web); the same is true of 1 more Service; pods on Fargate are reachable with target type ip only",
			remedy: addAnnotation,
		},
		"params": {
			ingress: ingressTo("instance", "web"),
			message: `IngressClassParams "instance-params" set target type instance for this Ingress of class "instance": ` + onFargate,
			remedy:  `set spec.targetType: ip in IngressClassParams "instance-params", or use another IngressClass: an annotation doesn't override it` + orEither,
		},
		"Service": {
			ingress: ingressTo("alb", "web"), change: serviceSets("instance"),
			message: `Service "web" sets target type instance for this Ingress of class "alb": ` + onFargate,
			remedy:  `set the annotation alb.ingress.kubernetes.io/target-type: ip on Service "web": it overrides that of the Ingress` + orOptOut,
		},
		"no target type on update": {
			ingress: ingressTo("alb", "web"), operation: OperationUpdate,
			message: `no target type is set for this Ingress of class "alb", so the AWS Load Balancer Controller uses instance: ` + onFargate,
			remedy:  addAnnotation,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*fargatetest.Cluster) {}
			}
			if c.operation == "" {
				c.operation = OperationCreate
			}
			d := Decide(c.ingress, Request{Operation: c.operation, Namespace: "apps", Cluster: trafficCluster(c.change)}, trafficIndex(), policyWith())
			if len(d.Findings) != 1 || d.Findings[0].Message != c.message || d.Findings[0].Remedy != c.remedy {
				t.Errorf("got %+v", d.Findings)
			}
		})
	}
}
