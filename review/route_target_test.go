package review_test

import (
	"strings"
	"testing"
)

// A route runs where its Services do, also where these have TargetGroupConfigurations of their own.
func TestPlacementOfRoutes(t *testing.T) {
	const manifests = deploymentOnFargate + `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: alb}
spec: {controllerName: gateway.k8s.aws/alb}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: entry}
spec: {gatewayClassName: alb}
---
apiVersion: gateway.k8s.aws/v1
kind: TargetGroupConfiguration
metadata: {name: web}
spec: {targetReference: {name: web}, defaultConfiguration: {targetType: ip}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec: {parentRefs: [{name: entry}], rules: [{backendRefs: [{name: web, port: 80}]}]}
`
	items, problems := newReviewer(t).File("in.yaml", []byte(manifests))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if route := items[len(items)-1]; route.Kind != "HTTPRoute" || !route.Placement.Fargate || len(route.Findings) > 0 {
		t.Errorf("got %+v", route)
	}
}

// A route of the Gateway API is reported where its Gateway's controller would use instance targets
// for a Service on Fargate, as far as the manifests tell.
func TestRoutes(t *testing.T) {
	const (
		service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n---\n"
		class   = "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: alb}\nspec: {controllerName: gateway.k8s.aws/alb%p}\n---\n"
		entry   = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: entry}\nspec: {gatewayClassName: alb%p}\n---\n"
		route   = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web}\nspec: {parentRefs: [{name: entry}], rules: [{backendRefs: [{name: web, port: 80}]}]}\n---\n"

		common   = ", parametersRef: {group: gateway.k8s.aws, kind: LoadBalancerConfiguration, name: common, namespace: default}"
		own      = ", infrastructure: {parametersRef: {group: gateway.k8s.aws, kind: LoadBalancerConfiguration, name: own}}"
		balancer = "apiVersion: gateway.k8s.aws/v1\nkind: LoadBalancerConfiguration\nmetadata: {name: %n}\nspec: {defaultTargetGroupConfiguration: {name: %n}%m}\n---\n"
		groups   = "apiVersion: gateway.k8s.aws/v1\nkind: TargetGroupConfiguration\nmetadata: {name: %n}\nspec: {defaultConfiguration: {targetType: %t}}\n---\n"
		ofWeb    = "apiVersion: gateway.k8s.aws/v1\nkind: TargetGroupConfiguration\nmetadata: {name: web}\nspec: {targetReference: {name: web}, defaultConfiguration: {targetType: ip}}\n---\n"

		begin   = `spec.rules[0].backendRefs[0] gets target type instance from Gateway "entry", `
		end     = `: Service "web" selects pods of Deployment "web", which run on Fargate (profile all); pods on Fargate are reachable with target type ip only`
		nothing = begin + "since nothing sets another target type" + end
	)
	with := func(text string, values ...string) string { return strings.NewReplacer(values...).Replace(text) }
	classed := func(parameters string) string { return with(class, "%p", parameters) }
	entered := func(parameters string) string { return with(entry, "%p", parameters) }
	defaults := func(name, targetType, mode string) string {
		return with(balancer, "%n", name, "%m", mode) + with(groups, "%n", name, "%t", targetType)
	}
	base := deploymentOnFargate + service
	plain := base + classed("") + entered("")
	both := base + classed(common) + entered(own)
	for name, c := range map[string]struct{ manifests, want string }{
		"nothing is set":                  {plain + route, nothing},
		"the Service is configured":       {plain + ofWeb + route, ""},
		"the Gateway is not known":        {base + classed("") + route, ""},
		"the class is not known":          {base + entered("") + route, ""},
		"another controller":              {base + strings.Replace(classed(""), "gateway.k8s.aws/alb", "example.com/x", 1) + entered("") + route, ""},
		"the Service is not known":        {deploymentOnFargate + classed("") + entered("") + route, ""},
		"pods elsewhere":                  {deploymentElsewhere + strings.Replace(service, "app: web", "app: gpu", 1) + classed("") + entered("") + route, ""},
		"a Service of another namespace":  {plain + strings.Replace(route, "{name: web, port", "{name: web, namespace: other, port", 1), ""},
		"no Service":                      {plain + strings.Replace(route, "{name: web, port", "{name: web, kind: Bucket, group: x, port", 1), ""},
		"ip by the class":                 {base + classed(common) + entered("") + defaults("common", "ip", "") + route, ""},
		"ip by the Gateway":               {base + classed("") + entered(own) + defaults("own", "ip", "") + route, ""},
		"parameters are not known":        {base + classed(common) + entered("") + route, ""},
		"the class counts more":           {both + defaults("common", "ip", "") + defaults("own", "instance", "") + route, ""},
		"the class counts more, instance": {both + defaults("common", "instance", "") + defaults("own", "ip", "") + route, begin + `which TargetGroupConfiguration "common" sets` + end},
		"the Gateway counts more":         {both + defaults("common", "instance", ", mergingMode: prefer-gateway") + defaults("own", "ip", "") + route, ""},
		"a version before v1":             {plain + strings.Replace(route, "gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1", 1), nothing},
		"two listeners":                   {plain + strings.Replace(route, "[{name: entry}]", "[{name: entry, sectionName: a}, {name: entry, sectionName: b}]", 1), nothing},
		"opted out":                       {plain + strings.Replace(route, "{name: web}", "{name: web, annotations: {eks.amazonaws.com/compute-type: ec2}}", 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := messagesOf(t, "route-target", c.manifests)["HTTPRoute web"]; got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}
