package certs

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/kube"
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
func NewSecretSource(client kube.Interface, namespace, secretName string, hosts []string, owners owner.References, r Rotation) Source {
	return newSecretSource(client, namespace, secretName, hosts, owners, r)
}

func newSecretSource(client kube.Interface, namespace, secretName string, hosts []string, owners owner.References, r Rotation) *managed {
	where := fmt.Sprintf("the CA in Secret %s/%s", namespace, secretName)
	read := func(ctx context.Context) (stored, error) {
		secret, err := client.Secrets(namespace).Get(ctx, secretName, metav1.GetOptions{})
		if err != nil {
			return stored{}, fmt.Errorf("read %s: %w", where, err)
		}
		found, err := storedIn(secret.Data)
		if err != nil {
			return stored{}, fmt.Errorf("read %s: %w", where, err)
		}
		return found, nil
	}
	return newManaged(newSecretAuthority(client, namespace, secretName, owners), read, hosts, where, r)
}
