package registration

import (
	"errors"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/internal/kube/kubetest"
)

func withBundles(mutating, validating string) kubetest.Client {
	client := func(bundle string) admissionv1.WebhookClientConfig {
		return admissionv1.WebhookClientConfig{CABundle: []byte(bundle)}
	}
	return kubetest.NewClient(
		&admissionv1.MutatingWebhookConfiguration{
			ObjectMeta: metav1.ObjectMeta{Name: MutatingName}, Webhooks: []admissionv1.MutatingWebhook{{ClientConfig: client(mutating)}},
		},
		&admissionv1.ValidatingWebhookConfiguration{
			ObjectMeta: metav1.ObjectMeta{Name: ValidatingName}, Webhooks: []admissionv1.ValidatingWebhook{{ClientConfig: client("A\nNEW\n")}, {ClientConfig: client(validating)}},
		})
}

// A new CA is trusted once every webhook of both configurations has it.
func TestTrusts(t *testing.T) {
	failing := func(err error) kubetest.Client {
		client := withBundles("A\n", "A\n")
		client.PrependReactor("get", "*", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, err })
		return client
	}
	for _, test := range []struct {
		name   string
		client kubetest.Client
		want   string // of the error, "" for none
	}{
		{"nothing is registered", kubetest.NewClient(), ""},
		{"both have it", withBundles("NEW\nA\n", "NEW\nA"), ""},
		{"the mutating one lacks it", withBundles("A\n", "NEW\nA\n"), MutatingName + " lacks"},
		{"one validating webhook lacks it", withBundles("NEW\nA\n", "A\n"), ValidatingName + " lacks"},
		{"no right to read", failing(apierrors.NewForbidden(schema.GroupResource{}, "", nil)), ""},
		{"the API server is down", failing(errors.New("down")), "read the registered CA bundle: down"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Trusts(test.client)(t.Context(), []byte("NEW\n"))
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("have %v, want %q", err, test.want)
			}
		})
	}
}
