//go:build linux

package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"fargate-webhook/kinds"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/limits/evil"
)

// apiServerMax is the most that the API server reads of a body, in bytes.
const apiServerMax = 3 << 20

// dearToTheAPIServer are objects that cost the API server itself minutes, with or without a webhook:
// by their exponents, or by lists that it compares with themselves. For some it computes on after the
// request has timed out, until it is stopped. test/limits sends them to the webhook.
var dearToTheAPIServer = []string{
	"a request of 1e-2147483647", "a limit of 1e2147483647", "requests with the longest exponents",
	"a sizeLimit of 1e-999999999", "a claim of 1e-2147483647",
	"50,000 ports", "100,000 external addresses", "40,000 paths", "20,000 rules",
	"5,000 claims × 20,000 volumes", "5,000 claims × 50,000 mounts", "40,000 host ports", "80,000 variables", "20,000 {} containers",
}

// TestEvilObjects: whatever the API server reads and sends, it gets an answer in little time for
// little memory, and the next pod is created. In `make soak` all objects are sent, elsewhere a third.
func TestEvilObjects(t *testing.T) {
	c, webhook := withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay=0s"), []string{"GOMEMLIMIT=224MiB"})
	namespace := newNamespace(t, c, "fargate-", nil)
	create := func(k *kinds.Kind, body string) error {
		path := fmt.Sprintf("/apis/%s/%s/namespaces/%s/%s", k.Group, k.Versions[0], namespace, k.Resource)
		return c.Clientset().CoreV1().RESTClient().Post().AbsPath(strings.Replace(path, "/apis//", "/api/", 1)).
			Param("dryRun", "All").SetHeader("Content-Type", "application/json").Body([]byte(body)).Do(t.Context()).Error()
	}
	base := mib(t, webhook.Resident)
	sent, most, slowest := 0, 0.0, time.Duration(0)
	every, least := 3, 8
	if soaking() {
		every, least = 1, 25
	}
	for i, object := range evil.Objects(false) {
		if i%every != 0 || len(object.JSON) > apiServerMax || slices.Contains(dearToTheAPIServer, object.Name) {
			continue
		}
		if err := webhook.ForgetPeak(); err != nil {
			t.Fatal(err)
		}
		before, beforeTook := timesCalled(t, c)
		err := create(object.Kind, object.JSON)
		calls, took := timesCalled(t, c)
		calls, took = calls-before, took-beforeTook
		more := mib(t, webhook.Peak) - base
		row := fmt.Sprintf("%s, %s of %.1f MB: %d calls of %v, %.0f MiB: %.200v", object.Name, object.Kind.Resource, float64(len(object.JSON))/1e6, calls, took, more, err)
		t.Log(row)
		if apierrors.IsTimeout(err) {
			t.Errorf("the API server gave up, and may compute on: add it to those that are dear: %s", row)
		}
		if err != nil && strings.Contains(err.Error(), "failed calling webhook") && !strings.Contains(err.Error(), "failed to call webhook: fargate-webhook: ") {
			t.Errorf("no answer, or none that says why: %s", row)
		}
		if more > 64 {
			t.Errorf("too much memory: %s", row)
		}
		if err := create(kinds.Pods, `{"metadata":{"name":"good"},"spec":{"containers":[{"name":"c","image":"c"}]}}`); err != nil {
			t.Errorf("the pod after %s: %v", object.Name, err)
		}
		if calls > 0 {
			sent++
		}
		most, slowest = max(most, more), max(slowest, took)
	}
	if err := webhook.Running(); err != nil {
		t.Error(err)
	}
	t.Logf("%d objects were sent to the webhook; at most %.0f MiB and %v for all calls of an object", sent, most, slowest)
	if sent < least {
		t.Error("too few objects were sent to the webhook")
	}
}

func mib(t *testing.T, measure func() (float64, error)) float64 {
	t.Helper()
	value, err := measure()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// timesCalled returns how often the API server has called the webhook, and how long it waited.
func timesCalled(t *testing.T, c *cluster.Cluster) (int, time.Duration) {
	t.Helper()
	metrics, err := c.Clientset().CoreV1().RESTClient().Get().AbsPath("/metrics").DoRaw(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var calls, seconds float64
	for line := range strings.Lines(string(metrics)) {
		name, ok := strings.CutPrefix(line, "apiserver_admission_webhook_admission_duration_seconds_")
		if !ok || !strings.Contains(line, "fargate-webhook") {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndexByte(line, ' '):]), 64)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasPrefix(name, "count{"):
			calls += value
		case strings.HasPrefix(name, "sum{"):
			seconds += value
		}
	}
	return int(calls), time.Duration(seconds * float64(time.Second)).Round(time.Millisecond)
}
