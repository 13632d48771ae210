package fargate

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// groupsOf returns a TargetGroupConfiguration for a Service. The first target type is the default,
// the others are those of routes. "-" is a configuration without a target type; no target types at
// all are no default configuration.
func groupsOf(service string, types ...string) *lbc.TargetGroupConfiguration {
	props := func(targetType string) *lbc.TargetGroupProps {
		if targetType == "-" {
			return &lbc.TargetGroupProps{}
		}
		return &lbc.TargetGroupProps{TargetType: &targetType}
	}
	c := &lbc.TargetGroupConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "web"}}
	c.Spec.TargetReference = &lbc.Reference{Name: service}
	for i, targetType := range types {
		if i == 0 {
			c.Spec.DefaultConfiguration = props(targetType)
			continue
		}
		c.Spec.RouteConfigurations = append(c.Spec.RouteConfigurations, lbc.RouteConfiguration{TargetGroupProps: props(targetType)})
	}
	return c
}

const (
	recorded      = `; add /metadata/annotations {"fargate-webhook/added":"spec.defaultConfiguration.targetType"}`
	wholeDefault  = `add /spec/defaultConfiguration {"targetType":"ip"}` + recorded
	defaultType   = `add /spec/defaultConfiguration/targetType "ip"` + recorded
	deniedDefault = "Deny spec.defaultConfiguration.targetType"
	warnedDefault = "Warn spec.defaultConfiguration.targetType"
)

// routeField returns the path of the target type of a route.
func routeField(index string) string {
	return "spec.routeConfigurations[" + index + "].targetGroupProps.targetType"
}

// The default and the routes of a Service whose pods run on Fargate must have target type ip
// (F6.5). A missing default is set on creation.
func TestGatewayTarget(t *testing.T) {
	kind := func(name string) *lbc.TargetGroupConfiguration {
		c := groupsOf("web", "instance")
		c.Spec.TargetReference.Kind = &name
		return c
	}
	bare := groupsOf("web", "instance", "instance")
	bare.Spec.TargetReference = nil
	optedOut := groupsOf("web", "instance")
	optedOut.Annotations = map[string]string{placement.ComputeTypeKey: "ec2"}
	for name, c := range map[string]struct {
		object    *lbc.TargetGroupConfiguration
		namespace string
		policy    func(*policy.Policy)
		want      []string
	}{
		"no default":                  {object: groupsOf("web"), want: []string{wholeDefault}},
		"empty default":               {object: groupsOf("web", "-"), want: []string{defaultType}},
		"ip":                          {object: groupsOf("web", "ip")},
		"instance":                    {object: groupsOf("web", "instance"), want: []string{deniedDefault}},
		"not on Fargate":              {object: groupsOf("legacy", "instance", "instance")},
		"not on Fargate, no default":  {object: groupsOf("legacy")},
		"route with instance":         {object: groupsOf("web", "ip", "ip", "-", "instance"), want: []string{"Deny " + routeField("2")}},
		"routes, empty default":       {object: groupsOf("web", "-", "ip", "instance", "instance"), want: []string{defaultType, "Deny " + routeField("1"), "Deny " + routeField("2")}},
		"unknown Service":             {object: groupsOf("later", "instance", "instance"), want: []string{warnedDefault, "Warn " + routeField("0")}},
		"unknown Service, no default": {object: groupsOf("later"), want: []string{wholeDefault}},
		"possibly on Fargate":         {object: groupsOf("web", "instance"), namespace: "keyed", want: []string{warnedDefault}},
		"possibly, no default":        {object: groupsOf("web"), namespace: "keyed"},
		"kind Service":                {object: kind("Service"), want: []string{deniedDefault}},
		"kind Gateway":                {object: kind("Gateway")},
		"no target reference":         {object: bare},
		"opted out":                   {object: optedOut},
		"rule Off":                    {object: groupsOf("web", "-", "instance"), policy: ruled(objects.GatewayTarget, policy.Off)},
		"rule Warn":                   {object: groupsOf("web", "-", "instance"), policy: ruled(objects.GatewayTarget, policy.Warn), want: []string{defaultType, "Warn " + routeField("0")}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.policy == nil {
				c.policy = func(*policy.Policy) {}
			}
			got := trafficOutcome(t, c.object, Request{Operation: OperationCreate, Namespace: c.namespace, Cluster: trafficCluster()}, c.policy)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// An update is never changed. It is reported for a problem that it adds.
func TestGatewayUpdates(t *testing.T) {
	for name, c := range map[string]struct {
		before, after *lbc.TargetGroupConfiguration
		want          []string
	}{
		"ip to instance":           {groupsOf("web", "ip"), groupsOf("web", "instance"), []string{deniedDefault}},
		"no default to instance":   {groupsOf("web"), groupsOf("web", "instance"), []string{deniedDefault}},
		"ip to no target type":     {groupsOf("web", "ip"), groupsOf("web", "-"), []string{warnedDefault}},
		"no target type stays":     {groupsOf("web"), groupsOf("web", "-", "ip"), nil},
		"instance stays":           {groupsOf("web", "instance"), groupsOf("web", "instance", "ip"), nil},
		"another Service":          {groupsOf("api", "instance"), groupsOf("web", "instance"), []string{deniedDefault}},
		"first Service on Fargate": {groupsOf("legacy", "instance"), groupsOf("web", "instance"), []string{deniedDefault}},
		"one more route":           {groupsOf("web", "ip", "instance"), groupsOf("web", "ip", "ip", "instance", "instance"), []string{"Deny " + routeField("2")}},
		"a route fewer":            {groupsOf("web", "ip", "ip", "instance"), groupsOf("web", "ip", "instance"), nil},
	} {
		t.Run(name, func(t *testing.T) { checkUpdate(t, c.before, c.after, c.want) })
	}
}

// The mutating phase changes a TargetGroupConfiguration and reports nothing; the validating phase
// reports.
func TestGatewayPhases(t *testing.T) {
	object := groupsOf("web", "-", "instance")
	for phase, want := range map[Phase][]string{
		Mutating:   {defaultType},
		Validating: {"Deny " + routeField("0"), warnedDefault},
	} {
		if got := trafficOutcome(t, object, Request{Operation: OperationCreate, Phase: phase, Cluster: trafficCluster()}); !slices.Equal(got, want) {
			t.Errorf("phase %d: %q, want %q", phase, got, want)
		}
	}
}

// Messages name the field, the Service and the profile.
func TestGatewayMessages(t *testing.T) {
	d := Decide(groupsOf("web", "ip", "instance"), Request{Operation: OperationCreate, Namespace: "apps", Cluster: trafficCluster()}, trafficIndex(), policyWith())
	if len(d.Findings) != 1 {
		t.Fatalf("found %+v", d.Findings)
	}
	const message = `spec.routeConfigurations[0].targetGroupProps.targetType must be ip, not instance: ` +
		`a pod with the labels that Service "web" selects would run on Fargate (profile web); pods on Fargate are reachable with target type ip only`
	const remedy = "set targetType: ip; if its pods run on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to the Service, or to the TargetGroupConfiguration"
	if f := d.Findings[0]; f.Message != message || f.Remedy != remedy {
		t.Errorf("message %q, remedy %q", f.Message, f.Remedy)
	}
	if !d.Placement.Fargate || d.Placement.Profile != "web" {
		t.Errorf("placement %+v", d.Placement)
	}
}
