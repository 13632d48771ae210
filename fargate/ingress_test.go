package fargate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
)

// TestIngressUpdates: nothing is changed, and what was there before may be edited.
func TestIngressUpdates(t *testing.T) {
	silent, ip, instance := ingressTo("alb", "web"), noting(ingressTo("alb", "web"), albTargetType, "ip"), noting(ingressTo("alb", "web"), albTargetType, "instance")
	elsewhere := noting(ingressTo("alb", "legacy"), albTargetType, "instance")
	unknown := noting(ingressTo("alb", "later"), albTargetType, "instance")
	for name, c := range map[string]struct {
		before, after *networkingv1.Ingress
		want          []string
	}{
		"ip to instance":                 {ip, instance, []string{deniedThere}},
		"ip to nothing":                  {ip, silent, []string{warnedThere}},
		"nothing to instance":            {silent, instance, []string{deniedThere}},
		"nothing stays":                  {silent, silent, nil},
		"instance stays":                 {instance, noting(instance.DeepCopy(), "edited", "true"), nil},
		"instance to ip":                 {instance, ip, nil},
		"a first Fargate backend":        {ingressTo("alb", "legacy"), silent, []string{warnedThere}},
		"a first one, by instances":      {elsewhere, instance, []string{deniedThere}},
		"a doubtful one becomes certain": {unknown, instance, []string{deniedThere}},
		"a certain one becomes doubtful": {instance, unknown, []string{warnedThere}},
		"class can't tell":               {ingressTo("lost", "legacy"), ingressTo("lost", "web"), nil},
		"another class":                  {noting(ingressTo("nginx", "web"), albTargetType, "instance"), instance, []string{deniedThere}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, phase := range []Phase{Mutating, Validating} {
				want := c.want
				if phase == Mutating {
					want = nil
				}
				got := trafficTold(t, c.after, Request{Operation: OperationUpdate, Phase: phase, Old: c.before, Cluster: trafficCluster()})
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("phase %d (-want +got):\n%s", phase, diff)
				}
			}
		})
	}
}

// TestIngressPhases: it is changed in the one phase, and judged in the other.
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
		"annotations absent":     {bare, Mutating, []string{`add /metadata/annotations {"` + albTargetType + `":"ip"}`}},
		"taken away again":       {bare, Validating, []string{warnedThere}},
		"instance while mutated": {explicit, Mutating, nil},
		"instance at the end":    {explicit, Validating, []string{deniedThere}},
	} {
		t.Run(name, func(t *testing.T) {
			before := c.ingress.DeepCopy()
			got := trafficTold(t, c.ingress, Request{Operation: OperationCreate, Phase: c.phase, Cluster: cluster})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(before, c.ingress); diff != "" {
				t.Errorf("the Ingress was changed:\n%s", diff)
			}
		})
	}
}

// TestIngressPlacement: where what it leads to runs.
func TestIngressPlacement(t *testing.T) {
	for name, c := range map[string]struct {
		ingress *networkingv1.Ingress
		profile string
		reason  string
	}{
		"Fargate":            {ingressTo("alb", "legacy", "web"), "web", "it matches selector 1 of the profile once it has the labels"},
		"unknown":            {ingressTo("alb", "later"), "web", `Service "later" is not known; of a pod of the namespace without labels: it matches selector 1 of the profile once it has the labels`},
		"elsewhere":          {ingressTo("alb", "legacy"), "", "it leads to no pods on Fargate"},
		"another controller": {ingressTo("nginx", "web"), "", "its class is not one of the AWS Load Balancer Controller"},
		"opted out":          {noting(ingressTo("alb", "web"), computeTypeKey, "ec2"), "", "the annotation eks.amazonaws.com/compute-type: ec2 opts it out"},
	} {
		t.Run(name, func(t *testing.T) {
			policy := DefaultPolicy()
			d := Decide(c.ingress, Request{Operation: OperationCreate, Namespace: "apps", Cluster: trafficCluster()}, trafficIndex(), &policy)
			if got := d.Placement; !d.Judged || got.Profile != c.profile || got.Fargate != (c.profile != "") || got.Reason != c.reason || got.Labels != nil {
				t.Errorf("got %+v", got)
			}
		})
	}
	policy := DefaultPolicy()
	d := Decide(ingressTo("alb", "web"), Request{Operation: OperationCreate, Namespace: "keyed", Cluster: trafficCluster()}, trafficIndex(), &policy)
	if d.Placement.Fargate || !strings.HasPrefix(d.Placement.Reason, "it may lead to pods on Fargate") {
		t.Errorf("may be: %+v", d.Placement)
	}
}
