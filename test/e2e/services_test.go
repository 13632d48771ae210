package e2e

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

const (
	balancerType   = "service.beta.kubernetes.io/aws-load-balancer-type"
	balancerTarget = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
)

// waysToApply are those of kubectl apply.
func waysToApply() map[string][]string {
	return map[string][]string{"client": nil, "server": {"--server-side"}}
}

// serviceText is the manifest of a Service of pods on Fargate, with more of its metadata and spec
// in flow style.
func serviceText(name, metadata, spec string) string {
	return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + metadata + "}\nspec: {selector: {run: on-fargate}, ports: [{port: 80}]" + spec + "}\n"
}

func getService(t *testing.T, c *cluster.Cluster, namespace, name string) *corev1.Service {
	t.Helper()
	service, err := c.Clientset().CoreV1().Services(namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return service
}

// mustWarn checks that kubectl succeeded and showed the warnings.
func mustWarn(t *testing.T, result cluster.Result, wants ...string) {
	t.Helper()
	if result.Code != 0 {
		t.Fatalf("exit code %d\n%s", result.Code, result.Stderr)
	}
	for _, want := range wants {
		if !strings.Contains(result.Stderr, "Warning: "+want) {
			t.Errorf("kubectl's warnings lack %q:\n%s", want, result.Stderr)
		}
	}
	if len(wants) == 0 && result.Stderr != "" {
		t.Errorf("kubectl warns of something:\n%s", result.Stderr)
	}
}

// TestLoadBalancerServices: a new Service gets what its load balancer needs to reach pods on
// Fargate, once, and keeps it when the same manifest is applied again, which says nothing of it.
func TestLoadBalancerServices(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	const internal = "load-balancer-target: its load balancer will be internal; for an internet-facing one add service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing"
	for way, args := range waysToApply() {
		for name, test := range map[string]struct {
			metadata, spec string
			want           map[string]string
			warns          []string
		}{
			"plain":    {want: map[string]string{balancerType: "external", balancerTarget: "ip"}, warns: []string{internal}},
			"class":    {spec: ", loadBalancerClass: service.k8s.aws/nlb", want: map[string]string{balancerTarget: "ip"}},
			"external": {metadata: ", annotations: {" + balancerType + ": external}", want: map[string]string{balancerType: "external", balancerTarget: "ip"}},
			"in-tree": {metadata: ", annotations: {" + balancerType + ": nlb}", want: map[string]string{balancerType: "nlb", balancerTarget: "ip"},
				warns: []string{"load-balancer-target: with the annotation " + balancerType}},
			"auto-mode": {spec: ", loadBalancerClass: eks.amazonaws.com/nlb", want: map[string]string{}},
			"no-ports": {spec: ", allocateLoadBalancerNodePorts: false", want: map[string]string{balancerType: "external", balancerTarget: "ip"},
				warns: []string{internal}},
		} {
			t.Run(way+"/"+name, func(t *testing.T) {
				name := name + "-" + way
				text := serviceText(name, test.metadata, ", type: LoadBalancer"+test.spec)
				apply := append([]string{"apply", "-n", namespace, "-f", "-"}, args...)
				mustWarn(t, kubectl(t, c, text, apply...), test.warns...)
				for range 2 {
					yaml := mustKubectl(t, c, "", "get", "service", name, "-n", namespace, "-o", "yaml")
					got := getService(t, c, namespace, name)
					for _, key := range []string{balancerType, balancerTarget} {
						if want := test.want[key]; got.Annotations[key] != want || strings.Contains(yaml, "\n    "+key+": "+want+"\n") != (want != "") {
							t.Errorf("%s is %q, want %q:\n%s", key, got.Annotations[key], want, yaml)
						}
					}
					mustWarn(t, kubectl(t, c, text, apply...)) // what was warned of before isn't again
				}
			})
		}
	}
}

// TestLoadBalancerRefused: targets that are said to be instances, when a Service is created and
// later.
func TestLoadBalancerRefused(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	balanced := func(name, target string) string {
		return serviceText(name, ", annotations: {"+balancerType+": external, "+balancerTarget+": "+target+"}", ", type: LoadBalancer")
	}
	for _, args := range waysToApply() {
		apply := append([]string{"apply", "-n", namespace, "-f", "-"}, args...)
		mustRefuse(t, kubectl(t, c, balanced("web", "instance"), apply...),
			"load-balancer-target:", "a pod with the labels that the Service selects would run on Fargate (profile each-test), and only IP targets reach pods on Fargate", "add the annotation "+balancerTarget+": ip", optOut)
	}
	apply(t, c, namespace, balanced("web", "ip"))
	mustRefuse(t, kubectl(t, c, balanced("web", "instance"), "apply", "-n", namespace, "-f", "-"), "load-balancer-target:")
	t.Run("ClusterIP becomes LoadBalancer", func(t *testing.T) {
		apply(t, c, namespace, serviceText("inner", "", ""))
		patch := []string{"patch", "service", "inner", "-n", namespace, "--type=merge", "-p"}
		mustWarn(t, kubectl(t, c, "", append(patch, `{"spec":{"type":"LoadBalancer"}}`)...), "load-balancer-target: without the annotation "+balancerTarget+": ip")
		if got := getService(t, c, namespace, "inner").Annotations[balancerType]; got != "" {
			t.Errorf("an existing Service got %s: %s", balancerType, got)
		}
		mustWarn(t, kubectl(t, c, "", append(patch, `{"metadata":{"labels":{"edited":"true"}}}`)...))
	})
	t.Run("instance from before", func(t *testing.T) {
		before := newNamespace(t, c, "fargate-", map[string]string{"fargate-webhook/exempt": "true"})
		apply(t, c, before, balanced("web", "instance"))
		mustKubectl(t, c, "", "label", "namespace", before, "fargate-webhook/exempt-")
		awaitRefusal(t, c, before)
		mustWarn(t, kubectl(t, c, "", "label", "service", "web", "-n", before, "edited=true"))
	})
}

// TestServicesToldOf: node ports with policy Local, and external IPs.
func TestServicesToldOf(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	for _, args := range waysToApply() {
		apply := append([]string{"apply", "-n", namespace, "-f", "-"}, args...)
		mustRefuse(t, kubectl(t, c, serviceText("local", "", ", type: NodePort, externalTrafficPolicy: Local"), apply...),
			"node-port:", "with externalTrafficPolicy: Local no other node does either", "use type: ClusterIP", optOut)
	}
	text := serviceText("external-ips", "", ", externalIPs: [192.0.2.1]")
	mustWarn(t, kubectl(t, c, text, "apply", "-n", namespace, "-f", "-"), "node-port: a pod with the labels that the Service selects would run on Fargate (profile each-test), and a Fargate node accepts no traffic for external IPs")
	mustWarn(t, kubectl(t, c, text, "apply", "-n", namespace, "-f", "-"))
	headless := kubectl(t, c, serviceText("headless", "", ", externalIPs: [192.0.2.1], clusterIP: None"), "apply", "-n", namespace, "-f", "-")
	if headless.Code != 0 || strings.Contains(headless.Stderr, "node-port: ") { // Kubernetes has a warning of its own
		t.Errorf("a headless Service: %+v", headless)
	}
}
