package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// workloadKinds are the resources whose templates are judged, in the order of their registration.
func workloadKinds() []string {
	return []string{"deployments", "statefulsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs"}
}

// pinnedWorkload is a manifest of the kind whose pods name a profile that isn't there.
func pinnedWorkload(t *testing.T, kind, name string) string {
	t.Helper()
	const template = `{metadata: {labels: {app: web, eks.amazonaws.com/fargate-profile: gone}}, spec: {restartPolicy: Always, containers: [{name: app, image: app}]}}`
	once := strings.Replace(template, "Always", "Never", 1)
	header, spec := "", ""
	switch kind {
	case "deployments":
		header, spec = "apiVersion: apps/v1, kind: Deployment", "{replicas: 1, selector: {matchLabels: {app: web}}, template: "+template+"}"
	case "statefulsets":
		header, spec = "apiVersion: apps/v1, kind: StatefulSet", "{replicas: 1, serviceName: web, selector: {matchLabels: {app: web}}, template: "+template+"}"
	case "replicasets":
		header, spec = "apiVersion: apps/v1, kind: ReplicaSet", "{replicas: 1, selector: {matchLabels: {app: web}}, template: "+template+"}"
	case "replicationcontrollers":
		header, spec = "apiVersion: v1, kind: ReplicationController", "{replicas: 1, selector: {app: web}, template: "+template+"}"
	case "jobs":
		header, spec = "apiVersion: batch/v1, kind: Job", "{template: "+once+"}"
	case "cronjobs":
		header, spec = "apiVersion: batch/v1, kind: CronJob", "{schedule: 0 3 * * *, jobTemplate: {spec: {template: "+once+"}}}"
	default:
		t.Fatalf("no manifest for %s", kind)
	}
	return fmt.Sprintf("{%s, metadata: {name: %s}, spec: %s}", header, name, spec)
}

// TestWorkloadsWarned: a workload whose pods will be refused is admitted with a warning that names
// the place in what the user wrote.
func TestWorkloadsWarned(t *testing.T) {
	c, webhook := withWebhookForSubtests(t)
	for _, kind := range workloadKinds() {
		t.Run(kind, func(t *testing.T) {
			inParallel(t)
			namespace := newNamespace(t, c, "fargate-", nil)
			const warning = `Warning: Fargate will refuse these pods: profile-pin: the label eks.amazonaws.com/fargate-profile must name a profile that can take the pod, not "gone"`
			text := pinnedWorkload(t, kind, "web")
			for _, args := range [][]string{{"create", "--dry-run=server"}, {"apply", "--server-side"}} {
				result := kubectl(t, c, text, append(args, "-n", namespace, "-f", "-")...)
				if result.Code != 0 || strings.Count(result.Stderr, warning) != 1 || strings.Count(result.Stderr, "Warning: ") != 1 {
					t.Fatalf("kubectl %s: exit code %d, want the warning %s in:\n%s", args[0], result.Code, warning, result.Stderr)
				}
			}
			// What was there before is not told again.
			if result := kubectl(t, c, "", "-n", namespace, "label", kind, "web", "edited=true"); result.Code != 0 || strings.Contains(result.Stderr, "Warning: ") {
				t.Errorf("edited: exit code %d\n%s", result.Code, result.Stderr)
			}
			if kind == "cronjobs" {
				return // it has no pods before 3 o'clock
			}
			// Its pods are refused, so that nothing hangs Pending.
			lines := awaitAudit(t, webhook, namespace, 1)
			if lines[0].Resource != "pods" || len(lines[0].Findings) != 1 || lines[0].Findings[0].Rule != "profile-pin" {
				t.Errorf("the audit log has %+v", lines)
			}
		})
	}
}

// TestOwnedWorkloads: what a controller makes is left to the workload that a user wrote. A
// ReplicaSet of nobody's would be warned about, and one of a Deployment is not, though it is the
// same.
func TestOwnedWorkloads(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	apply(t, c, namespace, pinnedWorkload(t, "deployments", "web"))
	var owner metav1.OwnerReference
	err := cluster.Await(t.Context(), podsDeadline, "the Deployment has a ReplicaSet", func(ctx context.Context) error {
		list, err := c.Clientset().AppsV1().ReplicaSets(namespace).List(ctx, metav1.ListOptions{})
		if err == nil && len(list.Items) == 0 {
			err = fmt.Errorf("it has none")
		}
		if err == nil {
			owner = list.Items[0].OwnerReferences[0]
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	owned := strings.Replace(pinnedWorkload(t, "replicasets", "owned"), "metadata: {name: owned}",
		fmt.Sprintf("metadata: {name: owned, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: %s, controller: true}]}", owner.UID), 1)
	result := kubectl(t, c, owned, "-n", namespace, "create", "--dry-run=server", "-f", "-")
	if result.Code != 0 || strings.Contains(result.Stderr, "Warning: ") || !strings.Contains(result.Stdout, "owned") {
		t.Errorf("exit code %d: %s%s", result.Code, result.Stdout, result.Stderr)
	}
	if result := kubectl(t, c, pinnedWorkload(t, "replicasets", "free"), "-n", namespace, "create", "--dry-run=server", "-f", "-"); !strings.Contains(result.Stderr, "Warning: Fargate will refuse these pods: profile-pin: ") {
		t.Errorf("without an owner: %s%s", result.Stdout, result.Stderr)
	}
}

// TestWorkloadsElsewhere: in a namespace without Fargate, and for pods that are opted out, nothing
// is said.
func TestWorkloadsElsewhere(t *testing.T) {
	c, _ := withWebhook(t)
	optedOut := strings.Replace(pinnedWorkload(t, "deployments", "web"), "template: {metadata: {", "template: {metadata: {annotations: {eks.amazonaws.com/compute-type: ec2}, ", 1)
	for name, what := range map[string]struct{ namespace, manifest string }{
		"no profile": {newNamespace(t, c, "ec2-", nil), pinnedWorkload(t, "deployments", "web")},
		"opted out":  {newNamespace(t, c, "fargate-", nil), optedOut},
	} {
		if result := kubectl(t, c, what.manifest, "-n", what.namespace, "create", "--dry-run=server", "-f", "-"); result.Code != 0 || result.Stderr != "" {
			t.Errorf("%s: exit code %d: %s", name, result.Code, result.Stderr)
		}
	}
}

// TestDebuggedPods: kubectl debug adds containers to a pod that runs, and those are held to the
// rules as well (F4.26).
func TestDebuggedPods(t *testing.T) {
	c, webhook := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	for node, refused := range map[string]bool{"": true, "fargate-ip-192-0-2-1": true, "ip-192-0-2-1": false} {
		pod := boundTo(t, c, namespace, node)
		debug := []string{"-n", namespace, "debug", pod.Name, "--image=debug", "--attach=false", "--target=c", "--profile"}
		mustKubectl(t, c, "", append(debug, "baseline")...)
		result := kubectl(t, c, "", append(debug, "sysadmin")...)
		if !refused {
			if result.Code != 0 {
				t.Errorf("on %s: %s", node, result.Stderr)
			}
			continue
		}
		mustRefuse(t, result, `admission webhook "ephemeralcontainers.validate.fargate-webhook" denied the request: Fargate can't run this pod`,
			"- privileged: ephemeral container", "must not be privileged", "It runs on Fargate already")
	}
	for _, line := range awaitAudit(t, webhook, namespace, 2) {
		if line.Resource != "pods" || line.SubResource != "ephemeralcontainers" || line.Findings[0].Field != "spec.ephemeralContainers[1].securityContext.privileged" {
			t.Errorf("the audit line is %+v", line)
		}
	}
}
