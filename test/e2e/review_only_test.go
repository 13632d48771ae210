package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/review"
	"fargate-webhook/test/cluster"
)

// awsKinds are the definitions of the kinds of AWS, and of those of the Gateway API, that only a
// review judges, without their schemas.
var awsKinds = strings.Join([]string{
	definition("vpcresources.k8s.aws", "v1beta1", "SecurityGroupPolicy", "securitygrouppolicies", "Namespaced"),
	definition("gateway.networking.k8s.io", "v1", "Gateway", "gateways", "Namespaced"),
	definition("gateway.networking.k8s.io", "v1", "GatewayClass", "gatewayclasses", "Cluster"),
	definition("gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes", "Namespaced"),
	definition("networking.k8s.aws", "v1alpha1", "ApplicationNetworkPolicy", "applicationnetworkpolicies", "Namespaced"),
	definition("networking.k8s.aws", "v1alpha1", "ClusterNetworkPolicy", "clusternetworkpolicies", "Cluster"),
}, "---\n")

func definition(group, version, kind, resource, scope string) string {
	return fmt.Sprintf(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: %[4]s.%[1]s
  annotations: {api-approved.kubernetes.io: "unapproved, a fake for tests"}
spec:
  group: %[1]s
  names: {kind: %[3]s, listKind: %[3]sList, plural: %[4]s, singular: %[5]s}
  scope: %[6]s
  versions:
  - name: %[2]s
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`, group, version, kind, resource, strings.ToLower(kind), scope)
}

// TestReviewOnlyFixtures: the real API server takes the fixtures of rules that only a review has,
// and a review of the cluster finds what each is about.
func TestReviewOnlyFixtures(t *testing.T) {
	c, _ := withWebhook(t)
	mustKubectl(t, c, awsKinds, "apply", "-f", "-")
	mustKubectl(t, c, awsKinds, "wait", "--for=condition=Established", "--timeout=60s", "-f", "-")
	client := clientWith(t, c, &warnings{})
	byRule := map[string][]fixtures.Fixture{}
	for _, f := range fixtures.All() {
		if f.Offline && f.Namespace == "" {
			byRule[f.Rule] = append(byRule[f.Rule], f)
		}
	}
	if len(byRule) < 4 {
		t.Errorf("only %d rules have such fixtures", len(byRule))
	}
	for rule, list := range byRule {
		t.Run(rule, func(t *testing.T) {
			namespace := newNamespace(t, c, "review-", nil)
			for i, f := range list {
				for _, object := range f.Cluster {
					createIn(t, client, namespace, "", object)
				}
				createIn(t, client, namespace, fmt.Sprintf("f%d", i), f.Object)
			}
			found := reviewed(t, c, namespace)
			for i, f := range list {
				item, ok := found[fmt.Sprintf("f%d", i)]
				if finds := slices.ContainsFunc(item.Findings, func(f review.Finding) bool { return string(f.Rule) == rule }); !ok || finds != f.Want {
					t.Errorf("%s: judged: %v, found: %v, want %v", f.Name, ok, finds, f.Want)
				}
			}
		})
	}
}

// TestClusterNetworkPolicy: a review of the whole cluster judges a policy that belongs to no
// namespace, by the pods of those that it selects.
func TestClusterNetworkPolicy(t *testing.T) {
	c, _ := withWebhook(t)
	mustKubectl(t, c, awsKinds, "apply", "-f", "-")
	mustKubectl(t, c, awsKinds, "wait", "--for=condition=Established", "--timeout=60s", "-f", "-")
	namespace := newNamespace(t, c, "review-", nil)
	manifest := fmt.Sprintf("apiVersion: networking.k8s.aws/v1alpha1\nkind: ClusterNetworkPolicy\nmetadata: {name: %[1]s}\nspec: {tier: Admin, priority: 1, "+
		"subject: {pods: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %[1]s}}, podSelector: {matchLabels: {%[2]s: %[3]s}}}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}\n",
		namespace, fixtures.Label, fixtures.Value)
	mustKubectl(t, c, manifest, "apply", "-f", "-")
	defer kubectl(t, c, "", "delete", "clusternetworkpolicy", namespace)
	item := reviewedBy(t, c, namespace, "-A")[namespace]
	if item.Kind != "ClusterNetworkPolicy" || item.Namespace != "" || len(item.Findings) != 1 || item.Findings[0].Rule != "network-policy" {
		t.Errorf("%+v", item)
	}
}

// createIn creates an object in a namespace, by another name unless that is empty.
func createIn(t *testing.T, client *dynamic.DynamicClient, namespace, name string, object runtime.Object) {
	t.Helper()
	target, u := targetOf(t, client, object)
	if !clusterScoped[u.GetKind()] {
		u.SetNamespace(namespace)
		target = client.Resource(resourceOf(u)).Namespace(namespace)
	}
	if name != "" {
		u.SetName(name)
	}
	if _, err := target.Create(t.Context(), u, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// reviewed reviews a namespace of the cluster, as if the profile of the fixtures selected it. It
// returns the objects of fixtures by name.
func reviewed(t *testing.T, c *cluster.Cluster, namespace string) map[string]review.Item {
	t.Helper()
	return reviewedBy(t, c, namespace, "-n", namespace)
}

// reviewedBy is reviewed with other arguments.
func reviewedBy(t *testing.T, c *cluster.Cluster, namespace string, args ...string) map[string]review.Item {
	t.Helper()
	profiles := filepath.Join(t.TempDir(), "profiles.yaml")
	text := fmt.Sprintf("apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: a, region: b}\nfargateProfiles: [{name: %s, selectors: [{namespace: %s, labels: {%s: %s}}]}]\n",
		fixtures.Profile, namespace, fixtures.Label, fixtures.Value)
	if err := os.WriteFile(profiles, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), built.path(), append([]string{"review", "--from-cluster", "-o", "json", "--profiles=" + profiles, "--kubeconfig=" + c.Kubeconfig()}, args...)...).Output()
	if err != nil && len(out) == 0 { // a claim that isn't bound is refused
		t.Fatal(err)
	}
	var report struct{ Items []review.Item }
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	items := map[string]review.Item{}
	for i := range report.Items {
		if report.Items[i].Result != review.ResultSkip {
			items[report.Items[i].Name] = report.Items[i]
		}
	}
	return items
}

// TestAWSLogging: admission warns of what Fargate's log router doesn't take of its ConfigMap, by line,
// and a review of the cluster finds the same, and that the namespace lacks the label. No other
// ConfigMap is sent.
func TestAWSLogging(t *testing.T) {
	c, _ := withWebhook(t)
	said := &warnings{}
	client := clientWith(t, c, said)
	const namespace = "aws-observability"
	if err := createNamespace(t.Context(), c, namespace); err != nil {
		t.Fatal(err)
	}
	defer kubectl(t, c, "", "delete", "namespace", namespace, "--wait=false")
	tried := 0
	for _, f := range fixtures.All() {
		if f.Namespace != namespace {
			continue
		}
		tried++
		createIn(t, client, namespace, fmt.Sprintf("other-%d", tried), f.Object)
		if warned := said.taken(); len(warned) > 0 {
			t.Errorf("%s: admission warned of another ConfigMap: %q", f.Name, warned)
		}
		createIn(t, client, namespace, "", f.Object)
		if warned := said.taken(); len(warned) > 0 != f.Want || f.Want && !strings.Contains(warned[0], "aws-logging: ") {
			t.Errorf("%s: admission warned %q, want a warning: %v", f.Name, warned, f.Want)
		}
		item, ok := reviewed(t, c, namespace)["aws-logging"]
		if finds := slices.ContainsFunc(item.Findings, func(found review.Finding) bool { return string(found.Rule) == f.Rule }); !ok || finds != f.Want {
			t.Errorf("%s: judged: %v, found: %v, want %v", f.Name, ok, finds, f.Want)
		}
		mustKubectl(t, c, "", "-n", namespace, "delete", "configmap", "aws-logging")
	}
	if tried < 4 {
		t.Errorf("%d fixtures were tried", tried)
	}
	for labels, want := range map[string]int{"aws-observability-": 1, "aws-observability=enabled": 0} {
		mustKubectl(t, c, "", "label", "namespace", namespace, labels)
		if found := reviewed(t, c, namespace)[namespace].Findings; len(found) != want {
			t.Errorf("namespace labelled %s: %+v, want %d", labels, found, want)
		}
	}
}
