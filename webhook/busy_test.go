package webhook

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"fargate-webhook/webhook/intake"
)

// A request that is turned away is answered with 503, and counted. The client of the API server,
// which is client-go's, then asks again.
func TestTurnedAwayAsksAgain(t *testing.T) {
	b, registry, _ := observing(t)
	h, ok := b.handlers[validatePods].(*handler)
	if !ok {
		t.Fatalf("the handler is a %T", b.handlers[validatePods])
	}
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			h.fail(w, r, unreadable(errors.Join(&intake.BusyError{Stage: intake.SmallBody})))
			return
		}
		h.ServeHTTP(w, r)
	}))
	defer server.Close()
	client, err := rest.RESTClientFor(&rest.Config{Host: server.URL, ContentConfig: rest.ContentConfig{
		GroupVersion: &schema.GroupVersion{Version: "v1"}, NegotiatedSerializer: scheme.Codecs.WithoutConversion(), ContentType: "application/json",
	}})
	if err != nil {
		t.Fatal(err)
	}
	var code int
	result := client.Post().AbsPath(validatePods).SetHeader("Content-Type", "application/json").Body([]byte(reviewOf(t))).Do(t.Context()).StatusCode(&code)
	if result.Error() != nil || code != http.StatusOK || calls.Load() != 2 {
		t.Errorf("status %d after %d calls: %v", code, calls.Load(), result.Error())
	}
	client.Client.CloseIdleConnections()
	if got := counted(t, registry, "fargate_webhook_requests_turned_away_total", "stage="+string(intake.SmallBody)); got != 1 {
		t.Errorf("counted %v times", got)
	}
}
