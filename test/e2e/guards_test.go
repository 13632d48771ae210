package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// policyHead begins a policy file.
const policyHead = "apiVersion: fargate-webhook/v1alpha1\nkind: Policy\n"

// withPolicy is withOwnWebhook for a webhook with the profiles of the tests and a policy.
func withPolicy(t *testing.T, text string) (*cluster.Cluster, *install.Webhook) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay=0s", "--config="+config), nil)
}

// checkAdmitted applies a manifest and wants it admitted, with a warning that has the texts, or
// without any.
func checkAdmitted(t *testing.T, c *cluster.Cluster, namespace, text string, warnings ...string) {
	t.Helper()
	result := kubectl(t, c, text, "apply", "-n", namespace, "-f", "-")
	if result.Code != 0 || len(warnings) == 0 && result.Stderr != "" {
		t.Errorf("exit code %d, %s; want it admitted, with warnings %q:\n%s", result.Code, result.Stderr, warnings, text)
	}
	for _, warning := range warnings {
		if !strings.Contains(result.Stderr, warning) {
			t.Errorf("want the warning %q, have %q", warning, result.Stderr)
		}
	}
}

// TestReplicaSetKeepsItsPod: a ReplicaSet whose selector doesn't match pods with the profile's
// label makes as many pods as it is to, and no more: they aren't given the label (S24). The real
// controller would release a labelled pod and make another one, without end.
func TestReplicaSetKeepsItsPod(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	const set = `{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: plain}, spec: {replicas: 0,
		selector: {matchLabels: {app: plain}, matchExpressions: [{key: run, operator: DoesNotExist}]},
		template: {metadata: {labels: {app: plain}}, spec: {containers: [{name: c, image: c}]}}}}`
	checkAdmitted(t, c, namespace, set, `not-injected: the labels {run: "on-fargate"} of Fargate profile "each-test" are not added`, `ReplicaSet "plain"`)
	awaitAnswer(t, c, namespace, lone("plain"), `ReplicaSet "plain" would stop selecting the pod`)
	for _, replicas := range []int{1, 3} {
		mustKubectl(t, c, "", "-n", namespace, "scale", "replicaset", "plain", fmt.Sprintf("--replicas=%d", replicas))
		awaitPods(t, c, namespace, "app=plain", replicas)
	}
	// A controller that makes pods without end makes some in this time.
	time.Sleep(3 * time.Second)
	for _, pod := range awaitPods(t, c, namespace, "", 3) {
		if _, labelled := pod.Labels["run"]; labelled || len(pod.OwnerReferences) != 1 {
			t.Errorf("pod %s has the labels %v and the owners %v", pod.Name, pod.Labels, pod.OwnerReferences)
		}
	}
}

// ReplicaSets create their first pods before the webhook has seen them. These are not labelled,
// released and made again either.
func TestNewReplicaSetsKeepTheirPods(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	const sets, replicas = 10, 5
	var manifests strings.Builder
	for i := range sets {
		fmt.Fprintf(&manifests, `{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: new-%[1]d}, spec: {replicas: %[2]d,
		selector: {matchLabels: {app: new-%[1]d}, matchExpressions: [{key: run, operator: DoesNotExist}]},
		template: {metadata: {labels: {app: new-%[1]d}}, spec: {containers: [{name: c, image: c}]}}}}
---
`, i, replicas)
	}
	mustKubectl(t, c, manifests.String(), "-n", namespace, "apply", "-f", "-")
	for i := range sets {
		awaitPods(t, c, namespace, fmt.Sprintf("app=new-%d", i), replicas)
	}
	for _, pod := range awaitPods(t, c, namespace, "", sets*replicas) {
		if _, labelled := pod.Labels["run"]; labelled || len(pod.OwnerReferences) != 1 {
			t.Errorf("pod %s has the labels %v and the owners %v", pod.Name, pod.Labels, pod.OwnerReferences)
		}
	}
}

// TestMixedNamespace: where some pods run on Fargate, by a label, and others on EC2 nodes, nothing
// that ran before is refused or moved.
func TestMixedNamespace(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	pod := func(name, metadata, spec string) string {
		return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: %s, labels: {app: %[1]s}%s}, spec: {%s containers: [{name: c, image: c}]}}", name, metadata, spec)
	}
	const notInjected = `not-injected: the labels {run: "on-fargate"} of Fargate profile "each-test" are not added: Fargate can't run it: `

	for _, volume := range []string{
		`{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: NAMESPACE}, provisioner: ebs.csi.aws.com}`,
		`{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {storageClassName: NAMESPACE, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}`,
	} {
		apply(t, c, namespace, strings.ReplaceAll(volume, "NAMESPACE", namespace))
	}
	ebs := pod("ebs", "", "volumes: [{name: data, persistentVolumeClaim: {claimName: data}}],")
	awaitAnswer(t, c, namespace, ebs, notInjected)
	checkAdmitted(t, c, namespace, ebs, notInjected, "which Fargate can never mount")
	checkAdmitted(t, c, namespace, pod("host", "", "hostNetwork: true,"), notInjected+"spec.hostNetwork must not be true")
	for _, name := range []string{"ebs", "host"} {
		if got := getPod(t, c, namespace, name); got.Labels["run"] != "" || len(got.Spec.Containers[0].Resources.Requests) > 0 {
			t.Errorf("%s is changed: labels %v, resources %v", name, got.Labels, got.Spec.Containers[0].Resources)
		}
	}

	checkAdmitted(t, c, namespace, `{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent}, spec: {selector: {matchLabels: {app: agent}},
		template: {metadata: {labels: {app: agent}}, spec: {hostNetwork: true, containers: [{name: c, image: c}]}}}}`)
	const annotations = ", annotations: {" + computeType + ": ec2}"
	checkAdmitted(t, c, namespace, pod("old", annotations, ""))
	checkAdmitted(t, c, namespace, fmt.Sprintf("{apiVersion: v1, kind: Service, metadata: {name: old%s}, spec: {type: NodePort, selector: {app: old}, ports: [{port: 80}]}}", annotations))

	checkServicesElsewhere(t, c, namespace)

	// What can run on Fargate does.
	checkAdmitted(t, c, namespace, pod("new", "", ""))
	if got := getPod(t, c, namespace, "new"); got.Labels["run"] != "on-fargate" {
		t.Errorf("the labels are %v", got.Labels)
	}
}

// checkServicesElsewhere: what leads traffic to a StatefulSet and a Deployment that stay on EC2
// nodes is admitted as it is. A Deployment that opts out later takes its Service along.
func checkServicesElsewhere(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	workload := func(kind, name, metadata, spec string) string {
		return fmt.Sprintf("{apiVersion: apps/v1, kind: %s, metadata: {name: %s}, spec: {replicas: 0, selector: {matchLabels: {app: %[2]s}}, "+
			"template: {metadata: {labels: {app: %[2]s}%s}, spec: {%s containers: [{name: c, image: c}]}}}}", kind, name, metadata, spec)
	}
	service := func(name, kind string) string {
		return fmt.Sprintf("{apiVersion: v1, kind: Service, metadata: {name: %s}, spec: {type: %s, selector: {app: %[1]s}, ports: [{port: 80}]}}", name, kind)
	}
	for name, w := range map[string]struct{ kind, spec string }{
		"db":    {"StatefulSet", "volumes: [{name: data, persistentVolumeClaim: {claimName: data}}],"},
		"proxy": {"Deployment", "hostNetwork: true,"},
	} {
		apply(t, c, namespace, workload(w.kind, name, "", w.spec))
		elsewhere := fmt.Sprintf("new pods of %s %q don't run on Fargate; others with these labels would, by profile \"each-test\"", w.kind, name)
		awaitAnswer(t, c, namespace, service(name, "NodePort"), elsewhere)
		checkAdmitted(t, c, namespace, service(name, "NodePort"), "node-port: this NodePort Service may select pods", elsewhere)
		checkAdmitted(t, c, namespace, strings.Replace(service(name, "LoadBalancer"), "name: "+name, "name: "+name+"-lb", 1))
		if got := getService(t, c, namespace, name+"-lb").Annotations; got["fargate-webhook/added"] != "" {
			t.Errorf("%s: a load balancer gets %v", name, got)
		}
	}
	apply(t, c, namespace, workload("Deployment", "moving", "", ""))
	const there = `this NodePort Service selects pods of Deployment "moving", which run on Fargate (profile each-test)`
	awaitAnswer(t, c, namespace, service("moving", "NodePort"), there)
	mustRefuse(t, kubectl(t, c, service("moving", "NodePort"), "apply", "-n", namespace, "-f", "-"), there, optOut)
	apply(t, c, namespace, workload("Deployment", "moving", ", annotations: {"+computeType+": ec2}", ""))
	awaitAnswer(t, c, namespace, service("moving", "NodePort"), `new pods of Deployment "moving" don't run on Fargate`)
	checkAdmitted(t, c, namespace, service("moving", "NodePort"), "node-port: ")
}

// TestFargateOnly: in a cluster without other nodes the webhook is asked in all namespaces, those
// that are exempt apart, and refuses what no profile takes. With other nodes it is asked where
// profiles select pods, as before.
func TestFargateOnly(t *testing.T) {
	c, webhook := withPolicy(t, policyHead+"nodes: FargateOnly\nexempt: {namespaces: [ec2-exempt-*]}\n")
	elsewhere, inside := newNamespace(t, c, "ec2-", nil), newNamespace(t, c, "fargate-", nil)
	const start = "no-profile: the pod must match a Fargate profile, since the cluster has no other nodes: "
	awaitAnswer(t, c, elsewhere, lone("web"), start)
	mustRefuse(t, kubectl(t, c, lone("web"), "apply", "-n", elsewhere, "-f", "-"), start+fmt.Sprintf("no ACTIVE Fargate profile selects namespace %q", elsewhere))
	line := awaitAudit(t, webhook, elsewhere, 1)[0]
	if len(line.Findings) != 1 || line.Findings[0].Rule != "no-profile" {
		t.Errorf("the audit line is %+v", line)
	}
	other := strings.Replace(lone("web"), "app: web", "app: web, run: on-ec2", 1)
	mustRefuse(t, kubectl(t, c, other, "apply", "-n", inside, "-f", "-"), start, `Fargate profile "each-test" requires run: on-fargate (the pod has "on-ec2")`)
	mustRefuse(t, kubectl(t, c, agentSet("agent", "", ""), "apply", "-n", elsewhere, "-f", "-"), "daemonset: Fargate runs no DaemonSets, and the cluster has no other nodes")
	apply(t, c, inside, lone("web"))
	if pod := getPod(t, c, inside, "lone"); pod.Labels["run"] != "on-fargate" {
		t.Errorf("the labels are %v", pod.Labels)
	}
	for _, exempt := range []string{newNamespace(t, c, "ec2-exempt-", nil), newNamespace(t, c, "ec2-", map[string]string{"fargate-webhook/exempt": "true"})} {
		apply(t, c, exempt, lone("web"))
	}

	withPolicy(t, policyHead+"nodes: Mixed\n")
	awaitAnswer(t, c, elsewhere, lone("web"), "")
	apply(t, c, elsewhere, lone("web"))
	apply(t, c, inside, strings.Replace(other, "name: lone", "name: other", 1))
}

// TestObserve: in mode Observe nothing is changed or refused. Who applies it, and the audit log,
// are told what would be.
func TestObserve(t *testing.T) {
	c, webhook := withPolicy(t, policyHead+"mode: Observe\nnamespaces: [{match: apps, mode: Enforce}]\n")
	namespace := newNamespace(t, c, "fargate-", nil)
	privileged := strings.Replace(lone("web"), "{name: c, image: c}", "{name: c, image: c, securityContext: {privileged: true}}", 1)
	privileged = strings.Replace(privileged, "app: web", "app: web, run: on-fargate", 1)
	awaitAnswer(t, c, namespace, privileged, "would be refused (mode Observe): privileged: ")
	checkAdmitted(t, c, namespace, privileged, "would be refused (mode Observe): privileged: ")
	line := awaitAudit(t, webhook, namespace, 1)[0]
	if !line.Observed || len(line.Findings) != 1 || line.Findings[0].Rule != "privileged" {
		t.Errorf("the audit line is %+v", line)
	}
	checkAdmitted(t, c, namespace, strings.Replace(lone("web"), "name: lone", "name: plain", 1), "would be changed (mode Observe): metadata/labels")
	lines := awaitAudit(t, webhook, namespace, 1)
	if !slices.ContainsFunc(lines, func(line auditLine) bool {
		return line.Event == "changed" && line.Observed && line.Name == "plain" && slices.Contains(line.Changes, "metadata/labels/run")
	}) {
		t.Errorf("no audit line says what would be changed: %+v", lines)
	}
	checkAdmitted(t, c, namespace, agentSet("agent", "", ""), "would be refused (mode Observe): daemonset: ")
	err := cluster.Await(t.Context(), podsDeadline, "both pods are as they were applied", func(ctx context.Context) error {
		pods, err := c.Clientset().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=web"})
		if err != nil {
			return err
		}
		if len(pods.Items) != 2 {
			return errors.New("they aren't there yet")
		}
		for _, pod := range pods.Items {
			if len(pod.Annotations["fargate-webhook/resources-applied"]) > 0 || pod.Name == "plain" && pod.Labels["run"] != "" || hasRequests(&pod) {
				t.Errorf("pod %s: labels %v, annotations %v", pod.Name, pod.Labels, pod.Annotations)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func hasRequests(pod *corev1.Pod) bool { return len(pod.Spec.Containers[0].Resources.Requests) > 0 }
