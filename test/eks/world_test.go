package eks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awseks "github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
)

const deadline = time.Minute

// TestWorld runs the stand-in on a real control plane, without the webhook that is tested on it
// elsewhere.
func TestWorld(t *testing.T) {
	clustertest.Needed(t)
	c := clustertest.Start(t, cluster.Options{})
	w, err := Start(t.Context(), Options{Config: c.Config(), EC2Nodes: 1, Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	kubectl := func(stdin string, args ...string) string {
		t.Helper()
		result, err := c.Kubectl(t.Context(), stdin, args...)
		if err != nil || result.Code != 0 {
			t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, result.Stderr)
		}
		return result.Stdout
	}
	if out := kubectl("", "get", "mutatingwebhookconfigurations", "-o", "name"); out != "" {
		t.Errorf("before the first profile: %s; want none (F2.4)", out)
	}
	client := sdk(t, w)
	_, err = client.CreateFargateProfile(t.Context(), &awseks.CreateFargateProfileInput{
		ClusterName: aws.String("demo"), FargateProfileName: aws.String("apps"), PodExecutionRoleArn: aws.String("arn:aws:iam::111122223333:role/pod-execution"),
		Selectors: []types.FargateProfileSelector{{Namespace: aws.String("apps")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	waiter := awseks.NewFargateProfileActiveWaiter(client, func(o *awseks.FargateProfileActiveWaiterOptions) {
		o.MinDelay, o.MaxDelay = 10*time.Millisecond, time.Second
	})
	if err := waiter.Wait(t.Context(), &awseks.DescribeFargateProfileInput{ClusterName: aws.String("demo"), FargateProfileName: aws.String("apps")}, deadline); err != nil {
		t.Fatal(err)
	}
	kubectl("", "create", "namespace", "apps")
	if err := c.AwaitNamespace(t.Context(), "apps"); err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, c: c, w: w, kubectl: kubectl}
	t.Run("runs", s.runs)
	t.Run("refuses", s.refuses)
	t.Run("patches", s.patches)
	t.Run("ends jobs", s.endsJobs)
	t.Run("daemonsets", s.daemonSets)
	t.Run("deletes profiles", s.deletesProfile)
}

type scene struct {
	t       *testing.T
	c       *cluster.Cluster
	w       *World
	kubectl func(stdin string, args ...string) string
}

// await waits until the pods of a label are as wanted, and returns them.
func (s *scene) await(t *testing.T, selector, what string, wanted func([]corev1.Pod) bool) []corev1.Pod {
	t.Helper()
	var pods []corev1.Pod
	err := cluster.Await(t.Context(), deadline, what, func(ctx context.Context) error {
		list, err := s.c.Clientset().CoreV1().Pods("apps").List(ctx, metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			return err
		}
		if pods = list.Items; !wanted(pods) {
			return fmt.Errorf("there are %d: %+v", len(pods), pods)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pods
}

// ready returns whether there are n pods, and all run and are ready.
func ready(n int) func([]corev1.Pod) bool {
	return func(pods []corev1.Pod) bool {
		return len(pods) == n && !slices.ContainsFunc(pods, func(pod corev1.Pod) bool {
			return pod.DeletionTimestamp != nil || !slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
				return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
			})
		})
	}
}

// runs: pods that a profile selects get a node each; a Service has their addresses; the nodes go
// with the pods. Others get the EC2 node.
func (s *scene) runs(t *testing.T) {
	s.kubectl("", "-n", "apps", "create", "deployment", "web", "--image=web", "--replicas=3", "--port=80")
	s.kubectl("", "-n", "apps", "expose", "deployment", "web")
	pods := s.await(t, "app=web", "the pods run", ready(3))
	for i := range pods {
		pod := &pods[i]
		node, err := s.c.Clientset().CoreV1().Nodes().Get(t.Context(), pod.Spec.NodeName, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if pod.Status.PodIP != node.Status.Addresses[0].Address || !strings.HasPrefix(node.Name, "fargate-ip-10-") || len(node.Spec.Taints) != 1 || node.Spec.Taints[0] != fargateTaint {
			t.Errorf("pod %s on node %s with taints %v", pod.Status.PodIP, node.Name, node.Spec.Taints)
		}
		if pod.Annotations["CapacityProvisioned"] != "0.25vCPU 0.5GB" || pod.Annotations["Logging"] != "LoggingDisabled: LOGGING_CONFIGMAP_NOT_FOUND" {
			t.Errorf("annotations %v", pod.Annotations)
		}
		if pod.Labels[profileLabel] != "apps" || pod.Spec.PriorityClassName != fargatePriority {
			t.Errorf("labels %v, priority %s", pod.Labels, pod.Spec.PriorityClassName)
		}
	}
	if err := cluster.Await(t.Context(), deadline, "the Service has three addresses", func(context.Context) error {
		out := s.kubectl("", "-n", "apps", "get", "endpointslices", "-l", "kubernetes.io/service-name=web", "-o", "jsonpath={.items[*].endpoints[?(@.conditions.ready)].addresses[0]}")
		if len(strings.Fields(out)) != 3 {
			return fmt.Errorf("it has %q", out)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	s.kubectl("", "-n", "apps", "delete", "deployment,service", "web")
	s.kubectl("", "run", "elsewhere", "--image=c")
	s.kubectl("", "wait", "pod/elsewhere", "--for=condition=Ready", "--timeout=60s")
	if err := cluster.Await(t.Context(), deadline, "the nodes are gone", func(context.Context) error {
		if out := s.kubectl("", "get", "nodes", "-o", "name"); !strings.HasPrefix(out, "node/ip-10-") || strings.Count(out, "\n") != 1 {
			return fmt.Errorf("there are %s", out)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// refuses: a pod that Fargate can't run is claimed, and hangs with an event. It isn't looked at
// again.
func (s *scene) refuses(t *testing.T) {
	s.kubectl("", "-n", "apps", "run", "agent", "--image=c", "--privileged")
	const want = "Pod not supported on Fargate: invalid SecurityContext fields: Privileged"
	s.await(t, "run=agent", "the pod is refused", func(pods []corev1.Pod) bool {
		return len(pods) == 1 && slices.ContainsFunc(pods[0].Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == reasonUnsupported && c.Message == want
		})
	})
	s.kubectl("", "-n", "apps", "annotate", "pod", "agent", "look=again")
	if err := cluster.Await(t.Context(), deadline, "the pod has its event", func(context.Context) error {
		out := s.kubectl("", "-n", "apps", "get", "events", "--field-selector=involvedObject.name=agent", "-o", "jsonpath={range .items[*]}{.source.component} {.reason} {.message}{'\\n'}{end}")
		if out != "fargate-scheduler FailedScheduling "+want+"\n" {
			return fmt.Errorf("events: %s", out)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	s.kubectl("", "-n", "apps", "delete", "pod", "agent")
}

// patches: a budget that allows it has the pod evicted, one that doesn't has it deleted.
func (s *scene) patches(t *testing.T) {
	s.kubectl("", "-n", "apps", "create", "deployment", "web", "--image=web", "--replicas=2")
	s.kubectl("", "-n", "apps", "create", "poddisruptionbudget", "web", "--selector=app=web", "--max-unavailable=1")
	for _, allowed := range []string{"1", "0"} {
		s.kubectl("", "-n", "apps", "patch", "poddisruptionbudget", "web", "--type=merge", "-p", `{"spec":{"maxUnavailable":`+allowed+`}}`)
		pods := s.await(t, "app=web", "the pods run", ready(2))
		s.kubectl("", "-n", "apps", "wait", "poddisruptionbudget/web", "--for=jsonpath={.status.disruptionsAllowed}="+allowed, "--timeout=60s")
		done, err := s.w.Patch(t.Context(), "apps", pods[0].Name)
		if err != nil {
			t.Fatal(err)
		}
		if done.Deleted != (allowed == "0") || len(done.Refused) != map[bool]int{false: 0, true: 2}[allowed == "0"] {
			t.Errorf("%s allowed: %+v", allowed, done)
		}
		s.await(t, "app=web", "another pod has come", func(pods2 []corev1.Pod) bool {
			return ready(2)(pods2) && !slices.ContainsFunc(pods2, func(p corev1.Pod) bool { return p.UID == pods[0].UID })
		})
	}
	s.kubectl("", "-n", "apps", "delete", "deployment,poddisruptionbudget", "web")
}

// endsJobs: the pod of a Job succeeds, keeps its node, and loses it when it is deleted (F3.15).
func (s *scene) endsJobs(t *testing.T) {
	s.kubectl("", "-n", "apps", "create", "job", "once", "--image=c")
	s.kubectl("", "-n", "apps", "wait", "job/once", "--for=condition=Complete", "--timeout=60s")
	pods := s.await(t, "job-name=once", "the pod has succeeded", func(pods []corev1.Pod) bool { return len(pods) == 1 && pods[0].Status.Phase == corev1.PodSucceeded })
	s.kubectl("", "get", "node", pods[0].Spec.NodeName)
	s.kubectl("", "-n", "apps", "delete", "job", "once")
	err := cluster.Await(t.Context(), deadline, "the node is gone", func(ctx context.Context) error {
		_, err := s.c.Clientset().CoreV1().Nodes().Get(ctx, pods[0].Spec.NodeName, metav1.GetOptions{})
		if !apierrors.IsNotFound(err) {
			return fmt.Errorf("it is there: %w", cmp.Or(err, errors.New("no error")))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// daemonSets: a DaemonSet gets no pods on Fargate nodes but for one that tolerates everything, whose
// pods there have no place (F5.3, F5.4).
func (s *scene) daemonSets(t *testing.T) {
	s.kubectl("", "-n", "apps", "create", "deployment", "web", "--image=web")
	s.await(t, "app=web", "the pod runs", ready(1))
	const set = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: %[1]s}
spec:
  selector: {matchLabels: {set: %[1]s}}
  template: {metadata: {labels: {set: %[1]s}}, spec: {containers: [{name: c, image: c}], tolerations: %[2]s}}
`
	s.kubectl(fmt.Sprintf(set, "plain", "[]"), "-n", "apps", "apply", "-f", "-")
	s.kubectl(fmt.Sprintf(set, "all", "[{operator: Exists}]"), "-n", "apps", "apply", "-f", "-")
	s.await(t, "set=plain", "one pod runs", ready(1))
	s.await(t, "set=all", "one of two pods runs", func(pods []corev1.Pod) bool {
		hangs := func(pod corev1.Pod) bool {
			return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool { return strings.Contains(c.Message, "1 Too many pods") })
		}
		return len(pods) == 2 && slices.ContainsFunc(pods, hangs) && slices.ContainsFunc(pods, func(pod corev1.Pod) bool { return ready(1)([]corev1.Pod{pod}) })
	})
	s.kubectl("", "-n", "apps", "delete", "daemonset", "plain", "all")
}

// deletesProfile: its pods are stopped, those that come after them aren't claimed (F1.12).
func (s *scene) deletesProfile(t *testing.T) {
	before := s.await(t, "app=web", "the pod runs", ready(1))[0]
	if err := s.w.DeleteProfile(t.Context(), "apps"); err != nil {
		t.Fatal(err)
	}
	after := s.await(t, "app=web", "another pod runs", func(pods []corev1.Pod) bool { return ready(1)(pods) && pods[0].UID != before.UID })[0]
	if strings.HasPrefix(after.Spec.NodeName, "fargate-") || after.Labels[profileLabel] != "" {
		t.Errorf("on %s with labels %v", after.Spec.NodeName, after.Labels)
	}
}
