package fargate

import (
	"slices"
	"strings"
	"testing"

	"fargate-webhook/fargate/placement"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
)

// An update is never changed. It is reported for a problem that it adds.
func TestIngressUpdates(t *testing.T) {
	unset, ip, instance := ingressTo("alb", "web"), noting(ingressTo("alb", "web"), albTargetType, "ip"), noting(ingressTo("alb", "web"), albTargetType, "instance")
	elsewhere := noting(ingressTo("alb", "legacy"), albTargetType, "instance")
	unknown := noting(ingressTo("alb", "later"), albTargetType, "instance")
	for name, c := range map[string]struct {
		before, after *networkingv1.Ingress
		want          []string
	}{
		"ip to instance":                     {ip, instance, []string{deniedThere}},
		"ip to no target type":               {ip, unset, []string{warnedThere}},
		"no target type to instance":         {unset, instance, []string{deniedThere}},
		"no target type stays":               {unset, unset, nil},
		"instance stays":                     {instance, noting(instance.DeepCopy(), "edited", "true"), nil},
		"instance to ip":                     {instance, ip, nil},
		"first backend on Fargate":           {ingressTo("alb", "legacy"), unset, []string{warnedThere}},
		"first backend on Fargate, instance": {elsewhere, instance, []string{deniedThere}},
		"instance, possible to certain":      {unknown, instance, []string{deniedThere}},
		"instance, certain to possible":      {instance, unknown, []string{warnedThere}},
		"params not found":                   {ingressTo("lost", "legacy"), ingressTo("lost", "web"), nil},
		"another class":                      {noting(ingressTo("nginx", "web"), albTargetType, "instance"), instance, []string{deniedThere}},
	} {
		t.Run(name, func(t *testing.T) { checkUpdate(t, c.before, c.after, c.want) })
	}
}

// A Service that sets target type instance is no excuse for another one that does.
func TestIngressUpdateToAnotherService(t *testing.T) {
	reader := trafficCluster(serviceSets("instance"), noted("api", albTargetType, "instance"))
	request := Request{Operation: OperationUpdate, Phase: Validating, Old: ingressTo("alb", "api"), Cluster: reader}
	if got := trafficOutcome(t, ingressTo("alb", "web"), request); !slices.Equal(got, []string{"Deny " + firstPath}) {
		t.Errorf("got %q, want a refusal", got)
	}
	request.Old = ingressTo("alb", "web")
	if got := trafficOutcome(t, ingressTo("alb", "legacy", "web"), request); len(got) > 0 {
		t.Errorf("got %q for the Service of before, want nothing", got)
	}
}

// The mutating phase changes an Ingress and reports nothing; the validating phase reports and
// changes nothing.
func TestIngressPhases(t *testing.T) {
	bare := ingressTo("alb", "web")
	bare.Annotations = nil
	explicit := noting(ingressTo("alb", "web"), albTargetType, "instance")
	cluster := trafficCluster()
	for name, c := range map[string]struct {
		ingress *networkingv1.Ingress
		phase   Phase
		want    []string
	}{
		"no annotations":            {bare, Mutating, []string{`add /metadata/annotations {"` + albTargetType + `":"ip","fargate-webhook/added":"` + albTargetType + `"}`}},
		"no annotations at the end": {bare, Validating, []string{warnedThere}},
		"instance, mutating":        {explicit, Mutating, nil},
		"instance, validating":      {explicit, Validating, []string{deniedThere}},
	} {
		t.Run(name, func(t *testing.T) {
			got := trafficOutcome(t, c.ingress, Request{Operation: OperationCreate, Phase: c.phase, Cluster: cluster})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The placement of an Ingress is that of the pods that it leads to.
func TestIngressPlacement(t *testing.T) {
	for name, c := range map[string]struct {
		ingress *networkingv1.Ingress
		profile string
		reason  string
	}{
		"on Fargate":         {ingressTo("alb", "legacy", "web"), "web", "it matches selector 1 of the profile once the labels are added"},
		"unknown":            {ingressTo("alb", "later"), "web", `Service "later" is not known; for a pod of the namespace without labels: it matches selector 1 of the profile once the labels are added`},
		"elsewhere":          {ingressTo("alb", "legacy"), "", "it leads to no pods on Fargate"},
		"another controller": {ingressTo("nginx", "web"), "", "its class is not one of the AWS Load Balancer Controller"},
		"opted out":          {noting(ingressTo("alb", "web"), placement.ComputeTypeKey, "ec2"), "", "the annotation eks.amazonaws.com/compute-type: ec2 opts it out"},
	} {
		t.Run(name, func(t *testing.T) {
			d := Decide(c.ingress, Request{Operation: OperationCreate, Namespace: "apps", Cluster: trafficCluster()}, trafficIndex(), policyWith())
			if got := d.Placement; !d.Judged || got.Profile != c.profile || got.Fargate != (c.profile != "") || got.Reason != c.reason || got.Labels != nil {
				t.Errorf("got %+v", got)
			}
		})
	}
	d := Decide(ingressTo("alb", "web"), Request{Operation: OperationCreate, Namespace: "keyed", Cluster: trafficCluster()}, trafficIndex(), policyWith())
	if d.Placement.Fargate || !strings.HasPrefix(d.Placement.Reason, "it may lead to pods on Fargate") {
		t.Errorf("possible: %+v", d.Placement)
	}
}
