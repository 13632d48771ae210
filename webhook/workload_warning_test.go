package webhook

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/internal/kube/kubetest"
	"fargate-webhook/policy"
	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/workloads"
)

// The event is about what people look at: the Deployment of the ReplicaSet that makes the pod, if
// that is known. There is none for a pod without a controller, whose creator reads the warnings, for
// a dry run, and for the mutating call.
func TestWarnedWorkloads(t *testing.T) {
	yes := true
	set := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{
		Namespace: "apps", Name: "web-1", UID: "rs", OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "d", Controller: &yes}},
	}}
	const (
		ignored = `"spec":{"hostUsers":false,"containers":[{"name":"web"}]}`
		labels  = `"generateName":"web-","labels":{"run":"on-fargate"}`
	)
	owned := func(name, uid string) string {
		return labels + `,"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"` + name + `","uid":"` + uid + `","controller":true}]`
	}
	for name, c := range map[string]struct{ path, meta, spec, old, new, want string }{
		"of a Deployment":           {"validate", owned("web-1", "rs"), ignored, "", "", "Deployment web d"},
		"of an unknown ReplicaSet":  {"validate", owned("web-2", "x"), ignored, "", "", "ReplicaSet web-2 x"},
		"of a ReplicaSet before it": {"validate", owned("web-1", "before"), ignored, "", "", "ReplicaSet web-1 before"},
		"no controller":             {"validate", labels, ignored, "", "", ""},
		"no warning":                {"validate", owned("web-1", "rs"), `"spec":{"containers":[{"name":"web"}]}`, "", "", ""},
		"mutating":                  {"mutate", owned("web-1", "rs"), ignored, "", "", ""},
		"dry run":                   {"validate", owned("web-1", "rs"), ignored, `"uid":"u1"`, `"uid":"u1","dryRun":true`, ""},
		"refused":                   {"validate", owned("web-1", "rs"), `"spec":{"hostUsers":false,"hostNetwork":true,"containers":[{"name":"web"}]}`, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := kubetest.NewClient()
				reporter, err := workloads.NewReporter(client, prometheus.NewRegistry(), zap.NewNop())
				if err != nil {
					t.Fatal(err)
				}
				log, err := audit.Open(audit.Options{})
				if err != nil {
					t.Fatal(err)
				}
				b := &bench{handlers: Handlers(Dependencies{
					Profiles: testProfiles(t), Policy: policy.Default(), Audit: log, Workloads: reporter, Logger: zap.NewNop(),
					Cluster: &fargatetest.Cluster{Objects: []metav1.Object{set}},
				})}
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				go reporter.Start(ctx) //nolint:errcheck // it never fails
				body := reviewOf(t, `"generateName":"web-"`, c.meta, `"spec":{"containers":[{"name":"web"}]}`, c.spec, c.old, c.new)
				if answer := b.post(t, "/"+c.path+"/pods", body); answer.Code != 200 {
					t.Fatal(answer.Body)
				}
				synctest.Wait()
				events, err := client.PodEvents("apps").List(t.Context(), metav1.ListOptions{})
				if err != nil {
					t.Fatal(err)
				}
				got := ""
				for i := range events.Items {
					of := events.Items[i].InvolvedObject
					got += of.Kind + " " + of.Name + " " + string(of.UID)
				}
				if got != c.want {
					t.Errorf("events about %q, want %q", got, c.want)
				}
			})
		})
	}
}
