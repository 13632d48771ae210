package certs

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"fargate-webhook/internal/owner"
)

// NewSecretSource returns a Source with its CA in a Secret, shared by all replicas. The first
// replica creates it, and any replica replaces it if it is missing, invalid or has less than a
// third of its life left. To stop trusting a CA whose key has leaked, or a secret path, delete the
// Secret, wait two minutes and restart all replicas: replicas that keep running have the old CA in
// the bundle, and accept the old path, for up to a week.
//
// It needs the right to create Secrets in the namespace, and to get, list, watch and update this
// one. It lists and watches with a field selector for the name, so that rights limited by
// resourceNames are enough.
//
// hosts are the DNS names and IP addresses of the webhook.
func NewSecretSource(config *rest.Config, namespace, secretName string, hosts []string, owners owner.References, r Rotation) (Source, error) {
	return newSecretSource(config, namespace, secretName, hosts, owners, r)
}

func newSecretSource(config *rest.Config, namespace, secretName string, hosts []string, owners owner.References, r Rotation) (*managed, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("create the Kubernetes client for the CA: %w", err)
	}
	where := fmt.Sprintf("the CA in Secret %s/%s", namespace, secretName)
	read := func(ctx context.Context) (stored, error) {
		secret, err := client.CoreV1().Secrets(namespace).Get(ctx, secretName, metav1.GetOptions{})
		if err != nil {
			return stored{}, fmt.Errorf("read %s: %w", where, err)
		}
		found, err := storedIn(secret.Data)
		if err != nil {
			return stored{}, fmt.Errorf("read %s: %w", where, err)
		}
		return found, nil
	}
	return newManaged(newSecretAuthority(client, namespace, secretName, owners), read, hosts, where, r), nil
}
