package e2e

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/restmapper"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// TestRights: the webhook of the tests works with what its manifests grant, and that is no more
// than it needs.
func TestRights(t *testing.T) {
	c, _ := withWebhook(t)
	served, err := restmapper.GetAPIGroupResources(c.Clientset().Discovery())
	if err != nil {
		t.Fatal(err)
	}
	mapper := restmapper.NewDiscoveryRESTMapper(served)
	for request, want := range map[string]string{
		"get secrets/fargate-webhook-ca":                              "yes",
		"get secrets/another":                                         "no",
		"list secrets":                                                "no",
		"watch secrets":                                               "no",
		"delete secrets/fargate-webhook-ca":                           "no",
		"get secrets/fargate-webhook-ca -n apps":                      "no",
		"update leases/fargate-webhook":                               "yes",
		"update leases/another":                                       "no",
		"patch mutatingwebhookconfigurations/0400-fargate-webhook":    "yes",
		"patch mutatingwebhookconfigurations/" + eksName:              "no",
		"patch validatingwebhookconfigurations/fargate-webhook":       "yes",
		"delete validatingwebhookconfigurations/fargate-webhook":      "no",
		"list pods -A":                                                "yes",
		"get pods":                                                    "no",
		"delete pods":                                                 "no",
		"create pods --subresource=eviction":                          "no",
		"get namespaces/apps":                                         "yes",
		"list namespaces":                                             "no",
		"create events -n apps":                                       "yes",
		"list events -n apps":                                         "no",
		"watch mutatingwebhookconfigurations/0400-fargate-webhook":    "yes",
		"watch validatingwebhookconfigurations/fargate-webhook":       "yes",
		"watch mutatingwebhookconfigurations":                         "no",
		"watch validatingwebhookconfigurations":                       "no",
		"get configmaps/fargate-webhook-profiles":                     "yes",
		"create configmaps/fargate-webhook-profiles":                  "yes",
		"patch configmaps/fargate-webhook-profiles":                   "yes",
		"delete configmaps/fargate-webhook-profiles":                  "no",
		"create configmaps/fargate-webhook-probe":                     "yes",
		"patch configmaps/fargate-webhook-probe":                      "yes",
		"get configmaps/fargate-webhook-probe":                        "no",
		"create configmaps/fargate-webhook-probe -n apps":             "no",
		"patch validatingwebhookconfigurations/fargate-webhook-probe": "yes",
		"get configmaps/fargate-webhook-policy":                       "no",
		"create configmaps":                                           "no",
		"list configmaps":                                             "no",
		"get configmaps/fargate-webhook-profiles -n apps":             "no",
		"create events.events.k8s.io":                                 "yes",
		"create events.events.k8s.io -n apps":                         "no",
		"list events.events.k8s.io":                                   "no",
		"get deployments.apps/fargate-webhook":                        "yes",
		"get deployments.apps/another":                                "no",
		"patch deployments.apps/fargate-webhook":                      "no",
		"list limitranges -A":                                         "yes",
		"watch resourcequotas -A":                                     "yes",
		"list persistentvolumeclaims -A":                              "yes",
		"watch persistentvolumes":                                     "yes",
		"list storageclasses":                                         "yes",
		"watch services -A":                                           "yes",
		"list replicasets.apps -A":                                    "yes",
		"list statefulsets.apps -A":                                   "yes",
		"list daemonsets.apps -A":                                     "yes",
		"watch jobs.batch -A":                                         "yes",
		"list cronjobs.batch -A":                                      "no",
		"list horizontalpodautoscalers.autoscaling -A":                "yes",
		"watch horizontalpodautoscalers.autoscaling -A":               "yes",
		"update horizontalpodautoscalers.autoscaling -n apps":         "no",
		"list replicationcontrollers -A":                              "yes",
		"list poddisruptionbudgets -A":                                "yes",
		"list networkpolicies -A":                                     "yes",
		"list ingressclasses":                                         "yes",
		"list deployments.apps -A":                                    "no",
		"update services -n apps":                                     "no",
		"get persistentvolumeclaims -n apps":                          "no",
		"create limitranges -n apps":                                  "no",
		"delete persistentvolumes":                                    "no",
		"create serviceaccounts/fargate-webhook --subresource=token":  "no",
		"patch clusterroles/fargate-webhook":                          "no",
	} {
		if got := mayWebhook(t, c, mapper, request); got != (want == "yes") {
			t.Errorf("%s: %v, want %s", request, got, want)
		}
	}
}

// mayWebhook asks the API server whether the webhook's ServiceAccount has a right, which is written
// as for `kubectl auth can-i`: without -n and -A in the webhook's own namespace.
func mayWebhook(t *testing.T, c *cluster.Cluster, mapper meta.RESTMapper, request string) bool {
	t.Helper()
	flags := flag.NewFlagSet(request, flag.ContinueOnError)
	all, subresource, namespace := flags.Bool("A", false, ""), flags.String("subresource", "", ""), flags.String("n", install.Name, "")
	verb, rest, _ := strings.Cut(request, " ")
	resource, options, _ := strings.Cut(rest, " ")
	if err := flags.Parse(strings.Fields(options)); err != nil {
		t.Fatal(err)
	}
	resource, name, _ := strings.Cut(resource, "/")
	kind, err := mapper.KindFor(schema.ParseGroupResource(resource).WithVersion(""))
	if err != nil {
		t.Fatal(err)
	}
	mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		t.Fatal(err)
	}
	if *all || mapping.Scope.Name() == meta.RESTScopeNameRoot {
		*namespace = ""
	}
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: "system:serviceaccount:" + install.Name + ":" + install.Name,
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: verb, Group: mapping.Resource.Group, Resource: mapping.Resource.Resource, Subresource: *subresource, Name: name, Namespace: *namespace,
		},
	}}
	answer, err := c.Clientset().AuthorizationV1().SubjectAccessReviews().Create(t.Context(), review, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Status.Allowed
}

// TestWithoutRightsOfOptions: who uses no option needs no rights of it. The webhook is ready, and
// nothing is forbidden to it.
func TestWithoutRightsOfOptions(t *testing.T) {
	f := own.take(t, false)
	c := f.cluster
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(policy, []byte("apiVersion: fargate-webhook/v1alpha1\nkind: Policy\npendingPods: Off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustKubectl(t, c, "", "delete", "clusterrolebinding/fargate-webhook-registration", "clusterrolebinding/fargate-webhook-pending-pods", "clusterrolebinding/fargate-webhook-inventory")
	mustKubectl(t, c, "", "-n", "fargate-webhook", "delete", "rolebinding/fargate-webhook-registration")
	t.Cleanup(func() {
		if err := install.Rights(context.WithoutCancel(t.Context()), c); err != nil {
			t.Error(err)
		}
	})
	f.replace(t, append(profilesArgs(t), "--shutdown-delay=0s", "--static-registration", "--config="+policy), nil)
	err := cluster.Await(t.Context(), time.Minute, "it leads", func(context.Context) error {
		if log := f.webhook.Tail(50); !strings.Contains(log, "static registration") {
			return errors.New(log)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.webhook.Stop(); err != nil {
		t.Error(err)
	}
	if log := f.webhook.Tail(100); strings.Contains(log, "forbidden") {
		t.Error(log)
	}
	f.webhook = nil
}

// TestAuthorityIsInSecret: the API server trusts the authority that is in the Secret.
func TestAuthorityIsInSecret(t *testing.T) {
	c, _ := withWebhook(t)
	secret, err := c.Clientset().CoreV1().Secrets("fargate-webhook").Get(t.Context(), "fargate-webhook-ca", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := c.Clientset().AdmissionregistrationV1().MutatingWebhookConfigurations().Get(t.Context(), "0400-fargate-webhook", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	authority := bytes.TrimSpace(secret.Data[corev1.TLSCertKey])
	if len(authority) == 0 || !bytes.Contains(hooks.Webhooks[0].ClientConfig.CABundle, authority) {
		t.Errorf("the Secret has %q, registered is %q", authority, hooks.Webhooks[0].ClientConfig.CABundle)
	}
}

// TestNetworkPolicy applies the example for EC2 nodes.
func TestNetworkPolicy(t *testing.T) {
	c, _ := withWebhook(t)
	t.Cleanup(func() { deleteLater(t, c, "-n", "fargate-webhook", "networkpolicy/fargate-webhook") })
	mustKubectl(t, c, "", "apply", "--server-side", "-f", "../../deploy/network/networkpolicy.yaml")
}

// TestManifests applies all manifests. Their pods pass the Pod Security level of their own
// namespace, and are as small as Fargate has them.
func TestManifests(t *testing.T) {
	c, _ := withWebhook(t)
	mustKubectl(t, c, "", "apply", "--server-side", "-k", "../../deploy/manifests")
	for _, pod := range awaitPods(t, c, "fargate-webhook", "app.kubernetes.io/name=fargate-webhook", 2) {
		if pod.Status.QOSClass != corev1.PodQOSGuaranteed || len(pod.Annotations) != 0 {
			t.Errorf("QoS class %s, annotations %v", pod.Status.QOSClass, pod.Annotations)
		}
		checkShares(t, pod.Spec.Containers)
		if pod.Spec.ServiceAccountName != "fargate-webhook" {
			t.Errorf("ServiceAccount %s", pod.Spec.ServiceAccountName)
		}
	}
	mustKubectl(t, c, "", "-n", "fargate-webhook", "get", "service/fargate-webhook", "poddisruptionbudget/fargate-webhook")
}
