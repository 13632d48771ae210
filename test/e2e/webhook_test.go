package e2e

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// profilesArgs has the webhook read the profiles of the tests, which are those of
// examples/cluster-config.yaml and some more.
func profilesArgs(t *testing.T) []string {
	t.Helper()
	file, err := filepath.Abs("testdata/profiles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--profiles=" + file}
}

// withWebhook is for tests that share a control plane: it runs the test in parallel, with the webhook
// that they have in common.
func withWebhook(t *testing.T) (*cluster.Cluster, *install.Webhook) {
	t.Helper()
	inParallel(t)
	return commonWebhook(t)
}

// withWebhookForSubtests is withWebhook for tests whose subtests run in parallel.
func withWebhookForSubtests(t *testing.T) (*cluster.Cluster, *install.Webhook) {
	t.Helper()
	t.Parallel()
	return commonWebhook(t)
}

func commonWebhook(t *testing.T) (*cluster.Cluster, *install.Webhook) {
	t.Helper()
	c := shared.start(t)
	shared.mutex.Lock()
	defer shared.mutex.Unlock()
	if !shared.common {
		// The cluster has the AWS Load Balancer Controller.
		params, _, _ := strings.Cut(manifest(t, "traffic/crds.yaml"), "\n---\n")
		mustKubectl(t, c, params, "apply", "-f", "-")
		mustKubectl(t, c, params, "wait", "--for=condition=Established", "--timeout=60s", "-f", "-")
		shared.run(t, append(profilesArgs(t), "--shutdown-delay=0s"), nil)
		shared.common = true
	}
	if err := shared.webhook.Running(); err != nil {
		t.Fatal(err)
	}
	return c, shared.webhook
}

// withOwnWebhook is for tests that need a control plane for themselves, with a webhook of their own,
// run with the arguments and, besides the test's own, the environment. It replaces the one that the
// test ran before.
func withOwnWebhook(t *testing.T, args, env []string) (*cluster.Cluster, *install.Webhook) {
	t.Helper()
	f := own.take(t, false)
	f.run(t, args, env)
	return f.cluster, f.webhook
}

// run runs a webhook instead of the one that runs, and waits until the API server asks it.
func (f *fixture) run(t *testing.T, args, env []string) {
	t.Helper()
	f.replace(t, args, env)
	if err := f.webhook.AwaitAdmission(t.Context(), f.cluster, "apps"); err != nil {
		t.Fatal(err)
	}
}

// replace runs a webhook instead of the one that runs, and waits until it is ready.
func (f *fixture) replace(t *testing.T, args, env []string) {
	t.Helper()
	if f.webhook != nil {
		// A test may have ended it before: that is no error.
		if err := f.webhook.Stop(); err != nil {
			t.Error(err)
		}
	}
	f.webhook, f.common = nil, false
	if env != nil {
		env = append(os.Environ(), env...)
	}
	webhook, err := install.Start(t.Context(), f.cluster, install.Options{Binary: built.path(), Args: slices.Clone(args), Env: env})
	if err != nil {
		t.Fatal(err)
	}
	f.webhook = webhook
}

// readiness asks /readyz and returns the status code.
func readiness(ctx context.Context, webhook *install.Webhook) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, webhook.Probes+"/readyz", http.NoBody)
	if err != nil {
		return 0, err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}
