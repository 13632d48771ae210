package cli

import (
	"fmt"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Kubeconfig says which kubeconfig file and which of its contexts is used; empty for the default.
type Kubeconfig struct{ Path, Context string }

// RESTConfig returns how to reach the API server: by the kubeconfig if file or context are named,
// else by the pod's service account, else by $KUBECONFIG or ~/.kube/config.
func (k Kubeconfig) RESTConfig() (*rest.Config, error) {
	if k == (Kubeconfig{}) {
		if config, err := rest.InClusterConfig(); err == nil {
			return plain(config), nil
		}
	}
	config, err := k.load().ClientConfig()
	if err != nil && k.Context != "" {
		return nil, fmt.Errorf("load the kubeconfig: --context %q: %w", k.Context, err)
	}
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

func (k Kubeconfig) load() clientcmd.ClientConfig {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = k.Path
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: k.Context})
}

// Namespace returns that of the context, as kubectl has it without -n, or "default".
func (k Kubeconfig) Namespace() string {
	namespace, _, err := k.load().Namespace()
	if err != nil {
		return "default"
	}
	return namespace
}
