package certs

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/cert-manager/cert-manager/pkg/server/tls/authority"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
)

// errNoCA is a Secret without the key that holds the CA.
var errNoCA = errors.New("it has no " + caFile)

// NewSecretSource makes a Source whose CA is kept in the Secret secretName of the namespace, shared by all replicas: the first makes it,
// and any replaces it when it is gone, garbled or two thirds through its life. To distrust a CA whose key has leaked at once, delete the
// Secret and restart all replicas: those that run on keep the old CA in the bundle for up to a week.
//
// It needs the right to create Secrets in the namespace, and get, list, watch and update on that one. The list and the watch ask for that
// name by field selector, so rights limited by resourceNames are enough.
//
// hosts are the DNS names and IP addresses of the webhook.
func NewSecretSource(config *rest.Config, namespace, secretName string, hosts []string) Source {
	return newSecretSource(config, namespace, secretName, hosts)
}

func newSecretSource(config *rest.Config, namespace, secretName string, hosts []string) *managed {
	inner := &authority.DynamicAuthority{
		SecretNamespace: namespace,
		SecretName:      secretName,
		SecretLabels:    map[string]string{"app.kubernetes.io/managed-by": "fargate-webhook"},
		RESTConfig:      config,
		CommonName:      caCommonName,
		CADuration:      caDuration,
		LeafDuration:    leafDuration,
	}
	client := sync.OnceValues(func() (*typedcorev1.CoreV1Client, error) { return typedcorev1.NewForConfig(config) })
	where := fmt.Sprintf("the CA in Secret %s/%s", namespace, secretName)
	readCA := func(ctx context.Context) ([]byte, error) {
		secrets, err := client()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", where, err)
		}
		secret, err := secrets.Secrets(namespace).Get(ctx, secretName, metav1.GetOptions{})
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
	return newManaged(inner, readCA, hosts, where)
}
