package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	fargatecluster "fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/kube"
	"fargate-webhook/test/cluster"
	"fargate-webhook/webhook/lookups"
)

// lookupsDeadline is longer than the longest pause between two tries to watch.
const lookupsDeadline = time.Minute

// lookupsAs runs look-ups with the rights of a ServiceAccount until the test ends.
func lookupsAs(t *testing.T, c *cluster.Cluster, namespace, serviceAccount string) *lookups.Lookups {
	t.Helper()
	file, err := c.KubeconfigFor(t.Context(), namespace, serviceAccount)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kube.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	custom, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lookups.New(client, custom, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error)
	go func() { ended <- l.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return l
}

// TestLookups: without rights the look-ups say which they lack; with those of the manifests they
// know what the API server stores.
func TestLookups(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "lookups-", nil)
	mustKubectl(t, c, "", "-n", namespace, "create", "serviceaccount", "narrow")
	l := lookupsAs(t, c, namespace, "narrow")
	await := func(what string, condition func() error) {
		t.Helper()
		if err := cluster.Await(t.Context(), lookupsDeadline, what, func(context.Context) error { return condition() }); err != nil {
			t.Fatal(err)
		}
	}
	for resource, ready := range l.Checks() {
		if resource == "extensions" {
			continue // what the API server serves is told to everybody
		}
		await(resource+" are forbidden", func() error {
			switch err := ready(); {
			case err == nil:
				return cluster.Stop(errors.New("they are known"))
			case !strings.Contains(err.Error(), "allow list and watch in the webhook's ClusterRole") || !strings.Contains(err.Error(), resource):
				return err
			}
			return nil
		})
	}

	mustKubectl(t, c, "", "create", "clusterrolebinding", namespace, "--clusterrole=fargate-webhook", "--serviceaccount="+namespace+":narrow")
	t.Cleanup(func() {
		if err := c.Clientset().RbacV1().ClusterRoleBindings().Delete(context.WithoutCancel(t.Context()), namespace, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	await("all is known", l.Ready)
	apply(t, c, namespace, `
apiVersion: v1
kind: LimitRange
metadata: {name: limits}
spec: {limits: [{type: Container, max: {cpu: "2"}}]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteMany], storageClassName: efs, resources: {requests: {storage: 5Gi}}}
`)
	// The API server fills in a LimitRange's defaults: what review does in its place.
	await("the LimitRange is known", func() error {
		limits, err := fargatecluster.List[*corev1.LimitRange](l, fargatecluster.LimitRanges, namespace)
		if err != nil {
			return err
		}
		if len(limits) != 1 {
			return fmt.Errorf("there are %d", len(limits))
		}
		if item := limits[0].Spec.Limits[0]; item.Default.Cpu().Value() != 2 || item.DefaultRequest.Cpu().Value() != 2 {
			return cluster.Stop(fmt.Errorf("its item is %v", item))
		}
		return nil
	})
	await("the claim is known", func() error {
		claim, err := fargatecluster.Get[*corev1.PersistentVolumeClaim](l, fargatecluster.PersistentVolumeClaims, namespace, "data")
		if err != nil || *claim.Spec.StorageClassName == "efs" && claim.Status.Phase == "Pending" && claim.ManagedFields == nil {
			return err
		}
		return fmt.Errorf("it is %v", claim)
	})
}
