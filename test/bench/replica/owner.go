package replica

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/bench/bodies"
	"fargate-webhook/test/cluster"
)

// owned creates the ReplicaSet of a recorded pod, without pods, and returns the review of the pod as
// one of that ReplicaSet: the webhook looks it up.
func owned(ctx context.Context, c *cluster.Cluster, size bodies.Size) ([]byte, error) {
	body := size.Mutate()
	var review struct {
		Request struct{ Object corev1.Pod }
	}
	if err := json.Unmarshal(body, &review); err != nil {
		return nil, err
	}
	pod := &review.Request.Object
	owner := metav1.GetControllerOf(pod)
	if owner == nil {
		return body, nil
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: bodies.Namespace}}
	if _, err := c.Clientset().CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return nil, err
	}
	template := size.Template()
	template.Labels = pod.Labels
	set, err := c.Clientset().AppsV1().ReplicaSets(bodies.Namespace).Create(ctx, &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: owner.Name, Labels: pod.Labels},
		Spec:       appsv1.ReplicaSetSpec{Replicas: new(int32(0)), Selector: &metav1.LabelSelector{MatchLabels: pod.Labels}, Template: template},
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("create the ReplicaSet of the pod of %s: %w", size.Name, err)
	}
	return bytes.ReplaceAll(body, []byte(owner.UID), []byte(set.UID)), nil
}
