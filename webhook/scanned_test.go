package webhook

import (
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"fargate-webhook/internal/scan"
)

// A body that no object of the API server has is refused before it is decoded, with what it has too
// much of, and counted.
func TestScanRefuses(t *testing.T) {
	b, registry, _ := observing(t)
	for reason, body := range map[scan.Reason]string{
		scan.Memory:    reviewOf(t, `{"name":"web"}`, strings.Repeat("{},", 100_000)+"{}"),
		scan.Elements:  reviewOf(t, `{"name":"web"}`, `{"args":["a"`+strings.Repeat(`,"a"`, 200_000)+`]}`),
		scan.Depth:     reviewOf(t, `{"name":"web"}`, strings.Repeat(`{"x":`, 100)+"1"+strings.Repeat("}", 100)),
		scan.Number:    reviewOf(t, `{"name":"web"}`, `{"name":`+strings.Repeat("1", 1000)+"}"),
		scan.Quantity:  reviewOf(t, `{"name":"web"}`, `{"resources":{"limits":{"cpu":"1e-2147483647"}}}`),
		scan.Timestamp: reviewOf(t, `"generateName":"web-"`, `"creationTimestamp":"`+strings.Repeat("1", 7_000_000)+`"`),
		scan.UID:       reviewOf(t, `"uid":"u1"`, `"uid":"`+strings.Repeat("u", 7_000_000)+`"`),
		scan.Repeated:  reviewOf(t, `"oldObject":null`, `"object":null`),
	} {
		w := b.post(t, validatePods, body)
		if message := failureOf(t, w); w.Code != http.StatusBadRequest || !strings.HasPrefix(message, "fargate-webhook: request.") || len(message) > maxPart {
			t.Errorf("%s: status %d: %s", reason, w.Code, message)
		}
		if got := counted(t, registry, "fargate_webhook_scan_refusals_total", "reason="+string(reason)); got != 1 {
			t.Errorf("%s: counted %v times", reason, got)
		}
	}
	if got, err := testutil.GatherAndCount(registry, "fargate_webhook_scan_refusals_total"); err != nil || got != len(scan.Reasons()) {
		t.Errorf("%d reasons have a metric, %v", got, err)
	}
}

// Quantities in texts are texts: environment variables and annotations pass.
func TestTextsThatLookLikeQuantities(t *testing.T) {
	b := newBench(t, testProfiles(t))
	body := reviewOf(t, `{"name":"web"}`, `{"name":"web","env":[{"name":"BIG","value":"1e99999999"}]}`, `"generateName":"web-"`, `"generateName":"web-","labels":{"run":"on-fargate"},"annotations":{"a":"1e-2147483647"}`)
	for _, path := range []string{mutatePods, validatePods} {
		if got := answerOf(t, b.post(t, path, body)); !got.Allowed {
			t.Errorf("%s: have %+v", path, got)
		}
	}
}
