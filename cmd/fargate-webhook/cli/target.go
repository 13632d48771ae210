package cli

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"fargate-webhook/webhook/registration"
)

// TargetFlags say where the API server calls the webhook.
type TargetFlags struct{ Namespace, ServiceName, WebhookURL string }

// Register adds the flags to a command.
func (f *TargetFlags) Register(set *pflag.FlagSet) {
	set.StringVar(&f.Namespace, "namespace", ownNamespace(), "namespace that the webhook runs in, exempt from admission; defaults to $POD_NAMESPACE if it is set")
	set.StringVar(&f.ServiceName, "service-name", "fargate-webhook", "Service in front of the webhook")
	set.StringVar(&f.WebhookURL, "webhook-url", "", "register this URL, https://host:port, instead of the Service; for a webhook outside the cluster")
}

// Target returns where the API server calls the webhook: at the URL if there is one, else at the
// Service.
func (f *TargetFlags) Target() registration.Target {
	return registration.Target{URL: f.WebhookURL, ServiceNamespace: f.Namespace, ServiceName: f.ServiceName}
}

// Hosts returns the host names and addresses that the serving certificate must be valid for. It
// returns an error if --webhook-url is invalid.
func (f *TargetFlags) Hosts() ([]string, error) {
	hosts, err := f.Target().Hosts()
	if err != nil {
		return nil, fmt.Errorf("--webhook-url %q: %w", f.WebhookURL, err)
	}
	return hosts, nil
}

// ownNamespace returns $POD_NAMESPACE, which the Deployment sets, or else the namespace of
// deploy/manifests.
func ownNamespace() string {
	if namespace := os.Getenv("POD_NAMESPACE"); namespace != "" {
		return namespace
	}
	return "fargate-webhook"
}
