package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
	"fargate-webhook/test/cluster/install"
	"fargate-webhook/test/cluster/process"
)

func TestUsage(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"help":     {[]string{"--help"}, exitOK, "-once"},
		"flag":     {[]string{"--twice"}, exitUsage, "Usage: make run"},
		"nodes":    {[]string{"--ec2-nodes=-1"}, exitUsage, "must be between 0 and 100, not -1"},
		"argument": {[]string{"--once", "more"}, exitUsage, `unexpected argument "more"`},
	} {
		var out, log bytes.Buffer
		if code := run(t.Context(), test.args, &out, &log); code != test.code || !strings.Contains(log.String(), test.want) {
			t.Errorf("%s: exit %d, output %q; want %d and %q", name, code, log.String(), test.code, test.want)
		}
	}
}

func TestComparePod(t *testing.T) {
	want := story(0)[0].want
	pod := func(change func(*corev1.Pod)) *corev1.Pod {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "p", Labels: map[string]string{"run": "on-fargate", pinned: "apps-fargate-profile", "other": "x"}},
			Status:     corev1.PodStatus{Phase: corev1.PodRunning},
			Spec: corev1.PodSpec{NodeName: "fargate-ip-10-0-0-1", Containers: []corev1.Container{{Name: "c", Resources: corev1.ResourceRequirements{
				Requests: want.requests.DeepCopy(), Limits: want.limits.DeepCopy(),
			}}}},
		}
		change(pod)
		return pod
	}
	for name, test := range map[string]struct {
		change func(*corev1.Pod)
		want   string // empty: no difference
	}{
		"as expected": {func(*corev1.Pod) {}, ""},
		"no label":    {func(p *corev1.Pod) { delete(p.Labels, "run") }, "has no label run"},
		"other label": {func(p *corev1.Pod) { p.Labels["run"] = "x" }, `label run is "x"`},
		"request": {func(p *corev1.Pod) { p.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = quantity("1") },
			"container c requests cpu=1 ephemeral-storage=10Gi memory=512Mi; want cpu=250m"},
		"no node":  {func(p *corev1.Pod) { p.Spec.NodeName = "" }, "is without a node; want running on Fargate"},
		"EC2 node": {func(p *corev1.Pod) { p.Spec.NodeName = "ip-10-0-0-1" }, "is running on EC2"},
		"pending":  {func(p *corev1.Pod) { p.Status.Phase = corev1.PodPending }, "is starting"},
		"limit":    {func(p *corev1.Pod) { p.Spec.Containers[0].Resources.Limits = nil }, "container c has limits none; want cpu=250m"},
	} {
		got := strings.Join(comparePod(pod(test.change), want), "\n")
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q; want %q", name, got, test.want)
		}
	}
}

func TestCompareRefusal(t *testing.T) {
	refused := cluster.Result{Code: 1, Stderr: "denied the request: Fargate can't run this DaemonSet (profile apps):\n- daemonset: because"}
	if got := compareRefusal("f", refused, "daemonset"); got != nil {
		t.Errorf("a refusal as expected: %q", got)
	}
	for name, result := range map[string]cluster.Result{
		"admitted":     {Code: 0, Stdout: "created"},
		"other rule":   {Code: 1, Stderr: "denied the request: This Service can't reach pods on Fargate:\n- node-port: because"},
		"unreachable":  {Code: 1, Stderr: "failed calling webhook"},
		"code of diff": {Code: 2, Stderr: refused.Stderr},
	} {
		if got := compareRefusal("f", result, "daemonset"); len(got) == 0 {
			t.Errorf("%s: no difference", name)
		}
	}
}

func TestDescribeMarksWhatWasAdded(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Labels: map[string]string{"app": "a", "run": "r", pinned: "x"}}}
	got := describe(pod, map[string]string{"app": "a"}, "Warning: it hangs")
	if strings.Count(got, "added by the webhook") != 1 || !strings.Contains(got, "run=r   <- added by the webhook") ||
		!strings.Contains(got, "fargate-profile=x   <- added by EKS") || !strings.Contains(got, "Warning: it hangs") {
		t.Errorf("described as\n%s", got)
	}
}

func TestMonthly(t *testing.T) {
	for size, want := range map[string]string{"0.25vCPU 0.5GB": "9.01", "0.5vCPU 1GB": "18.02", "0.25vCPU 1GB": "10.63", "2vCPU 9GB": "88.30", "1vCPU 8GB": "55.51"} {
		if got, err := monthly(size); err != nil || fmt.Sprintf("%.2f", got) != want {
			t.Errorf("%s: %.2f, %v; want %s", size, got, err, want)
		}
	}
	for _, size := range []string{"", "1vCPU", "1 GB"} {
		if got, err := monthly(size); err == nil {
			t.Errorf("%q: %v", size, got)
		}
	}
}

func TestWaitReportsThatTheWebhookExited(t *testing.T) {
	p, err := process.Start(process.Command{Path: "/bin/sh", Args: []string{"-c", "echo out of luck; exit 3"}, Log: filepath.Join(t.TempDir(), "log")})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{cluster: &cluster.Cluster{}, webhook: &install.Webhook{Process: p}}
	if err := s.wait(t.Context()); err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "out of luck") {
		t.Errorf("%v; want the webhook's exit status and log", err)
	}
}

// until is a writer that calls a function once, after a given text has been written.
type until struct {
	mutex sync.Mutex
	text  string
	then  func()
	all   bytes.Buffer
}

func (u *until) Write(piece []byte) (int, error) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.all.Write(piece)
	if u.then != nil && strings.Contains(u.all.String(), u.text) {
		u.then()
		u.then = nil
	}
	return len(piece), nil
}

func (u *until) String() string {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	return u.all.String()
}

func TestOnce(t *testing.T) {
	clustertest.Needed(t)
	out, log := &until{}, &until{}
	if code := run(t.Context(), []string{"--once"}, out, log); code != exitOK {
		t.Fatalf("exit %d\n%s\n%s", code, out, log)
	}
	for _, want := range []string{
		"<- added by the webhook", "- daemonset: ", "- node-port: ", "All examples behaved as expected.",
		"FailedScheduling, from default-scheduler: 0/4 nodes are available: 4 node(s) had untolerated taint",
		"FailedScheduling, from fargate-scheduler: Pod not supported on Fargate: invalid SecurityContext fields: Privileged, port contains HostIP or HostPort, " +
			"volumes not supported: logs is of an unsupported volume Type",
		" 42.53\n", "0 failed", "means: a container is privileged (F4.7)",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	if !strings.Contains(log.String(), "a stand-in for EKS") || strings.Contains(out.String(), "FargateProfile") {
		t.Errorf("%s\n%s", log, out)
	}
}

// An interrupt exits with 0 while the demo starts or stays up; with --once it exits with 1, as the
// examples were not checked.
func TestInterrupt(t *testing.T) {
	clustertest.Needed(t)
	for name, test := range map[string]struct {
		args      []string
		out, log  string // interrupt once this has been written
		code      int
		forbidden string // must not be written before the exit
	}{
		"staying up":    {out: "export KUBECONFIG=", code: exitOK},
		"starting":      {log: "starting kube-apiserver", code: exitOK, forbidden: "kubectl apply"},
		"starting once": {args: []string{"--once"}, log: "starting fargate-webhook", code: exitFailed, forbidden: "kubectl apply"},
	} {
		t.Run(name, func(t *testing.T) {
			temp, err := os.MkdirTemp("", "demo") //nolint:usetesting // its paths are too long for Unix sockets on some systems
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(temp) })
			t.Setenv("TMPDIR", temp)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out, log := &until{}, &until{}
			if test.out != "" {
				out.text, out.then = test.out, cancel
			} else {
				log.text, log.then = test.log, cancel
			}
			if code := run(ctx, test.args, out, log); code != test.code {
				t.Errorf("exit %d; want %d", code, test.code)
			}
			if ctx.Err() == nil {
				t.Error("exited before the interrupt")
			}
			if test.forbidden != "" && strings.Contains(out.String(), test.forbidden) {
				t.Errorf("continued after the interrupt:\n%s", out)
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
				t.Errorf("left in the temporary directory: %v, %v", left, err)
			}
			if t.Failed() {
				t.Logf("output:\n%s\n%s", out, log)
			}
		})
	}
}
