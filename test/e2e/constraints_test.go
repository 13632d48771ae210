package e2e

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/test/cluster"
)

// constraints are what a namespace's administrator may have put there, by name.
func constraints() map[string][]string {
	limits := func(items string) string {
		return "{apiVersion: v1, kind: LimitRange, metadata: {generateName: l-}, spec: {limits: [" + items + "]}}"
	}
	quota := func(spec string) string {
		return "{apiVersion: v1, kind: ResourceQuota, metadata: {generateName: q-}, spec: {" + spec + "}}"
	}
	return map[string][]string{
		"container max":     {limits(`{type: Container, max: {cpu: 300m, memory: 300Mi}}`)},
		"container min":     {limits(`{type: Container, min: {cpu: 20m, memory: 30Mi}}`)},
		"container default": {limits(`{type: Container, default: {cpu: 200m, memory: 200Mi}, defaultRequest: {cpu: 40m, memory: 50Mi}}`)},
		"container ratio":   {limits(`{type: Container, maxLimitRequestRatio: {cpu: "2", memory: "2"}, default: {cpu: 100m, memory: 100Mi}, defaultRequest: {cpu: 60m, memory: 60Mi}}`)},
		"pod max":           {limits(`{type: Pod, max: {cpu: 600m, memory: 700Mi}}`), limits(`{type: Container, default: {cpu: 100m, memory: 100Mi}}`)},
		"pod min":           {limits(`{type: Pod, min: {cpu: 60m, memory: 90Mi}}`), limits(`{type: Container, default: {cpu: 100m, memory: 100Mi}}`)},
		"pod ratio":         {limits(`{type: Pod, maxLimitRequestRatio: {cpu: "3", memory: "3"}}`), limits(`{type: Container, default: {cpu: 100m, memory: 100Mi}}`)},
		"two at once": {
			limits(`{type: Container, max: {cpu: 700m, memory: 400.5Mi}, default: {cpu: 90m, memory: 70Mi}}, {type: Pod, max: {cpu: "1.2345", memory: 1G}}`),
			limits(`{type: Container, max: {cpu: 199500u}, min: {memory: 1Mi}}`),
		},
		"requests quota":           {quota(`hard: {requests.cpu: 700m, requests.memory: 600Mi}`)},
		"limits quota":             {quota(`hard: {limits.memory: 800Mi, limits.cpu: "1"}`), limits(`{type: Container, default: {cpu: 200m, memory: 100Mi}}`)},
		"quota in its short form":  {quota(`hard: {cpu: 400m}`)},
		"quota of best effort":     {quota(`hard: {pods: "0"}, scopes: [BestEffort]`)},
		"quota of not best effort": {quota(`hard: {pods: "0"}, scopes: [NotBestEffort]`)},
		"quota by a scopeSelector": {quota(`hard: {pods: "0"}, scopeSelector: {matchExpressions: [{scopeName: NotBestEffort, operator: Exists}]}`)},
		"quota and limits": {
			quota(`hard: {requests.cpu: 900m, limits.memory: 1Gi}`), limits(`{type: Container, default: {cpu: 300m, memory: 150Mi}, defaultRequest: {cpu: 50m, memory: 50Mi}, max: {cpu: 800m, memory: 600Mi}}`),
		},
	}
}

// constrained makes a namespace with constraints, and waits until its quotas count.
func constrained(t *testing.T, c *cluster.Cluster, labels map[string]string, objects []string) string {
	t.Helper()
	namespace := newNamespace(t, c, "fargate-", labels)
	text := ""
	for _, object := range objects {
		text += "---\n" + object + "\n"
	}
	mustKubectl(t, c, text, "-n", namespace, "create", "-f", "-")
	err := cluster.Await(t.Context(), podsDeadline, "the quotas of "+namespace+" count", func(ctx context.Context) error {
		quotas, err := c.Clientset().CoreV1().ResourceQuotas(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for i := range quotas.Items {
			if len(quotas.Items[i].Status.Hard) == 0 {
				return fmt.Errorf("quota %s does not", quotas.Items[i].Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return namespace
}

// staleness is how long the API server and the webhook may take to hear of a new LimitRange or
// quota.
const staleness = 10 * time.Second

// TestConstraints: under LimitRanges and quotas, whatever the API server takes without us it takes
// with us.
func TestConstraints(t *testing.T) {
	c, _ := withWebhookForSubtests(t)
	for name, objects := range constraints() {
		t.Run(name, func(t *testing.T) {
			inParallel(t)
			ours := constrained(t, c, nil, objects)
			exempt := constrained(t, c, map[string]string{"fargate-webhook/exempt": "true"}, objects)
			var taken, refused atomic.Int32
			each(t, append(constrainedPods(), generated(t, 100, 3)...), func(pod *corev1.Pod) {
				err := cluster.Await(t.Context(), staleness, "a pod is taken with us if it is without us", func(ctx context.Context) error {
					before, err := dryRun(ctx, t, c, exempt, pod)
					if err != nil {
						refused.Add(1)
						return nil //nolint:nilerr // then it may be refused
					}
					if _, ok := sizing.For(sizing.Requested(&before.Spec)); !ok {
						return nil // the rule pod-size refuses it
					}
					if _, err = dryRun(ctx, t, c, ours, pod); err == nil {
						taken.Add(1)
					}
					return err
				})
				if err != nil {
					t.Errorf("%v\n%s", err, specText(pod))
				}
			})
			t.Logf("%d were taken, %d refused without us", taken.Load(), refused.Load())
			if taken.Load() == 0 || refused.Load() == 0 && name != "container default" {
				t.Error("one of both does not happen, so this means nothing")
			}
		})
	}
}

// constrainedPods are pods on whose borders the constraints lie.
func constrainedPods() []*corev1.Pod {
	init := podOf("init", container("app", list("50m", "60Mi"), nil))
	init.Spec.InitContainers = []corev1.Container{container("migrate", nil, nil), container("check", list("100m", "100Mi"), list("150m", "150Mi"))}
	native := init.DeepCopy()
	native.Spec.InitContainers[0].RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
	return []*corev1.Pod{
		podOf("bare", container("app", nil, nil)),
		podOf("two", container("app", nil, nil), container("logs", nil, nil)),
		podOf("requests", container("app", list("100m", "100Mi"), nil)),
		podOf("limits", container("app", nil, list("150m", "200Mi"))),
		podOf("both", container("app", list("100m", "100Mi"), list("200m", "200Mi"))),
		podOf("at-the-most", container("app", list("199m", "300Mi"), list("199m", "300Mi"))),
		podOf("at-the-least", container("app", list("60m", "90Mi"), list("60m", "90Mi"))),
		podOf("cpu-only", container("app", list("100m", ""), list("100m", "")), container("logs", list("", "64Mi"), list("", "64Mi"))),
		init, native,
	}
}
