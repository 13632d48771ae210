package e2e

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/test/cluster"
)

// TestUnderQuota: where a quota counts requests, none is raised. A request without a limit gets
// what its size holds as one (F3.11), as the quota counts no limits, and what is stated stays.
func TestUnderQuota(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := constrained(t, c, nil, []string{"{apiVersion: v1, kind: ResourceQuota, metadata: {name: all}, spec: {hard: {requests.cpu: 100}}}"})
	pod := podOf("held",
		container("both", list("100m", "100Mi"), list("200m", "300Mi")),
		container("requests", list("100m", "100Mi"), nil),
		container("limits", nil, list("100m", "100Mi")),
		container("mixed", list("100m", ""), list("200m", "50Mi")),
		container("no-memory", list("100m", ""), nil),
	)
	// Together they request 500m and 350Mi, for which 0.5 vCPU and 1 GB have 768Mi.
	want := resourcesOf(podOf("held",
		container("both", list("100m", "100Mi"), list("200m", "300Mi")),
		container("requests", list("100m", "100Mi"), list("500m", "768Mi")),
		container("limits", list("100m", "100Mi"), list("100m", "100Mi")),
		container("mixed", list("100m", "50Mi"), list("200m", "50Mi")),
		container("no-memory", list("100m", ""), list("500m", "")),
	))
	var got *corev1.Pod
	err := cluster.Await(t.Context(), staleness, "the pod is as the quota wants it", func(ctx context.Context) (err error) {
		if got, err = dryRun(ctx, t, c, namespace, pod); err != nil {
			return err
		}
		if diff := cmp.Diff(want, resourcesOf(got)); diff != "" {
			return errors.New("want (-), got (+):\n" + diff)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
