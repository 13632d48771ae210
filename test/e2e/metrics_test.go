package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// valueOf returns the value of a series of a page, 0 where it isn't there.
func valueOf(t *testing.T, page, series string) float64 {
	t.Helper()
	for line := range strings.Lines(page) {
		if text, found := strings.CutPrefix(line, series+" "); found {
			value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
	}
	return 0
}

// TestMetrics: what the API server asks, and what becomes of a pod, is counted as docs/metrics.md
// says, and the page follows Prometheus's conventions.
func TestMetrics(t *testing.T) {
	// Nobody claims the pods as EKS does: with the prefilter they would count in neither phase.
	config := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(config, []byte("apiVersion: fargate-webhook/v1alpha1\nkind: Policy\nprefilter: \"Off\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, webhook := withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay=0s", "--config="+config), nil)
	namespace := newNamespace(t, c, "fargate-", nil)
	before := page(t, webhook.Metrics+"/metrics")
	mustKubectl(t, c, manifest(t, "pods/two.yaml"), "-n", namespace, "apply", "--dry-run=server", "-f", "-")
	mustKubectl(t, c, manifest(t, "pods/two.yaml"), "-n", namespace, "apply", "-f", "-")
	mustRefuse(t, kubectl(t, c, manifest(t, "refused/service.yaml"), "-n", namespace, "apply", "-f", "-"), "node-port:", optOut)
	after := page(t, webhook.Metrics+"/metrics")
	for series, want := range map[string]float64{
		`fargate_webhook_requests_total{operation="CREATE",outcome="patched",resource="pods",webhook="mutate"}`:      2, // one is a dry run
		`fargate_webhook_requests_total{operation="CREATE",outcome="allowed",resource="pods",webhook="validate"}`:    2,
		`fargate_webhook_requests_total{operation="CREATE",outcome="denied",resource="services",webhook="validate"}`: 1,
		`fargate_webhook_findings_total{action="deny",rule="node-port"}`:                                             1,
		`fargate_webhook_pods_admitted_total{profile="each-test"}`:                                                   1,
		`fargate_webhook_pods_labeled_total{profile="each-test"}`:                                                    1,
		`fargate_webhook_pods_requested_cpu_cores_total{profile="each-test"}`:                                        0,
		`fargate_webhook_pods_provisioned_cpu_cores_total{profile="each-test"}`:                                      0.25,
		`fargate_webhook_pods_unused_cpu_cores_total{profile="each-test"}`:                                           0.25,
		`fargate_webhook_pods_provisioned_memory_bytes_total{profile="each-test"}`:                                   1 << 29,
		`fargate_webhook_pods_raised_total{resource="memory"}`:                                                       1,
	} {
		if got := valueOf(t, after, series) - valueOf(t, before, series); got != want {
			t.Errorf("%s rose by %v, want %v", series, got, want)
		}
	}
	for series, want := range map[string]float64{
		"fargate_webhook_leader": 1, "fargate_webhook_registration_applied": 1, "fargate_webhook_registration_reached": 1, "fargate_webhook_requests_in_flight": 0,
		`fargate_webhook_profiles{status="ACTIVE"}`: valueOf(t, after, "fargate_webhook_profiles_active"),
	} {
		awaitValue(t, webhook, series, want)
	}
	if !strings.Contains(after, `fargate_webhook_build_info{goversion="go`) {
		t.Error("the build is not exported")
	}
	wantDocumented(t, after)
}

// awaitValue waits until a series has a value: a leader may still be elected.
func awaitValue(t *testing.T, webhook *install.Webhook, series string, want float64) {
	t.Helper()
	err := cluster.Await(t.Context(), 30*time.Second, fmt.Sprintf("%s is %v", series, want), func(context.Context) error {
		if got := valueOf(t, page(t, webhook.Metrics+"/metrics"), series); got != want { //nolint:contextcheck // it has the test's, which ends later
			return fmt.Errorf("it is %v", got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// wantDocumented fails for metrics of the program that docs/metrics.md lacks, or that are against
// Prometheus's conventions.
func wantDocumented(t *testing.T, page string) {
	t.Helper()
	docs, err := os.ReadFile(filepath.Join("..", "..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^# TYPE (fargate_webhook_\w+) (\w+)$`).FindAllStringSubmatch(page, -1)
	for _, name := range names {
		if !strings.Contains(string(docs), fmt.Sprintf("### `%s`\n\n*%s", name[1], name[2])) {
			t.Errorf("docs/metrics.md lacks the %s %s", name[2], name[1])
		}
	}
	var own strings.Builder
	for line := range strings.Lines(page) {
		if strings.Contains(line, "fargate_webhook_") {
			own.WriteString(line)
		}
	}
	problems, err := promlint.New(strings.NewReader(own.String())).Lint()
	for _, problem := range problems {
		err = errors.Join(err, fmt.Errorf("%s: %s", problem.Metric, problem.Text))
	}
	if err != nil || len(names) < 30 {
		t.Errorf("%d metrics: %v", len(names), err)
	}
}
