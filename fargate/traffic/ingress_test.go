package traffic

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// leadingTo returns an Ingress whose second rule has a path to each Service.
func leadingTo(services ...string) *networkingv1.Ingress {
	http := &networkingv1.HTTPIngressRuleValue{}
	for _, service := range services {
		http.Paths = append(http.Paths, networkingv1.HTTPIngressPath{Backend: backendOf(service, "http")})
	}
	return &networkingv1.Ingress{Spec: networkingv1.IngressSpec{
		Rules: []networkingv1.IngressRule{{Host: "no.http"}, {IngressRuleValue: networkingv1.IngressRuleValue{HTTP: http}}},
	}}
}

func backendOf(service, port string) networkingv1.IngressBackend {
	return networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: service, Port: networkingv1.ServiceBackendPort{Name: port}}}
}

// An Ingress names Services in its default backend, its paths and its actions.
func TestIngressBackends(t *testing.T) {
	const key = lbc.IngressActionAnnotation + "go"
	const path = "spec.rules[1].http.paths[0].backend.service.name"
	forward := func(services ...string) string {
		text := `{"type":"forward","forwardConfig":{"TargetGroups":[{"targetGroupARN":"arn"}`
		for _, service := range services {
			text += `,{"ServiceName":"` + service + `","servicePort":80,"weight":1}`
		}
		return text + "]}}"
	}
	byDefault, byResource := leadingTo("api"), leadingTo()
	backend := backendOf("web", "http")
	byDefault.Spec.DefaultBackend = &backend
	byResource.Spec.DefaultBackend = &networkingv1.IngressBackend{Resource: &corev1.TypedLocalObjectReference{Kind: "Bucket", Name: "web"}}
	byAction := func(text string) *networkingv1.Ingress {
		ingress := leadingTo("api")
		paths := &ingress.Spec.Rules[1].HTTP.Paths
		for range 2 {
			*paths = append(*paths, networkingv1.HTTPIngressPath{Backend: backendOf("go", useAnnotation)})
		}
		ingress.Annotations = map[string]string{key: text}
		return ingress
	}
	unused := byAction(forward("web"))
	unused.Spec = leadingTo("go").Spec
	type fields = map[string]string
	for name, c := range map[string]struct {
		ingress *networkingv1.Ingress
		want    fields // by Service
	}{
		"paths":                 {leadingTo("api", "web", "api"), fields{"api": path, "web": "spec.rules[1].http.paths[1].backend.service.name"}},
		"default backend":       {byDefault, fields{"api": path, "web": "spec.defaultBackend.service.name"}},
		"resource":              {byResource, fields{}},
		"action":                {byAction(forward("api", "web", "web")), fields{"api": path, "web": "metadata.annotations[" + key + "]"}},
		"action without others": {byAction(forward("api")), fields{"api": path}},
		"action that redirects": {byAction(strings.Replace(forward("web"), "forward", "redirect", 1)), fields{"api": path}},
		"invalid JSON":          {byAction(forward("web")[1:]), fields{"api": path}},
		"list":                  {byAction("[]"), fields{"api": path}},
		"field of another type": {byAction(`{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":5}]}}`), fields{"api": path}},
		"no forwardConfig":      {byAction(`{"type":"forward","targetGroupARN":"arn","serviceName":"web"}`), fields{"api": path}},
		"empty action":          {byAction(""), fields{"api": path}},
		"action that no path uses, with the name of a Service": {unused, fields{"go": path}},
	} {
		t.Run(name, func(t *testing.T) {
			got := fields{}
			backends := namespaceOf(policy.LabelsInject).IngressBackends(c.ingress)
			for i := range backends {
				got[backends[i].Service] = backends[i].Field
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if len(got) != len(backends) {
				t.Errorf("a Service is listed twice: %v", backends)
			}
		})
	}
}
