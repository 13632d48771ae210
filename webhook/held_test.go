package webhook

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/metrics"
)

// A pod whose requests a quota counts is held, for that reason and for each resource once.
func TestHeldPodsAreCounted(t *testing.T) {
	log, err := audit.Open(audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	quota := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Name: "mine", Namespace: "apps"},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourceRequestsCPU: resource.MustParse("1")}},
	}
	list := testProfiles(t)
	registry := prometheus.NewRegistry()
	counts, err := metrics.New(registry, list)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{handlers: Handlers(Dependencies{
		Profiles: list, Policy: policy.Default(), Audit: log, Metrics: counts, Logger: zap.NewNop(), Cluster: fargatetest.In("apps", quota),
	})}
	if got := admit(t, b, `{"metadata":{"name":"web","labels":{"app":"web"}},"spec":{"containers":[{"name":"web"}]}}`, false); !got.Allowed {
		t.Fatal(got.Result)
	}
	const held = "fargate_webhook_pods_held_total"
	cpu, memory := counted(t, registry, held, "resource=cpu", "reason=ResourceQuota"), counted(t, registry, held, "resource=memory", "reason=ResourceQuota")
	if cpu != 1 || memory != 1 || counted(t, registry, held) != 2 {
		t.Errorf("%v pods are held for CPU, %v for memory", cpu, memory)
	}
	if n := counted(t, registry, "fargate_webhook_pods_raised_total"); n != 0 {
		t.Errorf("%v pods are raised", n)
	}
}
