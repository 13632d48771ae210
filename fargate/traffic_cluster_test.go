package fargate

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// trafficIndex returns a profile whose label can be added, one whose label can't, and one for all
// pods of a namespace.
func trafficIndex() *profiles.Index {
	return profiles.NewIndex([]profiles.Profile{
		fargatetest.Profile("web", fargatetest.Selects("apps", "run", "on-fargate")),
		fargatetest.Profile("keyed", fargatetest.Selects("keyed", "team-*", "x")),
		fargatetest.Profile("all", fargatetest.Selects("all")),
	})
}

// trafficCluster returns Services whose pods run on Fargate or don't, and IngressClasses with their
// parameters.
func trafficCluster(change ...func(*fargatetest.Cluster)) *fargatetest.Cluster {
	c := fargatetest.In("apps",
		fargatetest.Service("web", map[string]string{"app": "web"}),
		fargatetest.Service("api", map[string]string{"app": "api"}),
		fargatetest.Service("legacy", map[string]string{"app": "legacy", "run": "on-ec2"}),
		fargatetest.Service("manual", nil))
	c.Objects = append(c.Objects, fargatetest.In("keyed", fargatetest.Service("web", map[string]string{"app": "web"})).Objects...)
	for name, targetType := range map[string]string{"ip": "ip", "instance": "instance", "silent": ""} {
		c.Objects = append(c.Objects,
			&lbc.IngressClassParams{ObjectMeta: metav1.ObjectMeta{Name: name + "-params"}, Spec: lbc.IngressClassParamsSpec{TargetType: targetType}},
			ingressClass(name, lbc.IngressController, lbc.ParamsGroup, lbc.ParamsKind, name+"-params"))
	}
	c.Objects = append(c.Objects,
		ingressClass("lost", lbc.IngressController, lbc.ParamsGroup, lbc.ParamsKind, "lost-params"), // there are none
		ingressClass("odd", lbc.IngressController, "example.com", "Odd", "ip-params"),
		ingressClass("odder", lbc.IngressController, lbc.ParamsGroup, "Odd", "ip-params"),
		ingressClass("alb", lbc.IngressController, "", "", ""),
		ingressClass("nginx", "k8s.io/ingress-nginx", "", "", ""),
		ingressClass("auto", "eks.amazonaws.com/alb", "eks.amazonaws.com", "IngressClassParams", "instance-params"))
	for _, f := range change {
		f(c)
	}
	return c
}

// broken makes every look-up of a name fail.
func broken(name string) func(*fargatetest.Cluster) {
	return func(c *fargatetest.Cluster) { c.Err, c.Broken = errors.New("the cache has not synced"), []string{name} }
}

// without removes the IngressClass of a name.
func without(name string) func(*fargatetest.Cluster) {
	return func(c *fargatetest.Cluster) {
		c.Objects = slices.DeleteFunc(c.Objects, func(o metav1.Object) bool {
			class, ok := o.(*networkingv1.IngressClass)
			return ok && class.Name == name
		})
	}
}

// noted annotates the objects of a name: Service web, an IngressClass.
func noted(name, key, value string) func(*fargatetest.Cluster) {
	return func(c *fargatetest.Cluster) {
		for _, object := range c.Objects {
			if object.GetName() == name {
				object.SetAnnotations(map[string]string{key: value})
			}
		}
	}
}

// serviceSets makes Service web set the target type.
func serviceSets(targetType string) func(*fargatetest.Cluster) {
	return noted("web", lbc.IngressTargetTypeAnnotation, targetType)
}

func ingressClass(name, controller, group, kind, params string) *networkingv1.IngressClass {
	class := &networkingv1.IngressClass{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: networkingv1.IngressClassSpec{Controller: controller}}
	if params != "" {
		class.Spec.Parameters = &networkingv1.IngressClassParametersReference{APIGroup: &group, Kind: kind, Name: params}
	}
	return class
}

// ingressTo returns an Ingress of a class, empty for none, with a path to each Service.
func ingressTo(class string, services ...string) *networkingv1.Ingress {
	ingress := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Name: "web", Annotations: map[string]string{"owner": "shop"}}}
	if class != "" {
		ingress.Spec.IngressClassName = &class
	}
	http := &networkingv1.HTTPIngressRuleValue{}
	for _, service := range services {
		http.Paths = append(http.Paths, networkingv1.HTTPIngressPath{Backend: networkingv1.IngressBackend{
			Service: &networkingv1.IngressServiceBackend{Name: service, Port: networkingv1.ServiceBackendPort{Name: "http"}},
		}})
	}
	ingress.Spec.Rules = []networkingv1.IngressRule{{Host: "no.http"}, {IngressRuleValue: networkingv1.IngressRuleValue{HTTP: http}}}
	return ingress
}

// noting annotates an Ingress.
func noting(ingress *networkingv1.Ingress, key, value string) *networkingv1.Ingress {
	ingress.Annotations[key] = value
	return ingress
}

// checkUpdate checks that an update is reported in the validating phase, and that the mutating
// phase neither changes nor reports anything.
func checkUpdate(t *testing.T, before, after runtime.Object, want []string) {
	t.Helper()
	for phase, want := range map[Phase][]string{Mutating: nil, Validating: want} {
		got := trafficOutcome(t, after, Request{Operation: OperationUpdate, Phase: phase, Old: before, Cluster: trafficCluster()})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("phase %d (-want +got):\n%s", phase, diff)
		}
	}
}

// trafficOutcome returns what a decision changes, then action and field of each finding. The object
// itself must stay as it is.
func trafficOutcome(t *testing.T, object runtime.Object, request Request, change ...func(*policy.Policy)) []string {
	t.Helper()
	if request.Namespace == "" {
		request.Namespace = "apps"
	}
	before := object.DeepCopyObject()
	d := Decide(object, request, trafficIndex(), policyWith(change...))
	if diff := cmp.Diff(before, object); diff != "" {
		t.Errorf("the argument was changed (-before +after):\n%s", diff)
	}
	var all []string
	if len(d.Patch) > 0 {
		all = append(all, patchText(t, d.Patch))
	}
	for _, f := range d.Findings {
		if f.Remedy == "" || f.Message == "" {
			t.Errorf("%s: message %q, remedy %q", f.Field, f.Message, f.Remedy)
		}
		fields := f.Fields
		if fields == nil {
			fields = []string{f.Field}
		}
		for _, field := range fields {
			all = append(all, string(f.Action)+" "+field)
		}
	}
	return all
}

const (
	albTargetType = lbc.IngressTargetTypeAnnotation
	ipAdded       = `add /metadata/annotations/alb.ingress.kubernetes.io~1target-type "ip"; add /metadata/annotations/fargate-webhook~1added "alb.ingress.kubernetes.io/target-type"`
	deniedThere   = "Deny metadata.annotations[" + albTargetType + "]"
	warnedThere   = "Warn metadata.annotations[" + albTargetType + "]"
	firstPath     = "spec.rules[1].http.paths[0].backend.service.name"
)
