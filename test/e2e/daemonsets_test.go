package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

const computeType = "eks.amazonaws.com/compute-type"

// agentSet is the manifest of a DaemonSet whose pods the profile "each-test" selects in its
// namespaces. more goes into the pods' spec.
func agentSet(name, annotations, more string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: DaemonSet
metadata: {name: %s, annotations: {%s}}
spec:
  selector: {matchLabels: {run: on-fargate}}
  template:
    metadata: {labels: {run: on-fargate}}
    spec: {%s containers: [{name: agent, image: agent}]}
`, name, annotations, more)
}

func getDaemonSet(t *testing.T, c *cluster.Cluster, namespace, name string) *appsv1.DaemonSet {
	t.Helper()
	set, err := c.Clientset().AppsV1().DaemonSets(namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestDaemonSets: one that a profile selects is refused with what to do, unless it keeps off
// Fargate nodes or is opted out. One that is there already may be edited.
func TestDaemonSets(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	mustRefuse(t, kubectl(t, c, agentSet("agent", "", ""), "apply", "-n", namespace, "-f", "-"),
		`daemonset: Fargate runs no DaemonSets, and Fargate profile "each-test" selects the pods of this one`, "sidecar", computeType+" NotIn [fargate]", computeType+": ec2")
	apply(t, c, namespace, agentSet("opted-out", computeType+": ec2", ""))
	tolerating := kubectl(t, c, agentSet("tolerating", computeType+": ec2", "tolerations: [{operator: Exists}],"), "apply", "-n", namespace, "-f", "-")
	if tolerating.Code != 0 || !strings.Contains(tolerating.Stderr, "Warning: daemonset-toleration:") {
		t.Errorf("one that tolerates Fargate nodes: %+v; want it let through with a warning", tolerating)
	}

	edited := strings.Replace(agentSet("opted-out", computeType+": ec2", ""), "image: agent", "image: agent:2", 1)
	apply(t, c, namespace, edited)
	mustRefuse(t, kubectl(t, c, "", "annotate", "daemonset", "opted-out", computeType+"-", "-n", namespace), "daemonset: ")
}

// TestDaemonSetOfEKS: the real manifest of aws-node is admitted where a profile selects every pod,
// without a word (F5.2, S10).
func TestDaemonSetOfEKS(t *testing.T) {
	c, _ := withWebhook(t)
	content, err := os.ReadFile("../../../shared/corpus/amazon-vpc-cni/master__aws-k8s-cni.yaml")
	if err != nil {
		t.Skip("the corpus of real manifests is not beside the repository")
	}
	namespace := newNamespace(t, c, "two-profiles-", nil)
	documents := strings.Split(string(content), "\n---")
	set := slices.IndexFunc(documents, func(text string) bool { return strings.Contains(text, "\nkind: DaemonSet") })
	if set < 0 {
		t.Fatal("there is no DaemonSet in it")
	}
	text := strings.Replace(documents[set], "namespace: kube-system", "namespace: "+namespace, 1)
	result := kubectl(t, c, text, "apply", "--server-side", "-f", "-")
	if result.Code != 0 || strings.Contains(result.Stderr, "Warning: [daemonset") {
		t.Errorf("aws-node: %+v", result)
	}
}

// TestDaemonSetsSteered: under daemonSets: Steer one is given the affinity when it is created, and
// keeps it after. Its controller then makes a pod for the plain node alone, and of one that
// tolerates all taints for both (F5.3, F5.4).
func TestDaemonSetsSteered(t *testing.T) {
	config := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(config, []byte("apiVersion: fargate-webhook/v1alpha1\nkind: Policy\ndaemonSets: Steer\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay=0s", "--config="+config), nil)
	plain := newNode(t, c, "plain", corev1.NodeSpec{})
	fargate := newNode(t, c, "fargate", corev1.NodeSpec{Taints: []corev1.Taint{{Key: computeType, Value: "fargate", Effect: corev1.TaintEffectNoSchedule}}})
	blanket := "tolerations: [{operator: Exists}],"
	for name, args := range map[string][]string{"client-side": {"apply"}, "server-side": {"apply", "--server-side"}} {
		namespace := newNamespace(t, c, "fargate-", nil)
		args = append(args, "-n", namespace, "-f", "-")
		mustKubectl(t, c, agentSet("agent", "", blanket), args...)
		first := getDaemonSet(t, c, namespace, "agent")
		if !isSteered(first) {
			t.Fatalf("%s: its affinity is %+v", name, first.Spec.Template.Spec.Affinity)
		}
		result := kubectl(t, c, agentSet("agent", "", blanket), args...)
		again := getDaemonSet(t, c, namespace, "agent")
		if result.Code != 0 || strings.Contains(result.Stderr, "Warning: [") || !isSteered(again) || again.Generation != first.Generation {
			t.Errorf("%s, applied again: %+v, generation %d after %d", name, result, again.Generation, first.Generation)
		}
		awaitPodsFor(t, c, namespace, plain)
		mustKubectl(t, c, agentSet("agent", "", blanket), "replace", "-n", namespace, "-f", "-")
		if replaced := getDaemonSet(t, c, namespace, "agent"); !isSteered(replaced) || replaced.Generation != first.Generation {
			t.Errorf("%s, replaced: %+v, generation %d after %d", name, replaced.Spec.Template.Spec.Affinity, replaced.Generation, first.Generation)
		}
		mustKubectl(t, c, "", "annotate", "daemonset", "agent", "-n", namespace, "--overwrite", "fargate-webhook/added=")
		result = kubectl(t, c, "", "patch", "daemonset", "agent", "-n", namespace, "--type=json", `--patch=[{"op":"remove","path":"/spec/template/spec/affinity"}]`)
		if result.Code != 0 || !strings.Contains(result.Stderr, "Warning: daemonset:") || isSteered(getDaemonSet(t, c, namespace, "agent")) {
			t.Errorf("%s, the affinity taken away: %+v; want it let through with a warning", name, result)
		}
		// A list of the manifest's own is set back by the next apply, and gets the requirement
		// again.
		own := agentSet("own", "", "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: ["+
			"{matchExpressions: [{key: kubernetes.io/os, operator: In, values: [linux]}]}]}}},")
		mustKubectl(t, c, own, args...)
		if set := getDaemonSet(t, c, namespace, "own"); !isSteered(set) {
			t.Errorf("%s: the affinity is %+v", name, set.Spec.Template.Spec.Affinity)
		}
		result = kubectl(t, c, own, args...)
		if result.Code != 0 || strings.Contains(result.Stderr, "Warning: daemonset:") || !isSteered(getDaemonSet(t, c, namespace, "own")) {
			t.Errorf("%s, an affinity of its own applied again: %+v; want it steered as before", name, result)
		}
	}
	elsewhere := newNamespace(t, c, "ec2-", nil)
	apply(t, c, elsewhere, agentSet("blanket", "", blanket))
	awaitPodsFor(t, c, elsewhere, fargate, plain)
}

func isSteered(set *appsv1.DaemonSet) bool {
	affinity := set.Spec.Template.Spec.Affinity
	if affinity == nil || affinity.NodeAffinity == nil || affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return false
	}
	terms := affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	return len(terms) == 1 && slices.ContainsFunc(terms[0].MatchExpressions, func(r corev1.NodeSelectorRequirement) bool {
		return r.Key == computeType && r.Operator == corev1.NodeSelectorOpNotIn && slices.Equal(r.Values, []string{"fargate"})
	})
}

// newNode makes a node until the test ends, labelled as of that compute type, and returns its name.
// The API server taints each new node as not ready, which a kubelet and a controller would take
// back.
func newNode(t *testing.T, c *cluster.Cluster, kind string, spec corev1.NodeSpec) string {
	t.Helper()
	nodes := c.Clientset().CoreV1().Nodes()
	labels := map[string]string{corev1.LabelOSStable: "linux", corev1.LabelArchStable: "amd64"}
	if kind == "fargate" {
		labels[computeType] = kind
	}
	node, err := nodes.Create(t.Context(), &corev1.Node{ObjectMeta: metav1.ObjectMeta{GenerateName: kind + "-", Labels: labels}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := nodes.Delete(context.WithoutCancel(t.Context()), node.Name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	node.Spec = spec
	if _, err := nodes.Update(t.Context(), node, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	return node.Name
}

// awaitPodsFor waits until the DaemonSet controller has done what it wants in the namespace, which
// is pods for just those nodes.
func awaitPodsFor(t *testing.T, c *cluster.Cluster, namespace string, nodes ...string) {
	t.Helper()
	slices.Sort(nodes)
	err := cluster.Await(t.Context(), podsDeadline, "the pods of the DaemonSet in "+namespace, func(ctx context.Context) error {
		sets, err := c.Clientset().AppsV1().DaemonSets(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for i := range sets.Items {
			set := &sets.Items[i]
			if set.Status.ObservedGeneration != set.Generation || int(set.Status.DesiredNumberScheduled) != len(nodes) {
				return fmt.Errorf("%s wants %d pods, not %d", set.Name, set.Status.DesiredNumberScheduled, len(nodes))
			}
		}
		pods, err := c.Clientset().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		var got []string
		for i := range pods.Items {
			got = append(got, nodeOf(&pods.Items[i]))
		}
		slices.Sort(got)
		if !slices.Equal(got, nodes) {
			return fmt.Errorf("there are pods for %v, want them for %v", got, nodes)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// nodeOf is the node that the DaemonSet controller made a pod for: it leaves the binding to a
// scheduler.
func nodeOf(pod *corev1.Pod) string {
	if affinity := pod.Spec.Affinity; affinity != nil && affinity.NodeAffinity != nil && affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution != nil {
		for _, term := range affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
			for _, field := range term.MatchFields {
				return strings.Join(field.Values, ",")
			}
		}
	}
	return pod.Spec.NodeName
}
