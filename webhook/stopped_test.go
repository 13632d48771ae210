package webhook

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
	"fargate-webhook/webhook/audit"
)

// leaving is a cluster during whose first look-up the caller goes away.
type leaving struct {
	*fargatetest.Cluster
	leave func()
}

func (l leaving) List(kind *cluster.Kind, namespace string) ([]metav1.Object, error) {
	l.leave()
	return l.Cluster.List(kind, namespace)
}

// A decision stops when its caller no longer waits.
func TestDecisionStopsWithItsCaller(t *testing.T) {
	log, err := audit.Open(audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	handlers := Handlers(Dependencies{
		Profiles: testProfiles(t), Policy: policy.Default(), Audit: log, Logger: zap.NewNop(), Cluster: leaving{&fargatetest.Cluster{}, cancel},
	})
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, mutatePods, strings.NewReader(reviewOf(t)))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	handlers[mutatePods].ServeHTTP(w, r)
	if answer := answerOf(t, w); answer.Allowed || !strings.Contains(answer.Result.Message, "no longer waits") {
		t.Errorf("have %+v", answer)
	}
}
