package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"fargate-webhook/test/cluster/install"
)

// sabotage is something that is broken, and how it is repaired.
type sabotage struct {
	name string
	// unguarded takes the leader's right to repair the registration.
	unguarded bool
	do, undo  func(t *testing.T, f *fixture)
	args      []string // of doctor
	// check must have the status, with a message that says so.
	check, status, says string
}

// TestDoctor runs doctor on a cluster that works, then breaks one thing after another.
func TestDoctor(t *testing.T) {
	f := start(t)
	f.install(t)
	output := f.awaitGood(t)
	t.Log(output)
	t.Run("page", func(t *testing.T) { shown(t, "docs/troubleshooting.md", "fargate-webhook doctor", output) })
	t.Run("json", func(t *testing.T) {
		out, code := f.run(t, "doctor", "-o", "json", "--cluster-name=doctor")
		var report struct {
			Results []map[string]any
			Summary map[string]int
		}
		if err := json.Unmarshal([]byte(out), &report); err != nil || code > 1 || report.Summary["pass"] < 14 || len(report.Results) < 15 {
			t.Errorf("exit code %d, %v\n%s", code, err, out)
		}
	})
	t.Run("why", func(t *testing.T) { f.explains(t) })
	for _, s := range sabotages() {
		t.Run(s.name, func(t *testing.T) {
			if s.unguarded {
				f.kubectl(t, "", "delete", "clusterrolebinding", "fargate-webhook-registration")
			}
			if s.do != nil {
				s.do(t, f)
			}
			f.finds(t, &s)
			if s.undo != nil {
				s.undo(t, f)
			}
			if s.unguarded {
				if err := install.Rights(t.Context(), f.cluster); err != nil {
					t.Fatal(err)
				}
			}
			f.awaitGood(t)
		})
	}
	t.Run("without rights", func(t *testing.T) { f.withoutRights(t) })
	t.Run("webhook is gone", func(t *testing.T) {
		if err := f.webhook.Kill(); err != nil {
			t.Fatal(err)
		}
		f.finds(t, &sabotage{check: "reachability", status: "fail", says: "a probe through the API server doesn't arrive"})
	})
}

// finds waits until doctor finds what is broken.
func (f *fixture) finds(t *testing.T, s *sabotage) {
	t.Helper()
	await(t, "doctor finds it", func() error {
		out, code := f.run(t, append([]string{"doctor"}, s.args...)...)
		for line := range strings.Lines(out) {
			fields := strings.Fields(line)
			if len(fields) > 2 && fields[0] == s.status && fields[1] == s.check && strings.Contains(line, s.says) {
				if want := map[string]int{"fail": 1, "warn": 0}[s.status]; code < want {
					return fmt.Errorf("exit code %d", code)
				}
				return nil
			}
		}
		return fmt.Errorf("exit code %d\n%s", code, out)
	})
}

const (
	mutating   = "mutatingwebhookconfiguration/0400-fargate-webhook"
	validating = "validatingwebhookconfiguration/fargate-webhook"
	probe      = "validatingwebhookconfiguration/fargate-webhook-probe"
)

// do returns what runs kubectl.
func do(args ...string) func(*testing.T, *fixture) {
	return func(t *testing.T, f *fixture) { t.Helper(); f.kubectl(t, "", args...) }
}

// patch returns what changes the first webhook of a configuration.
func patch(configuration, path, value string) func(*testing.T, *fixture) {
	return do("patch", configuration, "--type=json", "-p", fmt.Sprintf(`[{"op":"add","path":"/webhooks/0/%s","value":%s}]`, path, value))
}

func sabotages() []sabotage {
	return []sabotage{
		{
			name: "renamed after EKS's", unguarded: true, do: rename, undo: do("delete", "mutatingwebhookconfiguration", "0600-fargate-webhook"),
			check: "order", status: "fail", says: "0600-fargate-webhook sorts after 0500-",
		},
		{name: "EKS's is gone", do: saveAndDelete, undo: restore, check: "order", status: "fail", says: "EKS claims no pod"},
		{name: "configuration deleted", unguarded: true, do: do("delete", validating), check: "registration", status: "fail", says: "ValidatingWebhookConfiguration fargate-webhook"},
		{name: "failure policy", unguarded: true, do: patch(mutating, "failurePolicy", `"Ignore"`), check: "registration", status: "fail", says: ".failurePolicy"},
		{
			name: "foreign selector", unguarded: true, do: patch(validating, "namespaceSelector/matchLabels", `{"team":"x"}`),
			check: "registration", status: "fail", says: ".namespaceSelector",
		},
		{name: "wrong CA", unguarded: true, do: wrongCA, check: "ca", status: "fail", says: "x509"},
		{name: "no profile", args: []string{"--profiles=testdata/creating.yaml"}, check: "profiles", status: "fail", says: "no Fargate profile is ACTIVE"},
		{
			name: "label conflict", do: conflict, undo: do("-n", "apps", "delete", "service", "on-fargate"),
			check: "admission", status: "warn", says: "run=on-fargate, which the webhook withholds",
		},
		{
			name: "CoreDNS annotated", do: annotate(`"ec2"`), undo: annotate("null"),
			check: "coredns", status: "fail", says: "keeps CoreDNS off Fargate",
		},
		{
			name: "no endpoints", do: do("-n", "fargate-webhook", "scale", "deployment", "fargate-webhook", "--replicas=0"),
			undo: do("-n", "fargate-webhook", "scale", "deployment", "fargate-webhook", "--replicas=2"), check: "reachability", status: "fail", says: "has no ready endpoint",
		},
		{name: "stale lease", do: stale, check: "leader", status: "fail", says: "no replica leads"},
		{name: "DaemonSet", unguarded: true, do: daemonSet, undo: do("-n", "apps", "delete", "daemonset", "agent"), check: "daemonsets", status: "fail", says: "DaemonSet apps/agent"},
		{
			name: "no logging label", do: do("label", "namespace", "aws-observability", "aws-observability-"), undo: do("label", "namespace", "aws-observability", "aws-observability=enabled"),
			check: "logging", status: "fail", says: "lacks the label aws-observability: enabled",
		},
		{name: "rights", unguarded: true, check: "rights", status: "fail", says: "mutatingwebhookconfigurations"},
		{
			name: "load balancer controller", do: balancer("--cluster-name=doctor"), undo: balancer("--cluster-name=doctor", "--aws-region=us-east-1", "--aws-vpc-id=vpc-1"),
			check: "load-balancer-controller", status: "fail", says: "without --aws-region",
		},
	}
}

// rename registers the mutating configuration under another name.
func rename(t *testing.T, f *fixture) {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(f.kubectl(t, "", "get", mutating, "-o", "json")), &object); err != nil {
		t.Fatal(err)
	}
	object["metadata"] = map[string]any{"name": "0600-fargate-webhook"}
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	f.kubectl(t, string(text), "create", "-f", "-")
	f.kubectl(t, "", "delete", mutating)
}

const eksWebhook = "mutatingwebhookconfiguration/0500-amazon-eks-fargate-mutation.amazonaws.com"

// saveAndDelete deletes EKS's configuration, restore creates it again.
func saveAndDelete(t *testing.T, f *fixture) {
	t.Helper()
	f.saved = f.kubectl(t, "", "get", eksWebhook, "-o", "json")
	f.kubectl(t, "", "delete", eksWebhook)
}

func restore(t *testing.T, f *fixture) {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(f.saved), &object); err != nil {
		t.Fatal(err)
	}
	object["metadata"] = map[string]any{"name": strings.TrimPrefix(eksWebhook, "mutatingwebhookconfiguration/")}
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	f.kubectl(t, string(text), "create", "-f", "-")
}

// wrongCA registers a CA that has signed nothing.
func wrongCA(t *testing.T, f *fixture) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(10000 * time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	bundle := base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	for _, configuration := range []string{mutating, validating, probe} {
		hooks := len(strings.Fields(f.kubectl(t, "", "get", configuration, "-o", "jsonpath={.webhooks[*].name}")))
		operations := make([]string, hooks)
		for i := range operations {
			operations[i] = fmt.Sprintf(`{"op":"add","path":"/webhooks/%d/clientConfig/caBundle","value":%q}`, i, bundle)
		}
		f.kubectl(t, "", "patch", configuration, "--type=json", "-p", "["+strings.Join(operations, ",")+"]")
	}
}

// conflict creates a Service that selects pods by the label that a profile asks for.
func conflict(t *testing.T, f *fixture) {
	t.Helper()
	f.kubectl(t, `
apiVersion: v1
kind: Service
metadata: {name: on-fargate}
spec: {selector: {run: on-fargate}, ports: [{port: 80}]}
`, "-n", "apps", "create", "-f", "-")
}

// annotate sets the annotation that keeps CoreDNS off Fargate.
func annotate(value string) func(*testing.T, *fixture) {
	return do("-n", "kube-system", "patch", "deployment", "coredns", "-p", `{"spec":{"template":{"metadata":{"annotations":{"eks.amazonaws.com/compute-type":`+value+`}}}}}`)
}

func balancer(args ...string) func(*testing.T, *fixture) {
	text, _ := json.Marshal(args)
	return do("-n", "kube-system", "patch", "deployment", "aws-load-balancer-controller", "-p", `{"spec":{"template":{"spec":{"containers":[{"name":"controller","args":`+string(text)+`}]}}}}`)
}

// stale gives the Lease to nobody. The next leader takes it when it has seen it unchanged for 15
// seconds.
func stale(t *testing.T, f *fixture) {
	t.Helper()
	f.kubectl(t, "", "-n", "fargate-webhook", "patch", "lease", "fargate-webhook", "--type=merge", "-p", `{"spec":{"holderIdentity":"gone","renewTime":"2026-01-01T00:00:00.000000Z"}}`)
}

// daemonSet creates a DaemonSet that the webhook refuses, while it isn't registered.
func daemonSet(t *testing.T, f *fixture) {
	t.Helper()
	f.kubectl(t, "", "delete", mutating, validating)
	await(t, "the API server has seen it", func() error {
		result, err := f.cluster.Kubectl(t.Context(), `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {run: on-fargate}}
  template: {metadata: {labels: {run: on-fargate}}, spec: {containers: [{name: c, image: c}]}}
`, "-n", "apps", "create", "-f", "-")
		if err != nil || result.Code != 0 {
			return fmt.Errorf("%s %w", result.Stderr, err)
		}
		return nil
	})
}

// withoutRights runs doctor as somebody who may read nothing: nothing fails, and what is missing is
// named.
func (f *fixture) withoutRights(t *testing.T) {
	t.Helper()
	kubeconfig, err := f.cluster.KubeconfigFor(t.Context(), "default", "default")
	if err != nil {
		t.Fatal(err)
	}
	out, code := f.runAs(t, kubeconfig, "doctor", "--cluster-name=doctor")
	if code != 0 || !strings.Contains(out, "you may not list mutatingwebhookconfigurations.admissionregistration.k8s.io; ") || strings.Contains(out, "\nfail") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if out, code := f.runAs(t, kubeconfig, "doctor"); code != 2 || out != "" {
		t.Errorf("without profiles: exit code %d\n%s", code, out)
	}
}
