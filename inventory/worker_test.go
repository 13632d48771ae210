package inventory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/internal/kube/kubetest"
	"fargate-webhook/profiles"
)

// onFargate returns a pod that EKS has claimed for profile one, and that is on a node unless node is
// "".
func onFargate(name, node string, phase corev1.PodPhase) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "one", Name: name, UID: types.UID(name), Labels: map[string]string{"eks.amazonaws.com/fargate-profile": "one"}},
		Spec:       corev1.PodSpec{SchedulerName: "fargate-scheduler", NodeName: node, Containers: []corev1.Container{fargatetest.Container("c", "250m", "", "1Gi", "")}},
		Status:     corev1.PodStatus{Phase: phase},
	}
}

// fakeProfiles are the profiles of the test.
type fakeProfiles struct{}

func (fakeProfiles) Index() *profiles.Index { return testIndex() }

// newWorker returns a Worker for a cluster with objects, and what it logs.
func newWorker(t *testing.T, client kubetest.Client) (*Worker, *prometheus.Registry, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zapcore.InfoLevel)
	w := New(Options{Client: client, Profiles: fakeProfiles{}, Prices: testPrices(t), Logger: zap.New(core)})
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(w)
	return w, registry, logs
}

// runs starts a Worker in the bubble, and returns what ends it.
func runs(t *testing.T, w *Worker) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// wantPods compares the metric of pods.
func wantPods(t *testing.T, registry *prometheus.Registry, lines ...string) {
	t.Helper()
	want := ""
	if len(lines) > 0 {
		want = fmt.Sprintf("# HELP %s %s\n# TYPE %[1]s gauge\n%[1]s%[3]s\n", podsMetric.Name, podsMetric.Help, strings.Join(lines, "\n"+podsMetric.Name))
	}
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), podsMetric.Name); err != nil {
		t.Error(err)
	}
}

// Pods on Fargate count by what they are, while the Worker runs; others don't.
func TestPodsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		elsewhere := onFargate("elsewhere", "ip-10-0-0-1", corev1.PodRunning)
		elsewhere.Spec.SchedulerName = "default-scheduler"
		forged := onFargate("forged", "fargate-ip-10-0-0-9", corev1.PodRunning)
		forged.Labels["eks.amazonaws.com/fargate-profile"] = "evil"
		client := kubetest.NewClient(onFargate("a", "fargate-ip-10-0-0-1", corev1.PodRunning), onFargate("b", "fargate-ip-10-0-0-2", corev1.PodPending),
			onFargate("done", "fargate-ip-10-0-0-3", corev1.PodSucceeded), onFargate("new", "", corev1.PodPending), elsewhere, forged)
		w, registry, _ := newWorker(t, client)
		wantPods(t, registry)
		stop := runs(t, w)
		synctest.Wait()
		wantPods(t, registry, `{profile="one",size="0.25vCPU 2GB",state="finished"} 1`, `{profile="one",size="0.25vCPU 2GB",state="running"} 2`,
			`{profile="one",size="0.25vCPU 2GB",state="waiting"} 1`, `{profile="unknown",size="0.25vCPU 2GB",state="running"} 1`)
		if err := client.Tracker().Delete(corev1.SchemeGroupVersion.WithResource("pods"), "one", "done"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		wantPods(t, registry, `{profile="one",size="0.25vCPU 2GB",state="running"} 2`,
			`{profile="one",size="0.25vCPU 2GB",state="waiting"} 1`, `{profile="unknown",size="0.25vCPU 2GB",state="running"} 1`)
		stop()
		wantPods(t, registry)
	})
}

// Where pods can't be listed there are no metrics, and one line says why. Once they can, they are
// there.
func TestNotAllowedToList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kubetest.NewClient(onFargate("a", "fargate-ip-10-0-0-1", corev1.PodRunning))
		var allowed atomic.Bool
		client.PrependReactor("list", "pods", func(clienttesting.Action) (bool, runtime.Object, error) {
			if !allowed.Load() {
				return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", errors.New("no such right"))
			}
			return false, nil, nil
		})
		w, registry, logs := newWorker(t, client)
		defer runs(t, w)()
		time.Sleep(time.Hour)
		wantPods(t, registry)
		if logs.Len() != 1 || !strings.Contains(logs.All()[0].Message, "can't be watched") {
			t.Errorf("logged %v", logs.All())
		}
		allowed.Store(true)
		time.Sleep(2 * time.Minute)
		wantPods(t, registry, `{profile="one",size="0.25vCPU 2GB",state="running"} 1`)
	})
}

// A finished pod costs as much as one that runs, and one that waits nothing.
func TestMoneyByState(t *testing.T) {
	for state, want := range map[string]string{
		"fargate-ip-10-0-0-1 Running": "10.63", "fargate-ip-10-0-0-1 Failed": "10.63", " Pending": "0.00",
	} {
		node, phase, _ := strings.Cut(state, " ")
		pod := onFargate("a", node, corev1.PodPhase(phase))
		pod.Spec.Containers = []corev1.Container{fargatetest.Container("c", "250m", "", "768Mi", "")}
		reduced, err := reduce(pod)
		if err != nil {
			t.Fatal(err)
		}
		for c, f := range tally([]any{reduced}, testIndex().Has, testPrices(t)) {
			if f.cost.String() != want || c.size != "0.25vCPU 1GB" {
				t.Errorf("%q costs %s as %+v, want %s", state, f.cost, c, want)
			}
		}
	}
}
