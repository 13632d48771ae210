package lbc

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

func meta() metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: "web", Annotations: map[string]string{"a": "b"}}
}

// groupsOf returns a TargetGroupConfiguration as its type, and an empty one for other objects.
func groupsOf(object runtime.Object) *TargetGroupConfiguration {
	if c, ok := object.(*TargetGroupConfiguration); ok {
		return c
	}
	return &TargetGroupConfiguration{}
}

func groups() *TargetGroupConfiguration {
	return &TargetGroupConfiguration{
		TypeMeta:   metav1.TypeMeta{APIVersion: "gateway.k8s.aws/v1", Kind: TargetGroupKind},
		ObjectMeta: meta(),
		Spec: TargetGroupConfigurationSpec{
			TargetReference:      &Reference{Kind: new("Service"), Name: "web"},
			DefaultConfiguration: &TargetGroupProps{TargetType: new("ip")},
			RouteConfigurations:  []RouteConfiguration{{TargetGroupProps: &TargetGroupProps{TargetType: new("instance")}}, {}},
		},
	}
}

func params() *IngressClassParams {
	return &IngressClassParams{TypeMeta: metav1.TypeMeta{Kind: ParamsKind}, ObjectMeta: meta(), Spec: IngressClassParamsSpec{TargetType: "ip"}}
}

// A copy equals its original, and changing it anywhere leaves the original alone.
func TestDeepCopySharesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		object, same runtime.Object
		change       func(runtime.Object)
	}{
		"params": {params(), params(), func(o runtime.Object) {
			p, _ := o.(*IngressClassParams)
			p.Kind, p.Annotations["a"], p.Spec.TargetType = "", "", ""
		}},
		"groups": {groups(), groups(), func(o runtime.Object) {
			c := groupsOf(o)
			c.Kind, c.Annotations["a"] = "", ""
			*c.Spec.TargetReference.Kind, c.Spec.TargetReference.Name = "", ""
			*c.Spec.DefaultConfiguration.TargetType = ""
			*c.Spec.RouteConfigurations[0].TargetGroupProps.TargetType = ""
			c.Spec.RouteConfigurations[0].TargetGroupProps.TargetType = nil
			c.Spec.RouteConfigurations[1].TargetGroupProps = &TargetGroupProps{}
		}},
		"empty groups": {&TargetGroupConfiguration{}, &TargetGroupConfiguration{}, func(o runtime.Object) {
			groupsOf(o).Spec.RouteConfigurations = []RouteConfiguration{{}}
		}},
		"groups without values": {
			&TargetGroupConfiguration{Spec: TargetGroupConfigurationSpec{TargetReference: &Reference{}, DefaultConfiguration: &TargetGroupProps{}}},
			&TargetGroupConfiguration{Spec: TargetGroupConfigurationSpec{TargetReference: &Reference{}, DefaultConfiguration: &TargetGroupProps{}}},
			func(o runtime.Object) {
				groupsOf(o).Spec.TargetReference.Name = "x"
				groupsOf(o).Spec.DefaultConfiguration.TargetType = new("x")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dup := c.object.DeepCopyObject()
			if diff := cmp.Diff(c.object, dup); diff != "" {
				t.Errorf("copy (-original +copy):\n%s", diff)
			}
			c.change(dup)
			if diff := cmp.Diff(c.same, c.object); diff != "" {
				t.Errorf("changing the copy changed the original (-want +got):\n%s", diff)
			}
		})
	}
}

// A missing field decodes differently from an empty one.
func TestDecodingKeepsMissingFieldsNil(t *testing.T) {
	for in, want := range map[string]TargetGroupConfigurationSpec{
		`{}`: {},
		`{"defaultConfiguration":null,"targetReference":null,"routeConfigurations":null}`: {},
		`{"defaultConfiguration":{},"targetReference":{"group":"","name":"web"}}`: {
			TargetReference: &Reference{Name: "web"}, DefaultConfiguration: &TargetGroupProps{},
		},
		`{"defaultConfiguration":{"targetType":"ip","protocol":"HTTP"},"routeConfigurations":[{"routeIdentifier":{"kind":"HTTPRoute"},"targetGroupProps":{"targetType":null}}]}`: {
			DefaultConfiguration: &TargetGroupProps{TargetType: new("ip")}, RouteConfigurations: []RouteConfiguration{{TargetGroupProps: &TargetGroupProps{}}},
		},
	} {
		var got TargetGroupConfigurationSpec
		if err := json.Unmarshal([]byte(in), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", in, diff)
		}
	}
}

// A reference without a kind names a Service, as in the controller.
func TestIsService(t *testing.T) {
	for _, c := range []struct {
		reference *Reference
		want      bool
	}{
		{nil, false},
		{&Reference{Name: "web"}, true},
		{&Reference{Kind: new("Service"), Name: "web"}, true},
		{&Reference{Kind: new("Gateway"), Name: "web"}, false},
		{&Reference{Kind: new(""), Name: "web"}, false},
	} {
		if got := c.reference.IsService(); got != c.want {
			t.Errorf("%+v: got %t, want %t", c.reference, got, c.want)
		}
	}
}
