package webhook

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
)

// eventually is a cluster in which a ReplicaSet is known from a time on.
type eventually struct {
	*fargatetest.Cluster
	at time.Time
}

func (e eventually) Get(kind *cluster.Kind, namespace, name string) (metav1.Object, error) {
	if time.Now().Before(e.at) {
		return (&fargatetest.Cluster{}).Get(kind, namespace, name)
	}
	return e.Cluster.Get(kind, namespace, name)
}

// A pod waits for the controller that created it to be cached, but not for long, and only for kinds
// that are cached.
func TestAwaitController(t *testing.T) {
	set := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "web", UID: "new"}}
	of := func(kind, uid string) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{
			{APIVersion: "apps/v1", Kind: kind, Name: "web", UID: "other"},
			{APIVersion: "apps/v1", Kind: kind, Name: "web", UID: "new", Controller: new(uid != "")},
		}}}
	}
	for name, c := range map[string]struct {
		pod    *corev1.Pod
		known  time.Duration
		uid    string
		cancel bool
		want   time.Duration
	}{
		"cached":            {pod: of("ReplicaSet", "new")},
		"soon":              {pod: of("ReplicaSet", "new"), known: 42 * time.Millisecond, want: 45 * time.Millisecond},
		"too late":          {pod: of("ReplicaSet", "new"), known: time.Hour, want: controllerWait},
		"only a former one": {pod: of("ReplicaSet", "new"), uid: "old", want: controllerWait},
		"caller left":       {pod: of("ReplicaSet", "new"), known: time.Hour, cancel: true},
		"no controller":     {pod: of("ReplicaSet", ""), known: time.Hour},
		"a kind of others":  {pod: of("Rollout", "new"), known: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				set := set.DeepCopy()
				if c.uid != "" {
					set.UID = "old"
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if c.cancel {
					cancel()
				}
				start := time.Now()
				reader := eventually{Cluster: &fargatetest.Cluster{Objects: []metav1.Object{set}}, at: start.Add(c.known)}
				awaitController(ctx, reader, "apps", c.pod)
				if got := time.Since(start); got != c.want {
					t.Errorf("waited %v, want %v", got, c.want)
				}
			})
		})
	}
}
