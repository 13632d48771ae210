package cli

import (
	"fmt"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// RESTConfig returns how to reach the API server: by the kubeconfig file if it is named, else by
// the pod's service account, else by $KUBECONFIG or ~/.kube/config.
func RESTConfig(kubeconfig string) (*rest.Config, error) {
	if kubeconfig == "" {
		if config, err := rest.InClusterConfig(); err == nil {
			return plain(config), nil
		}
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("load the kubeconfig: %w; run in a cluster, or set --kubeconfig", err)
	}
	return plain(config), nil
}

// plain asks for answers that aren't compressed: between an API server and what runs beside it
// compressing costs more than it saves.
func plain(config *rest.Config) *rest.Config {
	config.DisableCompression = true
	return config
}

// ContextNamespace returns the namespace of the kubeconfig's current context, as kubectl has it
// without -n, or "default".
func ContextNamespace(kubeconfig string) string {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	namespace, _, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).Namespace()
	if err != nil {
		return "default"
	}
	return namespace
}
