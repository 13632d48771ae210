package traffic

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/kinds/lbc"
)

// TestIngressBackends: all the ways in which an Ingress names a Service.
func TestIngressBackends(t *testing.T) {
	const key = lbc.IngressActionAnnotation + "go"
	forward := func(services ...string) string {
		text := `{"Type":"forward","forwardConfig":{"TargetGroups":[{"targetGroupARN":"arn"}`
		text = strings.Replace(text, "Type", "type", 1)
		for _, service := range services {
			text += `,{"ServiceName":"` + service + `","servicePort":80,"weight":1}`
		}
		return text + "]}}"
	}
	bucket := &networkingv1.IngressBackend{Resource: &corev1.TypedLocalObjectReference{Kind: "Bucket", Name: "web"}}
	byDefault := ingressTo("alb")
	backend := backendOf("web", "http")
	byDefault.Spec.DefaultBackend = &backend
	byResource := ingressTo("alb")
	byResource.Spec.DefaultBackend = bucket
	byAction := func(text string) *networkingv1.Ingress {
		ingress := ingressTo("alb", "legacy")
		paths := &ingress.Spec.Rules[1].HTTP.Paths
		*paths = append(*paths, networkingv1.HTTPIngressPath{Backend: backendOf("go", useAnnotation)}, networkingv1.HTTPIngressPath{Backend: backendOf("go", useAnnotation)})
		return noting(ingress, key, text)
	}
	for name, c := range map[string]struct {
		ingress *networkingv1.Ingress
		want    string // where the Service web is named, if it is
	}{
		"path":               {ingressTo("alb", "legacy", "web"), "spec.rules[1].http.paths[1].backend.service.name"},
		"default":            {byDefault, "spec.defaultBackend.service.name"},
		"resource":           {byResource, ""},
		"action":             {byAction(forward("legacy", "web", "web")), "metadata.annotations[" + key + "]"},
		"another's action":   {byAction(forward("legacy")), ""},
		"another type":       {byAction(strings.Replace(forward("web"), "forward", "redirect", 1)), ""},
		"broken JSON":        {byAction(forward("web")[1:]), ""},
		"a list":             {byAction("[]"), ""},
		"another field type": {byAction(`{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":5}]}}`), ""},
		"no config":          {byAction(`{"type":"forward","targetGroupARN":"arn","serviceName":"web"}`), ""},
		"empty":              {byAction(""), ""},
		"not used":           {noting(ingressTo("alb", "go"), key, forward("web")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := trafficCluster(serviceSays("instance"), func(o map[string]runtime.Object) { o["service/apps/go"] = o["service/apps/legacy"] })
			got := trafficTold(t, c.ingress, Request{Operation: OperationCreate, Cluster: cluster})
			if c.want == "" && len(got) > 0 || c.want != "" && !slices.Equal(got, []string{"Deny " + c.want}) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// controllersAction is an action with all that the controller reads of it.
type controllersAction struct {
	Type            string          `json:"type"`
	TargetGroupARN  *string         `json:"targetGroupARN"`
	TargetGroupName *string         `json:"targetGroupName"`
	FixedResponse   json.RawMessage `json:"fixedResponseConfig"`
	Redirect        json.RawMessage `json:"redirectConfig"`
	ForwardConfig   *struct {
		TargetGroups []struct {
			TargetGroupARN  *string         `json:"targetGroupARN"`
			TargetGroupName *string         `json:"targetGroupName"`
			ServiceName     *string         `json:"serviceName"`
			ServicePort     json.RawMessage `json:"servicePort"`
			Weight          *int32          `json:"weight"`
		} `json:"targetGroups"`
	} `json:"forwardConfig"`
}

// FuzzActionServices: what the controller can read is read the same, and nothing panics.
func FuzzActionServices(f *testing.F) {
	f.Add(`{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"a","servicePort":"80","weight":20},{"serviceName":"b","servicePort":80},{"targetGroupARN":"arn"}]}}`)
	f.Add(`{"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"a"}],"forwardConfig":null}}`)
	f.Add(`{"type":"redirect","redirectConfig":{"statusCode":"HTTP_301"},"forwardConfig":{"targetGroups":[{"serviceName":"a"}]}}`)
	f.Add(`{"type":"forward","forwardConfig":{"targetGroups":[null,{}]}}`)
	f.Add(`[[[[`)
	f.Fuzz(func(t *testing.T, text string) {
		got := actionServices(text)
		var full controllersAction
		if json.Unmarshal([]byte(text), &full) != nil {
			return
		}
		var want []string
		if full.Type == "forward" && full.ForwardConfig != nil {
			for _, group := range full.ForwardConfig.TargetGroups {
				if group.ServiceName != nil {
					want = append(want, *group.ServiceName)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q in %s", got, want, text)
		}
	})
}
