package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// evilPods are pods that cost a webhook much to judge, as far as the API server reads them: by
// name, their metadata and spec as JSON without the outer braces.
func evilPods() map[string]string {
	many := func(n int, item string) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strings.ReplaceAll(item, "#", fmt.Sprint(i)))
		}
		return b.String()
	}
	pod := func(meta, spec string) string {
		return `"metadata":{"generateName":"evil-"` + meta + `},"spec":{"containers":[{"name":"c","image":"c"` + spec + `}]`
	}
	affinity := func(expressions string) string {
		return pod("", "") + `,"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[` + expressions + `]}}}}`
	}
	return map[string]string{
		"100,000 capabilities": pod("", `,"securityContext":{"capabilities":{"add":[`+many(100_000, `"C#"`)+`]}}`) + `}`,
		"16,000 expressions":   affinity(`{"matchExpressions":[` + many(16_000, `{"key":"k#","operator":"DoesNotExist"}`) + `]}`),
		"16,000 terms":         affinity(many(16_000, `{"matchExpressions":[{"key":"k#","operator":"Exists"}]}`)),
		"10,000 containers":    `"metadata":{"generateName":"evil-"},"spec":{"containers":[` + many(10_000, `{"name":"c#","image":"c"}`) + `]}`,
		"20,000 volumes":       pod("", "") + `,"volumes":[` + many(20_000, `{"name":"v#","hostPath":{"path":"/"}}`) + `]}`,
		"5,000 host ports":     pod("", `,"ports":[`+many(5_000, `{"containerPort":1#,"hostPort":1#}`)+`]`) + `}`,
		"20,000 tolerations":   pod("", "") + `,"tolerations":[` + many(20_000, `{"key":"k#","operator":"Exists"}`) + `]}`,
		"an endless record":    pod(`,"annotations":{"fargate-webhook/resources-applied":"{\"policy\":\"Fit\",\"containers\":{\"c\":{\"requests\":{\"cpu\":\"1e-2147483647\"}}}}"}`, "") + `}`,
		"200 KB of annotation": pod(`,"annotations":{"a":"`+strings.Repeat("x", 200_000)+`"}`, "") + `}`,
		"deep fields":          pod("", `,"x":`+strings.Repeat(`{"x":`, 500)+`1`+strings.Repeat(`}`, 500)) + `}`,
	}
}

// TestEvilPods: whatever the API server reads and sends, it gets an answer in time, and the next
// pod does.
func TestEvilPods(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	create := func(t *testing.T, body string) error {
		t.Helper()
		result := c.Clientset().CoreV1().RESTClient().Post().Namespace(namespace).Resource("pods").Param("dryRun", "All").
			SetHeader("Content-Type", "application/json").Body([]byte(`{"apiVersion":"v1","kind":"Pod",` + body + `}`)).Do(t.Context())
		return result.Error()
	}
	for name, body := range evilPods() {
		t.Run(name, func(t *testing.T) {
			started := time.Now()
			err := create(t, body)
			took := time.Since(started).Round(time.Millisecond)
			if err != nil && (apierrors.IsTimeout(err) || apierrors.IsServerTimeout(err) || strings.Contains(err.Error(), "context deadline exceeded") || strings.Contains(err.Error(), "EOF")) {
				t.Errorf("no answer within %v: %.300v", took, err)
			}
			t.Logf("%d KB, answered in %v: %.160v", len(body)>>10, took, err)
			if err := create(t, `"metadata":{"generateName":"good-"},"spec":{"containers":[{"name":"c","image":"c"}]}`); err != nil {
				t.Errorf("the next pod: %v", err)
			}
		})
	}
}
