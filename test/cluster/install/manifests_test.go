package install

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The manifests apply without changes or warnings, and the controllers create the webhook's pods in
// a namespace that enforces the restricted Pod Security Standard.
func TestManifests(t *testing.T) {
	clustertest.Needed(t)
	c := clustertest.Start(t, cluster.Options{})
	root, err := cluster.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, turn := range []string{"first", "second"} {
		result, err := c.Kubectl(t.Context(), "", "apply", "--server-side", "-k", filepath.Join(root, "deploy", "manifests"))
		if err != nil || result.Code != 0 || result.Stderr != "" {
			t.Fatalf("applied for the %s time: %+v, %v; want no error or warning", turn, result, err)
		}
	}
	err = cluster.Await(t.Context(), time.Minute, "the Deployment has its pods", func(ctx context.Context) error {
		pods, err := c.Clientset().CoreV1().Pods(Name).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		if len(pods.Items) != 2 {
			return fmt.Errorf("%d pods", len(pods.Items))
		}
		for i := range pods.Items {
			if class := pods.Items[i].Status.QOSClass; class != corev1.PodQOSGuaranteed {
				return cluster.Stop(fmt.Errorf("quality of service %s", class))
			}
		}
		return nil
	})
	if err != nil {
		events, eventsErr := c.Kubectl(t.Context(), "", "get", "events", "-n", Name)
		t.Fatalf("%v\n%s %v", err, events.Stdout, eventsErr)
	}
	t.Run("rights", func(t *testing.T) { checkRights(t, c) })
	t.Run("overlay", func(t *testing.T) { checkOverlay(t, c, filepath.Join(root, "deploy", "overlay")) })
}

// checkOverlay applies the overlay to copy, over the manifests, and deletes it.
func checkOverlay(t *testing.T, c *cluster.Cluster, folder string) {
	t.Helper()
	result, err := c.Kubectl(t.Context(), "", "apply", "--server-side", "-k", folder)
	if err != nil || result.Code != 0 || result.Stderr != "" {
		t.Fatalf("apply: %+v, %v", result, err)
	}
	deployment, err := c.Clientset().AppsV1().Deployments(Name).Get(t.Context(), Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pod := deployment.Spec.Template.Spec
	name := pod.Volumes[0].ConfigMap.Name
	policy, err := c.Clientset().CoreV1().ConfigMaps(Name).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil || !strings.Contains(policy.Data["policy.yaml"], "mode: Observe") {
		t.Errorf("the policy is %v, %v", policy, err)
	}
	if !strings.HasPrefix(pod.Containers[0].Image, "111122223333.dkr.ecr.") || pod.Containers[0].Env[0].Value != "prod" || pod.Containers[0].Env[1].Value != "eu-central-1" {
		t.Errorf("the container is %+v", pod.Containers[0])
	}
	if result, err := c.Kubectl(t.Context(), "", "delete", "--wait=false", "-k", folder); err != nil || result.Code != 0 {
		t.Errorf("delete: %+v, %v", result, err)
	}
}

// checkRights checks the ServiceAccount's permissions with kubectl auth can-i.
func checkRights(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	kubeconfig, err := c.KubeconfigFor(t.Context(), Name, Name)
	if err != nil {
		t.Fatal(err)
	}
	for question, want := range map[string]string{
		"create secrets -n fargate-webhook":                                    "yes",
		"update secrets/fargate-webhook-ca -n fargate-webhook":                 "yes",
		"get secrets/other -n fargate-webhook":                                 "no",
		"list secrets -n fargate-webhook":                                      "no",
		"get secrets/fargate-webhook-ca -n default":                            "no",
		"update leases.coordination.k8s.io/fargate-webhook -n fargate-webhook": "yes",
		"update leases.coordination.k8s.io/other -n fargate-webhook":           "no",
		"patch mutatingwebhookconfigurations/0400-fargate-webhook":             "yes",
		"patch mutatingwebhookconfigurations/other":                            "no",
		"delete mutatingwebhookconfigurations/0400-fargate-webhook":            "no",
		"patch validatingwebhookconfigurations/fargate-webhook":                "yes",
		"create validatingwebhookconfigurations":                               "no",
		"watch validatingwebhookconfigurations/fargate-webhook":                "yes",
		"watch validatingwebhookconfigurations":                                "no",
		"get clusterroles/fargate-webhook-registration":                        "yes",
		"get clusterroles/cluster-admin":                                       "no",
		"list pods -A":                                                         "yes",
		"delete pods -A":                                                       "no",
		"list endpointslices.discovery.k8s.io -n fargate-webhook":              "yes",
		"list endpointslices.discovery.k8s.io -n default":                      "no",
		"create pods -n fargate-webhook":                                       "no",
	} {
		args := append([]string{"auth", "can-i", "--quiet=false"}, strings.Fields(question)...)
		result, err := c.KubectlAs(t.Context(), kubeconfig, "", args...)
		if err != nil || strings.TrimSpace(result.Stdout) != want {
			t.Errorf("can-i %s: %+v, %v; want %s", question, result, err, want)
		}
	}
	checkApply(t, c, kubeconfig)
}

// checkApply checks a property of the API server that the manifests rely on: create limited to
// resourceNames allows server-side apply of these names only.
func checkApply(t *testing.T, c *cluster.Cluster, kubeconfig string) {
	t.Helper()
	const configuration = "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata:\n  name: "
	for name, code := range map[string]int{"0400-fargate-webhook": 0, "0300-other": 1} {
		result, err := c.KubectlAs(t.Context(), kubeconfig, configuration+name+"\n", "apply", "--server-side", "-f", "-")
		if err != nil || result.Code != code || code == 1 && !strings.Contains(result.Stderr, "forbidden") {
			t.Errorf("apply %s: %+v, %v; want code %d", name, result, err, code)
		}
	}
}
