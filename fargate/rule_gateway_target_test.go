package fargate

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/lbc"
)

// groupsOf is a TargetGroupConfiguration for a Service. The first target type is the default, the others those of routes; "-" is a configuration that says
// nothing, and no default at all is no configuration.
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
	wholeDefault  = `add /spec/defaultConfiguration {"targetType":"ip"}`
	defaultType   = `add /spec/defaultConfiguration/targetType "ip"`
	deniedDefault = "Deny spec.defaultConfiguration.targetType"
	warnedDefault = "Warn spec.defaultConfiguration.targetType"
)

func routeField(index string) string {
	return "spec.routeConfigurations[" + index + "].targetGroupProps.targetType"
}

// TestGatewayTarget: what the default and the routes say of a Service (F6.5).
func TestGatewayTarget(t *testing.T) {
	kind := func(name string) *lbc.TargetGroupConfiguration {
		c := groupsOf("web", "instance")
		c.Spec.TargetReference.Kind = &name
		return c
	}
	bare := groupsOf("web", "instance", "instance")
	bare.Spec.TargetReference = nil
	optedOut := groupsOf("web", "instance")
	optedOut.Annotations = map[string]string{computeTypeKey: "ec2"}
	for name, c := range map[string]struct {
		object    *lbc.TargetGroupConfiguration
		namespace string
		settings  func(*Settings)
		want      []string
	}{
		"nothing":             {object: groupsOf("web"), want: []string{wholeDefault}},
		"empty default":       {object: groupsOf("web", "-"), want: []string{defaultType}},
		"ip":                  {object: groupsOf("web", "ip")},
		"instance":            {object: groupsOf("web", "instance"), want: []string{deniedDefault}},
		"not Fargate":         {object: groupsOf("legacy", "instance", "instance")},
		"not Fargate, silent": {object: groupsOf("legacy")},
		"route by instances":  {object: groupsOf("web", "ip", "ip", "-", "instance"), want: []string{"Deny " + routeField("2")}},
		"routes, no default":  {object: groupsOf("web", "-", "ip", "instance", "instance"), want: []string{defaultType, "Deny " + routeField("1"), "Deny " + routeField("2")}},
		"unknown Service":     {object: groupsOf("later", "instance", "instance"), want: []string{warnedDefault, "Warn " + routeField("0")}},
		"unknown, silent":     {object: groupsOf("later"), want: []string{wholeDefault}},
		"may mean Fargate":    {object: groupsOf("web", "instance"), namespace: "keyed", want: []string{warnedDefault}},
		"may mean, silent":    {object: groupsOf("web"), namespace: "keyed"},
		"a Service by name":   {object: kind("Service"), want: []string{deniedDefault}},
		"a Gateway":           {object: kind("Gateway")},
		"a default of many":   {object: bare},
		"opted out":           {object: optedOut},
		"rule off":            {object: groupsOf("web", "-", "instance"), settings: ruled(RuleGatewayTarget, ActionOff)},
		"rule warns":          {object: groupsOf("web", "-", "instance"), settings: ruled(RuleGatewayTarget, ActionWarn), want: []string{defaultType, "Warn " + routeField("0")}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.settings == nil {
				c.settings = func(*Settings) {}
			}
			before := c.object.DeepCopyObject()
			got := trafficTold(t, c.object, Request{Operation: OperationCreate, Namespace: c.namespace, Cluster: trafficCluster()}, c.settings)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(before, c.object); diff != "" {
				t.Errorf("it was changed:\n%s", diff)
			}
		})
	}
}

// TestGatewayUpdates: nothing is changed, and what was there before may be edited.
func TestGatewayUpdates(t *testing.T) {
	for name, c := range map[string]struct {
		before, after *lbc.TargetGroupConfiguration
		want          []string
	}{
		"ip to instance":          {groupsOf("web", "ip"), groupsOf("web", "instance"), []string{deniedDefault}},
		"nothing to instance":     {groupsOf("web"), groupsOf("web", "instance"), []string{deniedDefault}},
		"ip to nothing":           {groupsOf("web", "ip"), groupsOf("web", "-"), []string{warnedDefault}},
		"nothing stays":           {groupsOf("web"), groupsOf("web", "-", "ip"), nil},
		"instance stays":          {groupsOf("web", "instance"), groupsOf("web", "instance", "ip"), nil},
		"another Service":         {groupsOf("api", "instance"), groupsOf("web", "instance"), []string{deniedDefault}},
		"a first Fargate Service": {groupsOf("legacy", "instance"), groupsOf("web", "instance"), []string{deniedDefault}},
		"one more route":          {groupsOf("web", "ip", "instance"), groupsOf("web", "ip", "ip", "instance", "instance"), []string{"Deny " + routeField("2")}},
		"a route fewer":           {groupsOf("web", "ip", "ip", "instance"), groupsOf("web", "ip", "instance"), nil},
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

// TestGatewayPhases: it is changed in the one phase, and judged in the other.
func TestGatewayPhases(t *testing.T) {
	object := groupsOf("web", "-", "instance")
	for phase, want := range map[Phase][]string{
		Mutating:   {defaultType},
		Validating: {"Deny " + routeField("0"), warnedDefault},
	} {
		if got := trafficTold(t, object, Request{Operation: OperationCreate, Phase: phase, Cluster: trafficCluster()}); !slices.Equal(got, want) {
			t.Errorf("phase %d: %q, want %q", phase, got, want)
		}
	}
}

// TestGatewayTexts: the message names the Service and the profile, the remedy the field.
func TestGatewayTexts(t *testing.T) {
	policy := DefaultPolicy()
	d := Decide(groupsOf("web", "ip", "instance"), Request{Operation: OperationCreate, Namespace: "apps", Cluster: trafficCluster()}, trafficIndex(), &policy)
	if len(d.Findings) != 1 {
		t.Fatalf("found %+v", d.Findings)
	}
	const message = `targetType is instance, and Service "web" selects pods that Fargate profile "web" takes: those are reached by targets of type ip only`
	if f := d.Findings[0]; f.Message != message || f.Remedy != "set "+routeField("0")+": ip" {
		t.Errorf("message %q, remedy %q", f.Message, f.Remedy)
	}
	if !d.Placement.Fargate || d.Placement.Profile != "web" {
		t.Errorf("placement %+v", d.Placement)
	}
}
