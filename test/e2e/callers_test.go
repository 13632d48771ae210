package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/secretpath"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// registeredClient is how the API server is told to call one of the webhooks.
func registeredClient(ctx context.Context, t *testing.T, c *cluster.Cluster) admissionregistrationv1.WebhookClientConfig {
	t.Helper()
	hooks, err := c.Clientset().AdmissionregistrationV1().ValidatingWebhookConfigurations().Get(ctx, "fargate-webhook", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return hooks.Webhooks[0].ClientConfig
}

// registeredPath is the secret path that the API server is told to use.
func registeredPath(ctx context.Context, t *testing.T, c *cluster.Cluster) string {
	t.Helper()
	_, path, _ := strings.Cut(strings.TrimPrefix(*registeredClient(ctx, t, c).URL, "https://"), "/")
	secret, _ := secretpath.Cut("/" + path)
	if err := secretpath.Check(secret); err != nil {
		t.Fatal(err)
	}
	return secret
}

// ask sends a review to the webhook's port, as any pod can, and returns the status code and the
// body.
func ask(ctx context.Context, t *testing.T, webhook *install.Webhook, bundle []byte, path, body string) (int, string) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, webhook.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// forgedReview is a review of a Service that is refused in a namespace, as somebody else.
func forgedReview(t *testing.T, namespace string) string {
	t.Helper()
	return strings.NewReplacer(`"namespace": "apps"`, fmt.Sprintf(`"namespace": %q`, namespace), `"tester"`, `"system:admin"`).Replace(manifest(t, "review-nodeport.json"))
}

// TestOnlyAPIServerMayCall: before, during and after a rotation of CA and secret path, no call of
// the API server fails, and a caller without the path gets neither a judgement nor an audit line.
// After a restart the old path is worth nothing. Nothing that is logged or exported has a path.
func TestOnlyAPIServerMayCall(t *testing.T) {
	args := append(profilesArgs(t), "--shutdown-delay=0s", "--log-level=debug", "--test-rotation-delay=15s")
	c, webhook := withOwnWebhook(t, args, nil)
	namespace := newNamespace(t, c, "fargate-", nil)
	forged := forgedReview(t, "forged-"+namespace)
	refusedCaller := func(when string) {
		t.Helper()
		for _, path := range []string{"/validate/services", "/" + secretpath.New() + "/validate/services", "/"} {
			if code, body := ask(t.Context(), t, webhook, registeredClient(t.Context(), t, c).CABundle, path, forged); code != http.StatusNotFound || strings.Contains(body, "node") {
				t.Errorf("%s: a caller without the path got %d: %s", when, code, body)
			}
		}
	}
	genuine := func(path string, want int) {
		t.Helper()
		code, body := ask(t.Context(), t, webhook, registeredClient(t.Context(), t, c).CABundle, "/"+path+"/validate/services", forgedReview(t, namespace))
		if code != want {
			t.Errorf("a caller with the path got %d: %s", code, body)
		}
	}

	old := registeredPath(t.Context(), t, c)
	load := startCalls(t, c, 1, 20*time.Millisecond)
	refusedCaller("before")
	genuine(old, http.StatusOK)

	secrets := c.Clientset().CoreV1().Secrets(install.Name)
	if err := secrets.Delete(t.Context(), "fargate-webhook-ca", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	renewed := awaitStoredPath(t, c, old)
	// Both are accepted, and the old one is registered, until every replica knows the new one.
	err := cluster.Await(t.Context(), podsDeadline, "the new path is accepted", func(ctx context.Context) error {
		if code, body := ask(ctx, t, webhook, registeredClient(ctx, t, c).CABundle, "/"+renewed+"/validate/services", forgedReview(t, namespace)); code != http.StatusOK {
			return fmt.Errorf("%d: %s", code, body)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if registeredPath(t.Context(), t, c) != old {
		t.Error("the new path was registered at once")
	}
	refusedCaller("during")
	genuine(old, http.StatusOK)
	err = cluster.Await(t.Context(), 2*time.Minute, "the new path is registered", func(ctx context.Context) error {
		if registeredPath(ctx, t, c) != renewed {
			return errors.New("the old path is registered")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	load.await(t, load.count.Load()+10) // calls with the new path
	refusedCaller("after")
	genuine(old, http.StatusOK)
	load.await(t, 100)
	load.end(t, 100)
	checkCallersTold(t, webhook, old, renewed, "forged-"+namespace)

	_, webhook = withOwnWebhook(t, args, nil)
	genuine(old, http.StatusNotFound)
	genuine(renewed, http.StatusOK)
	refusedCaller("after a restart")
	if registeredPath(t.Context(), t, c) != renewed {
		t.Error("the restart replaced the path")
	}

	// What docs/operations.md warns of: an API server that can't reach the webhook shows the path.
	if err := webhook.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := createDry(t, c, "apps", nil); err == nil || !strings.Contains(err.Error(), renewed) {
		t.Errorf("the API server keeps the path to itself, so the docs can be changed: %v", err)
	}
}

// awaitStoredPath waits until the Secret has another path, and returns it.
func awaitStoredPath(t *testing.T, c *cluster.Cluster, old string) (path string) {
	t.Helper()
	err := cluster.Await(t.Context(), podsDeadline, "the Secret has another path", func(ctx context.Context) error {
		secret, err := c.Clientset().CoreV1().Secrets(install.Name).Get(ctx, "fargate-webhook-ca", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if path = string(secret.Data["path"]); path == old {
			return errors.New("it has the old one")
		}
		return secretpath.Check(path)
	})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// checkCallersTold checks that refused callers are counted, that a forged review has left no audit
// line, that genuine lines are marked, and that nothing quotes a path.
func checkCallersTold(t *testing.T, webhook *install.Webhook, old, renewed, forged string) {
	t.Helper()
	exported := page(t, webhook.Metrics+"/metrics")
	if !strings.Contains(exported, `fargate_webhook_refused_callers_total{reason="path"} 9`) {
		t.Errorf("refused callers are not counted:\n%s", exported)
	}
	audited, err := os.ReadFile(webhook.AuditLog)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(audited, []byte(forged)) {
		t.Error("a forged review has an audit line")
	}
	last := audited[bytes.LastIndexByte(audited[:len(audited)-1], '\n')+1:]
	var line auditLine
	if err := json.Unmarshal(last, &line); err != nil || line.Caller != "secret-path" {
		t.Errorf("audit line %s: %v", last, err)
	}
	for name, text := range map[string]string{"metrics": exported, "audit log": string(audited), "log": webhook.Tail(10_000)} {
		if strings.Contains(text, old) || strings.Contains(text, renewed) {
			t.Errorf("the %s has a secret path:\n%s", name, text)
		}
	}
}
