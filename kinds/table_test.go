package kinds

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/kubernetes/scheme"

	"fargate-webhook/policy"
)

func TestRowsAreComplete(t *testing.T) {
	seen := map[string]string{}
	unique := func(what, value, kind string) {
		if other, ok := seen[what+value]; ok {
			t.Errorf("%s and %s have the same %s: %q", other, kind, what, value)
		}
		seen[what+value] = kind
	}
	for _, k := range Table {
		unique("kind", k.Group+"/"+k.Kind, k.Kind)
		unique("resource", k.Resource, k.Kind)
		for _, path := range []string{k.MutatePath(), k.ValidatePath()} {
			unique("path", path, k.Kind)
			if !strings.HasSuffix(path, "/"+k.Resource) {
				t.Errorf("%s: path %q must end with the resource", k.Kind, path)
			}
		}
		if len(k.Versions) == 0 || slices.Contains(k.Versions, "") {
			t.Errorf("%s: versions %q", k.Kind, k.Versions)
		}
		if plural, _ := meta.UnsafeGuessKindToResource(k.GroupVersionKind()); plural.Resource != k.Resource {
			t.Errorf("%s: resource %q, want %q", k.Kind, k.Resource, plural.Resource)
		}
		if !strings.Contains(k.Headline, "Fargate") || strings.HasSuffix(k.Headline, ".") || strings.HasSuffix(k.Headline, ":") {
			t.Errorf("%s: the headline is %q", k.Kind, k.Headline)
		}
		for _, text := range []string{k.OptOut, k.OptOutUpdate} {
			optsOut := strings.Contains(text, "eks.amazonaws.com/compute-type: ec2") || k == LogConfigs // which is for no pod in particular
			if text != "" && !optsOut || text == "" && k.OptOut == "" {
				t.Errorf("%s: the opt-out is %q", k.Kind, text)
			}
		}
		if k.IsWorkload() != (k.TemplatePath != "") || k.IsWorkload() && (k.Mutated != nil || !strings.Contains(k.OptOut, k.TemplatePath)) {
			t.Errorf("%s: template at %q, opt-out %q, mutated %v", k.Kind, k.TemplatePath, k.OptOut, k.Mutated != nil)
		}
		for _, condition := range k.Only {
			if condition.Name == "" || condition.Expression == "" {
				t.Errorf("%s: condition %+v", k.Kind, condition)
			}
		}
	}
}

// New returns the type that Kubernetes has for the kind and version.
func TestNewMakesTheKind(t *testing.T) {
	for _, k := range Table {
		if k.New() == k.New() {
			t.Errorf("%s: two objects are the same", k.Kind)
		}
		if k.Optional {
			continue // not one of Kubernetes' own
		}
		for _, version := range k.Versions {
			gvk := k.GroupVersionKind()
			gvk.Version = version
			want, err := scheme.Scheme.New(gvk)
			if err != nil {
				t.Errorf("%s: %v", gvk, err)
			} else if got := k.New(); reflect.TypeOf(got) != reflect.TypeOf(want) {
				t.Errorf("%s: got %T, want %T", gvk, got, want)
			}
		}
	}
}

func TestFind(t *testing.T) {
	for _, k := range Table {
		for _, version := range k.Versions {
			gvk := k.GroupVersionKind()
			gvk.Version = version
			var named NamespacedName
			if k.Object != nil {
				named = *k.Object
			}
			if got := FindObject(gvk.GroupVersion().String(), k.Kind, named); got != k {
				t.Errorf("%s: found %v", gvk, got)
			}
			if got := Find("example.com/"+version, k.Kind); got != nil {
				t.Errorf("another group: found %v", got.Kind)
			}
		}
		if got := Find(k.Group+"/v0", k.Kind); got != nil {
			t.Errorf("another version: found %v", got.Kind)
		}
	}
	if got := Find("v1", "ConfigMap"); got != nil {
		t.Errorf("ConfigMap: found %v", got.Kind)
	}
}

// Template returns a part of the object, at the path of the row.
func TestTemplateIsAtItsPath(t *testing.T) {
	for _, k := range Table {
		object := k.New()
		controller, isController := object.(*corev1.ReplicationController)
		if isController {
			if path, template := Template(object); path != "" || template != nil {
				t.Errorf("%s without a template: got %q, %v", k.Kind, path, template)
			}
			controller.Spec.Template = &corev1.PodTemplateSpec{}
		}
		path, template := Template(object)
		if path != k.TemplatePath || (template != nil) != k.IsWorkload() {
			t.Errorf("%s: template at %q, want %q", k.Kind, path, k.TemplatePath)
		}
		if template == nil {
			continue
		}
		template.Spec.NodeName = "here"
		if got := fieldAt(t, object, path+".spec.nodeName"); got != "here" {
			t.Errorf("%s: %s.spec.nodeName is %v", k.Kind, path, got)
		}
		if spec := PodSpec(object); spec != &template.Spec {
			t.Errorf("%s: PodSpec returns another spec than its template's", k.Kind)
		}
	}
	pod := &corev1.Pod{}
	if PodSpec(pod) != &pod.Spec {
		t.Error("PodSpec of a pod returns another spec")
	}
	if spec := PodSpec(&networkingv1.Ingress{}); spec != nil {
		t.Errorf("PodSpec of an Ingress: %v", spec)
	}
}

// fieldAt returns the value of a path such as "spec.template" in an object.
func fieldAt(t *testing.T, object Object, path string) any {
	t.Helper()
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var at any
	if err := json.Unmarshal(data, &at); err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(path, ".") {
		fields, _ := at.(map[string]any)
		at = fields[name]
	}
	return at
}

func TestSlotKnowsWhetherThereWasAnObject(t *testing.T) {
	for _, k := range Table {
		for text, present := range map[string]bool{
			`{}`:              false,
			`{"object":null}`: false,
			`{"object":{"metadata":{"name":"web","namespace":"apps"}}}`: true,
		} {
			slot := k.Slot()
			var fields map[string]json.RawMessage
			if err := json.Unmarshal([]byte(text), &fields); err != nil {
				t.Fatal(err)
			}
			if raw, ok := fields["object"]; ok {
				if err := json.Unmarshal(raw, slot.Pointer); err != nil {
					t.Fatalf("%s: %v", k.Kind, err)
				}
			}
			object := slot.Object()
			if (object != nil) != present {
				t.Errorf("%s: %s decodes to %v", k.Kind, text, object)
				continue
			}
			if present && (object.GetName() != "web" || object.GetNamespace() != "apps" || reflect.TypeOf(object) != reflect.TypeOf(k.New())) {
				t.Errorf("%s: %s decodes to %T %v", k.Kind, text, object, object)
			}
		}
	}
}

// Admission changes objects on the operations that the policy needs, and no others.
func TestMutatedOperations(t *testing.T) {
	create := []admissionv1.OperationType{admissionv1.Create}
	both := []admissionv1.OperationType{admissionv1.Create, admissionv1.Update}
	steer := policy.Policy{Namespaces: []policy.NamespaceSettings{{Settings: policy.Settings{SteerDaemonSets: true}}}}
	rewrite := policy.Policy{Settings: policy.Settings{RewriteNodePorts: true}}
	for kind, want := range map[*Kind]struct{ byDefault, steering, rewriting []admissionv1.OperationType }{
		Pods:                      {create, create, create},
		DaemonSets:                {nil, both, nil},
		Services:                  {both, both, both},
		Ingresses:                 {both, both, both},
		TargetGroupConfigurations: {both, both, both},
	} {
		for _, c := range []struct {
			policy policy.Policy
			want   []admissionv1.OperationType
		}{{policy.Default(), want.byDefault}, {steer, want.steering}, {rewrite, want.rewriting}} {
			if got := kind.Mutated(&c.policy); !slices.Equal(got, c.want) {
				t.Errorf("%s: mutated on %v, want %v", kind.Kind, got, c.want)
			}
		}
	}
}
