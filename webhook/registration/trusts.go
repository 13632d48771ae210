package registration

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/kube"
)

// Trusts returns a function that returns an error if the registered CA bundles lack a CA, in PEM:
// the API server then rejects every certificate of that CA. What isn't registered, or what the
// webhook has no right to read, such as a registration that somebody else makes, isn't checked.
func Trusts(client kube.Interface) func(ctx context.Context, ca []byte) error {
	return func(ctx context.Context, ca []byte) error {
		ca = bytes.TrimSpace(ca)
		lacks := func(name string, bundle []byte) error {
			if bytes.Contains(bundle, ca) {
				return nil
			}
			return fmt.Errorf("the CA bundle of %s lacks the new CA", name)
		}
		validating, err := client.ValidatingWebhookConfigurations().Get(ctx, ValidatingName, metav1.GetOptions{})
		if unknowable(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the registered CA bundle: %w", err)
		}
		for i := range validating.Webhooks {
			if err := lacks(ValidatingName, validating.Webhooks[i].ClientConfig.CABundle); err != nil {
				return err
			}
		}
		mutating, err := client.MutatingWebhookConfigurations().Get(ctx, MutatingName, metav1.GetOptions{})
		if unknowable(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the registered CA bundle: %w", err)
		}
		for i := range mutating.Webhooks {
			if err := lacks(MutatingName, mutating.Webhooks[i].ClientConfig.CABundle); err != nil {
				return err
			}
		}
		return nil
	}
}

func unknowable(err error) bool { return apierrors.IsNotFound(err) || apierrors.IsForbidden(err) }

// currentCA returns the first certificate of a bundle: the current CA.
func currentCA(bundle []byte) []byte {
	block, _ := pem.Decode(bundle)
	if block == nil {
		return bundle
	}
	return pem.EncodeToMemory(block)
}
