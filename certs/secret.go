package certs

import (
	"context"
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// errNoCA is the error of a Secret without a CA.
var errNoCA = errors.New("it has no " + caFile)

// NewSecretSource returns a Source with its CA in a Secret, shared by all replicas. The first
// replica creates it, and any replica replaces it if it is missing, invalid or has less than a
// third of its life left. To stop trusting a CA whose key has leaked, delete the Secret and restart
// all replicas: replicas that keep running have the old CA in the bundle for up to a week.
//
// It needs the right to create Secrets in the namespace, and to get, list, watch and update this
// one. It lists and watches with a field selector for the name, so that rights limited by
// resourceNames are enough.
//
// hosts are the DNS names and IP addresses of the webhook.
func NewSecretSource(config *rest.Config, namespace, secretName string, hosts []string) (Source, error) {
	return newSecretSource(config, namespace, secretName, hosts)
}

func newSecretSource(config *rest.Config, namespace, secretName string, hosts []string) (*managed, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("create the Kubernetes client for the CA: %w", err)
	}
	where := fmt.Sprintf("the CA in Secret %s/%s", namespace, secretName)
	readCA := func(ctx context.Context) ([]byte, error) {
		secret, err := client.CoreV1().Secrets(namespace).Get(ctx, secretName, metav1.GetOptions{})
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", where, err)
		}
		ca := secret.Data[caFile]
		if len(ca) == 0 {
			return nil, fmt.Errorf("read %s: %w", where, errNoCA)
		}
		if err := checkBundle(ca); err != nil {
			return nil, fmt.Errorf("read %s: %s: %w", where, caFile, err)
		}
		return ca, nil
	}
	return newManaged(newSecretAuthority(client, namespace, secretName), readCA, hosts, where), nil
}
