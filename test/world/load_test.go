package world

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"fargate-webhook/test/eks"
	"fargate-webhook/test/rate"
)

// perSecond is how many requests the load has in a second.
const perSecond = 20

// load makes the webhook do all that its metrics count, until the test ends. What is created again and
// again is admitted by the webhook and refused by a quota after it, so that nothing of it stays.
func (f *fixture) load(t *testing.T) {
	t.Helper()
	full := "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: full}\nspec: {hard: {pods: 0, count/deployments.apps: 0}}\n"
	plain, held, observed, both := f.selected(t, "dashboard"), f.selected(t, "dashboard-held"), f.namespace(t, "observed", nil), f.selected(t, "dashboard-two")
	f.profile(t, observed, observed)
	second := eks.Profile{Name: both + "-second", Selectors: []eks.Selector{{Namespace: both, Labels: map[string]string{"run": "on-fargate"}}}}
	if err := f.eks.CreateProfile(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	f.lasting(t)
	for _, namespace := range []string{plain, held, observed, both} {
		f.apply(t, namespace, full)
	}
	f.apply(t, held, "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: cpu}\nspec: {hard: {requests.cpu: 100}}\n")
	privileged, warned := small(), small()
	privileged.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: new(true)}
	privileged.Labels = map[string]string{"run": "on-fargate"} // the webhook wouldn't add it
	warned.Spec.HostUsers = new(false)
	config := rest.CopyConfig(f.cluster.Config())
	config.WarningHandler = rest.NoWarnings{} // twenty lines a second
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	create := func(namespace string, pod *corev1.Pod) func(context.Context) error {
		return func(ctx context.Context) error {
			// The client writes kind and version into what it encodes, and calls run side by side.
			_, err := client.CoreV1().Pods(namespace).Create(ctx, pod.DeepCopy(), metav1.CreateOptions{})
			return err
		}
	}
	calls := []func(context.Context) error{
		create(plain, small()), create(plain, privileged), create(plain, warned), create(held, small()), create(both, small()),
		create(observed, small()), create(observed, privileged), f.strange,
		func(ctx context.Context) error {
			_, err := client.AppsV1().Deployments(plain).Create(ctx, workload(privileged.DeepCopy()), metav1.CreateOptions{})
			return err
		},
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan []error)
	go func() {
		var next atomic.Int64
		_, failed := rate.Send(ctx, perSecond, func(ctx context.Context) error {
			if err := calls[int(next.Add(1))%len(calls)](ctx); !apierrors.IsForbidden(err) {
				return fmt.Errorf("it is not refused: %w", err)
			}
			return nil
		})
		done <- failed
	}()
	t.Cleanup(func() {
		stop()
		if failed := <-done; len(failed) > 0 {
			t.Errorf("%d requests failed, such as: %v", len(failed), failed[0])
		}
	})
}

// lasting creates pods that stay: on Fargate, ended, and Pending until a profile comes.
func (f *fixture) lasting(t *testing.T) {
	t.Helper()
	runs, late, reported := f.selected(t, "dashboard-runs"), f.namespace(t, "late", nil), f.namespace(t, "reported", nil)
	f.apply(t, runs, strings.Replace(deployment, "replicas: 2", "replicas: 1", 1))
	f.apply(t, runs, "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: c}]}}}\n")
	for _, namespace := range []string{late, reported} {
		f.apply(t, namespace, deployment)
		f.pods(t, namespace, "app=web", 2, hangs)
		f.profile(t, namespace, namespace)
	}
}

// strange asks the webhook without its secret path.
func (f *fixture) strange(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.webhook.URL+"/not-the-secret/mutate/pods", strings.NewReader("{}"))
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil || response.StatusCode == http.StatusOK {
		return fmt.Errorf("the webhook answers %s, %w", response.Status, err)
	}
	return apierrors.NewForbidden(corev1.Resource("pods"), "strange", nil)
}

// small is a pod that requests less than Fargate provisions.
func small() *corev1.Pod {
	requests := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("100Mi")}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "load-"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c", Resources: corev1.ResourceRequirements{Requests: requests}}}},
	}
}

// workload is a Deployment of a pod.
func workload(pod *corev1.Pod) *appsv1.Deployment {
	labels := map[string]string{"app": "load", "run": "on-fargate"}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "load-"},
		Spec: appsv1.DeploymentSpec{
			Replicas: new(int32), Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: *pod.Spec.DeepCopy()},
		},
	}
}
