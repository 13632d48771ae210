package e2e

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// optOut is in every refusal of an object that may still be annotated.
const optOut = "EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to "

// TestExamplesRefused applies the examples that are there to be refused.
func TestExamplesRefused(t *testing.T) {
	c, _ := withWebhook(t)
	for file, wants := range map[string][]string{
		"examples/daemonset.yaml": {
			`admission webhook "daemonsets.validate.fargate-webhook" denied the request`,
			`daemonset: Fargate runs no DaemonSets, and Fargate profile "apps-fargate-profile" selects the pods of this one`,
			"run it as a sidecar container",
			"eks.amazonaws.com/compute-type NotIn [fargate]",
			optOut,
		},
		"examples/service-nodeport.yaml": {
			`admission webhook "services.validate.fargate-webhook" denied the request`,
			`run on Fargate (profile apps-fargate-profile), and a Fargate node serves no node ports`,
			"use type: ClusterIP",
			optOut,
		},
	} {
		t.Run(file, func(t *testing.T) {
			for _, args := range [][]string{{"apply", "-f", "-"}, {"apply", "--server-side", "-f", "-"}, {"create", "-f", "-"}} {
				mustRefuse(t, kubectl(t, c, manifest(t, file), args...), wants...)
			}
			mustRefuse(t, kubectl(t, c, manifest(t, file), "get", "-f", "-"), "NotFound")
		})
	}
}

// TestBrokenPinRefused: nobody says what EKS does with a pod that names a profile that isn't there
// (F1.8).
func TestBrokenPinRefused(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	mustRefuse(t, kubectl(t, c, manifest(t, "refused/pod-pinned.yaml"), "apply", "-n", namespace, "-f", "-"),
		"profile-pin:", `"gone"`, "name an ACTIVE Fargate profile", optOut)
}

// TestUpdates: what was all right may not become wrong, and what was wrong before us may still be
// edited.
func TestUpdates(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	t.Run("Service becomes NodePort", func(t *testing.T) {
		apply(t, c, namespace, manifest(t, "untouched/service-clusterip.yaml"))
		patch := []string{"-n", namespace, "patch", "service", "cluster-ip", "--type=merge", "-p"}
		mustRefuse(t, kubectl(t, c, "", append(patch, `{"spec":{"type":"NodePort"}}`)...), "node-port:")
		mustKubectl(t, c, "", append(patch, `{"metadata":{"labels":{"edited":"true"}}}`)...)
	})
	t.Run("DaemonSet loses its affinity", func(t *testing.T) {
		const excluding = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [" +
			"{matchExpressions: [{key: " + computeType + ", operator: NotIn, values: [fargate]}]}]}}},"
		apply(t, c, namespace, agentSet("excluding", "", excluding))
		patch := []string{"-n", namespace, "patch", "daemonset", "excluding", "--type=merge", "-p"}
		mustRefuse(t, kubectl(t, c, "", append(patch, `{"spec":{"template":{"spec":{"affinity":null}}}}`)...), "daemonset:")
		mustKubectl(t, c, "", append(patch, `{"metadata":{"labels":{"edited":"true"}}}`)...)
	})
	t.Run("what was there before", func(t *testing.T) {
		// Made while the namespace is exempt, as if before the webhook was installed.
		before := newNamespace(t, c, "fargate-", map[string]string{"fargate-webhook/exempt": "true"})
		for _, file := range []string{"refused/daemonset.yaml", "refused/service.yaml"} {
			apply(t, c, before, manifest(t, file))
		}
		mustKubectl(t, c, "", "label", "namespace", before, "fargate-webhook/exempt-")
		awaitRefusal(t, c, before)
		for _, kind := range []string{"daemonset/agent", "service/web"} {
			mustKubectl(t, c, "", "-n", before, "patch", kind, "--type=merge", "-p", `{"metadata":{"labels":{"edited":"true"}}}`)
		}
		// It is let through because it was wrong already, and not because of its name.
		mustKubectl(t, c, "", "-n", before, "delete", "service", "web")
		mustRefuse(t, kubectl(t, c, manifest(t, "refused/service.yaml"), "apply", "-n", before, "-f", "-"), "node-port:")
	})
	t.Run("opt-out taken back", func(t *testing.T) {
		// The DaemonSet of before would select pods once they have the label: they don't get it.
		namespace := newNamespace(t, c, "fargate-", nil)
		apply(t, c, namespace, manifest(t, "untouched/service-opted-out.yaml"))
		mustRefuse(t, kubectl(t, c, "", "-n", namespace, "annotate", "service", "opted-out", "eks.amazonaws.com/compute-type-"), "node-port:")
	})
}

// TestStatus reads a refusal as programs do.
func TestStatus(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	_, err := c.Clientset().CoreV1().Services(namespace).Create(t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "web-"},
		Spec: corev1.ServiceSpec{
			Type:     corev1.ServiceTypeNodePort,
			Selector: map[string]string{"app": "web"},
			Ports:    []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(80)}},
		},
	}, metav1.CreateOptions{})
	status, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok {
		t.Fatalf("created, or %v", err)
	}
	if got := status.ErrStatus; got.Code != http.StatusForbidden || got.Reason != metav1.StatusReasonForbidden || got.Details == nil {
		t.Fatalf("status %+v", got)
	}
	var got [][2]string
	for _, cause := range status.ErrStatus.Details.Causes {
		got = append(got, [2]string{string(cause.Type), cause.Field})
		if !strings.Contains(cause.Message, "use type: ClusterIP") {
			t.Errorf("a cause without remedy: %q", cause.Message)
		}
	}
	if diff := cmp.Diff([][2]string{{"node-port", "spec.type"}}, got); diff != "" {
		t.Errorf("causes (-want +got):\n%s", diff)
	}
}
