package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/secretpath"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// repairDeadline is what "within seconds" means here, on a busy machine.
const repairDeadline = 15 * time.Second

// awaitRepairs waits until the webhook's metric says that a configuration was repaired so often.
func awaitRepairs(t *testing.T, webhook *install.Webhook, configuration string, want int) {
	t.Helper()
	line := fmt.Sprintf("fargate_webhook_registration_repairs_total{configuration=%q} %d\n", configuration, want)
	err := cluster.Await(t.Context(), repairDeadline, strings.TrimSpace(line), func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, webhook.Metrics+"/metrics", http.NoBody)
		if err != nil {
			return cluster.Stop(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close() //nolint:errcheck // read to its end
		text, err := io.ReadAll(response.Body)
		if err == nil && !strings.Contains(string(text), line) {
			err = errors.New("it does not")
		}
		return err
	})
	if err != nil {
		t.Fatalf("%v; the webhook last logged:\n%s", err, webhook.Tail(5))
	}
}

// TestDrift: with the rights of its manifests the webhook sees who edits or deletes its
// configurations, puts them back within seconds, logs and counts it. What others add beside them
// stays.
func TestDrift(t *testing.T) {
	f := own.take(t, false)
	c := f.cluster
	f.run(t, append(profilesArgs(t), "--shutdown-delay=0s"), nil)
	webhook := f.webhook
	const mutating, validating = "0400-fargate-webhook", "fargate-webhook"
	patch := func(kind, name, text string) {
		t.Helper()
		mustKubectl(t, c, "", "patch", kind, name, "--type=json", "-p", text)
	}
	intact := func() {
		t.Helper()
		got, err := c.Clientset().AdmissionregistrationV1().MutatingWebhookConfigurations().Get(t.Context(), mutating, metav1.GetOptions{})
		if err != nil || len(got.Webhooks) == 0 {
			t.Fatalf("%v, %v", got, err)
		}
		hook := got.Webhooks[0]
		if *hook.FailurePolicy != "Fail" || len(hook.ObjectSelector.MatchLabels) != 0 || len(hook.MatchConditions) != 1 || hook.ClientConfig.Service != nil {
			t.Errorf("it is %+v", hook)
		}
	}
	count := 0
	for name, edit := range map[string]string{
		"failure policy":  `[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}]`,
		"object selector": `[{"op":"replace","path":"/webhooks/0/objectSelector","value":{"matchLabels":{"no":"pod"}}}]`,
		"a condition":     `[{"op":"add","path":"/webhooks/0/matchConditions/-","value":{"name":"never","expression":"false"}}]`,
		"another target":  `[{"op":"replace","path":"/webhooks/0/clientConfig","value":{"service":{"name":"other","namespace":"default"}}}]`,
		"none left":       `[{"op":"remove","path":"/webhooks"}]`,
	} {
		patch("mutatingwebhookconfiguration", mutating, edit)
		count++
		awaitRepairs(t, webhook, mutating, count)
		intact()
		if t.Failed() {
			t.Fatalf("after %s; the webhook last logged:\n%s", name, webhook.Tail(3))
		}
	}
	patch("validatingwebhookconfiguration", validating, `[{"op":"remove","path":"/webhooks/0"}]`)
	awaitRepairs(t, webhook, validating, 1)
	mustKubectl(t, c, "", "delete", "mutatingwebhookconfiguration/"+mutating, "validatingwebhookconfiguration/"+validating)
	awaitRepairs(t, webhook, validating, 2)
	awaitRepairs(t, webhook, mutating, count+1)
	intact()
	if err := webhook.AwaitAdmission(t.Context(), c, "apps"); err != nil {
		t.Error(err)
	}
	log := webhook.Tail(100)
	for _, want := range []string{"changed webhook configuration applied again", `"by":"kubectl-patch"`, "deleted webhook configuration applied again"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	mustKubectl(t, c, "", "annotate", "mutatingwebhookconfiguration/"+mutating, "seen=1")
	awaitRepairs(t, webhook, mutating, count+1)
	if got := mustKubectl(t, c, "", "get", "mutatingwebhookconfiguration/"+mutating, "-o=jsonpath={.metadata.annotations.seen}"); got != "1" {
		t.Errorf("what others added is %q", got)
	}
}

// TestStopAtOnce: deleting the ClusterRole with both configurations stops the webhook for good,
// whether a replica runs or not; applying the manifests again brings it back.
func TestStopAtOnce(t *testing.T) {
	c, webhook := withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay=0s"), nil)
	mustKubectl(t, c, "", "delete", "clusterrole/fargate-webhook-registration", "mutatingwebhookconfiguration/0400-fargate-webhook", "validatingwebhookconfiguration/fargate-webhook", "--ignore-not-found")
	t.Cleanup(func() {
		if err := install.Rights(context.WithoutCancel(t.Context()), c); err != nil {
			t.Error(err)
		}
	})
	err := cluster.Await(t.Context(), repairDeadline, "the webhook says that it may not register", func(context.Context) error {
		if log := webhook.Tail(20); !strings.Contains(log, "registration failed, retrying") || !strings.Contains(log, "forbidden") {
			return errors.New(log)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Clientset().AdmissionregistrationV1().MutatingWebhookConfigurations().Get(t.Context(), "0400-fargate-webhook", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("it is there again: %v", err)
	}
	if err := install.Rights(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := webhook.AwaitAdmission(t.Context(), c, "apps"); err != nil {
		t.Error(err)
	}
}

// TestStaticRegistration: the program registers nothing and needs no right to; what it prints is
// applied with kubectl, and pods are judged. With a file of secret paths both sides use them.
func TestStaticRegistration(t *testing.T) {
	f := own.take(t, false)
	c, dir := f.cluster, t.TempDir()
	withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay=0s", "--state-dir="+dir), nil) // makes the authority
	bundle := filepath.Join(dir, "bundle.crt")
	if err := os.WriteFile(bundle, registeredBundle(t, c), 0o600); err != nil {
		t.Fatal(err)
	}
	secret := secretpath.New()
	paths := "--path-file=" + writeFile(t, dir, "paths", []byte(secret+"\n"))
	f.end(t)
	names := []string{"mutatingwebhookconfiguration/0400-fargate-webhook", "validatingwebhookconfiguration/fargate-webhook"}
	mustKubectl(t, c, "", append([]string{"delete"}, names...)...)
	webhook, err := install.Start(t.Context(), c, install.Options{
		Binary: built.path(), Args: append(profilesArgs(t), "--shutdown-delay=0s", "--state-dir="+dir, "--static-registration", paths),
	})
	if err != nil {
		t.Fatal(err)
	}
	f.webhook = webhook
	t.Cleanup(func() { deleteLater(t, c, names...) })
	printed := program(t, append([]string{"registration", "--webhook-url=" + webhook.URL, "--ca-bundle=" + bundle, paths}, profilesArgs(t)...)...)
	for _, how := range [][]string{nil, {"--server-side", "--force-conflicts"}} {
		mustKubectl(t, c, printed, append([]string{"apply", "-f", "-"}, how...)...)
	}
	if err := webhook.AwaitAdmission(t.Context(), c, "apps"); err != nil {
		t.Error(err)
	}
	if got := registeredPath(t.Context(), t, c); got != secret {
		t.Error("the registered path is not that of the file")
	}
	if code, body := ask(t.Context(), t, webhook, registeredBundle(t, c), "/validate/services", forgedReview(t, "apps")); code != http.StatusNotFound {
		t.Errorf("a caller without the path got %d: %s", code, body)
	}
}

// deleteLater deletes objects when a test has ended.
func deleteLater(t *testing.T, c *cluster.Cluster, names ...string) {
	t.Helper()
	result, err := c.Kubectl(context.WithoutCancel(t.Context()), "", append([]string{"delete", "--ignore-not-found"}, names...)...)
	if err != nil || result.Code != 0 {
		t.Errorf("delete %v: %s, %v", names, result.Stderr, err)
	}
}
