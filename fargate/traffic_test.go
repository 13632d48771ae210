package fargate

import (
	"encoding/json"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/lbc"
	"fargate-webhook/profiles"
)

// trafficIndex has a profile with a label that can be added, one with a label that can't, and a namespace for all pods.
func trafficIndex() *profiles.Index {
	return profiles.NewIndex([]profiles.Profile{
		profile("web", selects("apps", "run", "on-fargate")),
		profile("keyed", selects("keyed", "team-*", "x")),
		profile("all", selects("all")),
	})
}

// trafficCluster has a Service of each meaning in namespace apps, classes and parameters.
func trafficCluster(change ...func(map[string]runtime.Object)) fakeCluster {
	objects := map[string]runtime.Object{}
	for name, selector := range map[string]map[string]string{
		"web": {"app": "web"}, "api": {"app": "api"}, "legacy": {"app": "legacy", "run": "on-ec2"}, "manual": nil,
	} {
		objects["service/apps/"+name] = &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "apps"}, Spec: corev1.ServiceSpec{Selector: selector}}
	}
	objects["service/keyed/web"] = &corev1.Service{Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "web"}}}
	for name, targetType := range map[string]string{"ip": "ip", "instance": "instance", "silent": ""} {
		objects["params/"+name] = &lbc.IngressClassParams{Spec: lbc.IngressClassParamsSpec{TargetType: targetType}}
		objects["ingressclass/"+name] = ingressClassOf(name, lbc.IngressController, lbc.ParamsGroup, lbc.ParamsKind, name)
	}
	objects["ingressclass/lost"] = ingressClassOf("lost", lbc.IngressController, lbc.ParamsGroup, lbc.ParamsKind, "lost")
	objects["ingressclass/odd"] = ingressClassOf("odd", lbc.IngressController, "example.com", "Odd", "ip")
	objects["ingressclass/odder"] = ingressClassOf("odder", lbc.IngressController, lbc.ParamsGroup, "Odd", "ip")
	objects["ingressclass/alb"] = ingressClassOf("alb", lbc.IngressController, "", "", "")
	objects["ingressclass/nginx"] = ingressClassOf("nginx", "k8s.io/ingress-nginx", "", "", "")
	objects["ingressclass/auto"] = ingressClassOf("auto", "eks.amazonaws.com/alb", "eks.amazonaws.com", "IngressClassParams", "instance")
	for _, c := range change {
		c(objects)
	}
	return fakeCluster{objects: objects}
}

func ingressClassOf(name, controller, group, kind, params string) *networkingv1.IngressClass {
	class := &networkingv1.IngressClass{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: networkingv1.IngressClassSpec{Controller: controller}}
	if params != "" {
		class.Spec.Parameters = &networkingv1.IngressClassParametersReference{APIGroup: &group, Kind: kind, Name: params}
	}
	return class
}

// ingressTo is an Ingress of a class, if it isn't empty, with a path to each Service.
func ingressTo(class string, services ...string) *networkingv1.Ingress {
	ingress := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Name: "web", Annotations: map[string]string{}}}
	if class != "" {
		ingress.Spec.IngressClassName = &class
	}
	http := &networkingv1.HTTPIngressRuleValue{}
	for _, service := range services {
		http.Paths = append(http.Paths, networkingv1.HTTPIngressPath{Backend: backendOf(service, "http")})
	}
	ingress.Spec.Rules = []networkingv1.IngressRule{{Host: "no.http"}, {IngressRuleValue: networkingv1.IngressRuleValue{HTTP: http}}}
	return ingress
}

func backendOf(service, port string) networkingv1.IngressBackend {
	return networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: service, Port: networkingv1.ServiceBackendPort{Name: port}}}
}

func noting(ingress *networkingv1.Ingress, keysAndValues ...string) *networkingv1.Ingress {
	for pair := range slices.Chunk(keysAndValues, 2) {
		ingress.Annotations[pair[0]] = pair[1]
	}
	return ingress
}

// trafficTold is what a decision changes and finds: "ip" for the change, then each finding's action and field.
func trafficTold(t *testing.T, object runtime.Object, request Request, settings ...func(*Settings)) []string {
	t.Helper()
	policy := DefaultPolicy()
	for _, f := range settings {
		f(&policy.Settings)
	}
	if request.Namespace == "" {
		request.Namespace = "apps"
	}
	d := Decide(object, request, trafficIndex(), &policy)
	var all []string
	for _, op := range d.Patch {
		value, err := json.Marshal(op.Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, op.Op+" "+op.Path+" "+string(value))
	}
	for _, f := range d.Findings {
		if f.Remedy == "" || f.Message == "" {
			t.Errorf("%s: message %q, remedy %q", f.Field, f.Message, f.Remedy)
		}
		all = append(all, string(f.Action)+" "+f.Field)
	}
	return all
}

const (
	albTargetType = "alb.ingress.kubernetes.io/target-type"
	ipAdded       = `add /metadata/annotations/alb.ingress.kubernetes.io~1target-type "ip"`
	deniedThere   = "Deny metadata.annotations[" + albTargetType + "]"
	warnedThere   = "Warn metadata.annotations[" + albTargetType + "]"
	firstPath     = "spec.rules[1].http.paths[0].backend.service.name"
)
