package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/profiles/eks/ekstest"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// kubeconfigThrough is the webhook's kubeconfig, with an API server behind a gate.
func kubeconfigThrough(t *testing.T, c *cluster.Cluster, g *gate) string {
	t.Helper()
	original, err := c.KubeconfigFor(t.Context(), install.Name, install.Name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(string(text), c.Config().Host, "https://"+g.Addr().String())
	if changed == string(text) {
		t.Fatalf("no %s in %s", c.Config().Host, text)
	}
	return writeFile(t, t.TempDir(), "kubeconfig", []byte(changed))
}

// awaitLog waits for a text in the webhook's log.
func awaitLog(t *testing.T, webhook *install.Webhook, text string) {
	t.Helper()
	err := cluster.Await(t.Context(), time.Minute, fmt.Sprintf("the log has %q", text), func(context.Context) error {
		if err := webhook.Running(); err != nil {
			return cluster.Stop(err)
		}
		if !strings.Contains(webhook.Tail(1<<20), text) {
			return errors.New("it doesn't")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// notRegistered checks that the API server waits for no webhook.
func notRegistered(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	if _, err := c.Clientset().AdmissionregistrationV1().MutatingWebhookConfigurations().Get(t.Context(), "0400-fargate-webhook", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("the configuration: %v", err)
	}
	for _, namespace := range []string{"apps", "default", "kube-system"} {
		if err := createDry(t, c, namespace, nil); err != nil {
			t.Errorf("a pod in %s: %v", namespace, err)
		}
	}
}

// TestAlive: whether the webhook is alive depends neither on the API server nor on AWS. Without them
// from the start it isn't ready, and nobody waits for it; it becomes ready once they are there. If
// it loses them afterwards it goes on answering, and stays ready.
func TestAlive(t *testing.T) {
	f := own.take(t, true)
	c := f.cluster
	f.end(t)
	unregister(t, c)
	forget(t, c)
	server := ekstest.NewServer(ownProfiles("own", "a"), ekstest.Options{Cluster: "e2e"})
	t.Cleanup(server.Close)
	fail := func() {
		for _, operation := range []ekstest.Operation{ekstest.ListFargateProfiles, ekstest.DescribeFargateProfile} {
			server.Fail(operation, 1<<30, ekstest.APIError(http.StatusForbidden, "AccessDeniedException", "no"))
		}
	}
	fail()
	g := newGate(t)
	webhook, err := install.Start(t.Context(), c, install.Options{
		Binary: built.path(), Env: append(os.Environ(), environment(server)...), NoWait: true,
		Args: []string{"--kubeconfig=" + kubeconfigThrough(t, c, g), "--cluster-name=e2e", "--refresh-interval=1s", "--shutdown-delay=0s"},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.webhook = webhook
	check := func(when string, wantReady int) {
		t.Helper()
		if code, text := get(t, webhook.Probes+"/healthz"); code != http.StatusOK {
			t.Errorf("%s: /healthz: %d %s", when, code, text)
		}
		if code, text := get(t, webhook.Probes+"/readyz?verbose"); code != wantReady {
			t.Errorf("%s: /readyz: %d %s", when, code, text)
		}
	}
	awaitLog(t, webhook, "AccessDenied")
	check("without both", http.StatusInternalServerError)
	text := page(t, webhook.Probes+"/readyz?verbose")
	for _, awaited := range []string{"[-]certificate failed", "[-]profiles failed", "[-]lookups-"} {
		if !strings.Contains(text, awaited) {
			t.Errorf("without both: no %q in\n%s", awaited, text)
		}
	}
	notRegistered(t, c)

	g.open(strings.TrimPrefix(c.Config().Host, "https://"))
	server.Recover()
	if err := webhook.AwaitAdmission(t.Context(), c, "apps"); err != nil {
		t.Fatal(err)
	}
	check("with both", http.StatusOK)

	g.cut()
	fail()
	awaitLog(t, webhook, "Failed to renew lease")
	awaitLog(t, webhook, "profile refresh failed")
	check("after both are gone", http.StatusOK)
	for range 5 {
		if err := createDry(t, c, "apps", nil); err != nil {
			t.Errorf("a pod after both are gone: %v", err)
		}
	}
	if err := webhook.Running(); err != nil {
		t.Error(err)
	}
	g.open(strings.TrimPrefix(c.Config().Host, "https://"))
}

// TestCannotStart: an install of a webhook that can't start, or that never gets ready, blocks no
// create.
func TestCannotStart(t *testing.T) {
	f := own.take(t, false)
	c := f.cluster
	f.end(t)
	unregister(t, c)
	folder := t.TempDir()
	broken := writeFile(t, folder, "policy.yaml", []byte("apiVersion: fargate-webhook/v1alpha1\nkind: Policy\nmoed: Observe\n"))
	for name, args := range map[string][]string{
		"a policy with an unknown field": append(profilesArgs(t), "--config="+broken),
		"no certificate":                 append(profilesArgs(t), "--cert-dir="+folder),
		"no profiles":                    {"--profiles=" + filepath.Join(folder, "none.yaml")},
	} {
		t.Run(name, func(t *testing.T) {
			webhook, err := install.Start(t.Context(), c, install.Options{Binary: built.path(), Args: args, NoWait: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = webhook.Kill() })
			err = cluster.Await(t.Context(), time.Minute, "it has ended or says why not", func(ctx context.Context) error {
				select {
				case <-webhook.Exited():
					return nil
				default:
				}
				if code, err := readiness(ctx, webhook); err != nil || code == http.StatusOK {
					return errors.Join(fmt.Errorf("/readyz: %d", code), err)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			notRegistered(t, c)
		})
	}
}
