package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
	"fargate-webhook/test/cluster/install"
)

// fromCluster is what is compared of an object.
type fromCluster struct {
	Kind, Namespace, Name, Result string
	PodsRefused                   bool
	Size, Usage                   json.RawMessage
	Placement                     struct {
		Fargate bool
		Profile string
	}
	Patch    []struct{ Op, Path string }
	Findings []struct{ Rule, Action, Field, Message string }
}

// TestReviewFromCluster: the objects of a live cluster get the same judgement as the files that were
// applied, although admission and the API server have changed them since; a review only lists, and
// asks for no Secret.
func TestReviewFromCluster(t *testing.T) {
	clustertest.Needed(t)
	t.Parallel()
	audit := filepath.Join(t.TempDir(), "audit.log")
	rules := filepath.Join(filepath.Dir(audit), "policy.yaml")
	if err := os.WriteFile(rules, []byte("apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := clustertest.Start(t, cluster.Options{APIServerArgs: []string{"--audit-log-path=" + audit, "--audit-policy-file=" + rules}})
	binary := filepath.Join(c.Dir(), "fargate-webhook")
	if err := errors.Join(install.Build(t.Context(), binary), install.Rights(t.Context(), c), createNamespace(t.Context(), c, "apps")); err != nil {
		t.Fatal(err)
	}
	webhook, err := install.Start(t.Context(), c, install.Options{Binary: binary, Args: profilesArgs(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = webhook.Stop() })
	const files = "testdata/from-cluster"
	for _, args := range [][]string{
		{"-n", "apps", "create", "serviceaccount", "reviewer"},
		{"create", "clusterrolebinding", "reviewer", "--clusterrole=view", "--serviceaccount=apps:reviewer"},
		{"apply", "-f", files},
	} {
		if args[0] == "apply" {
			if err := webhook.AwaitAdmission(t.Context(), c, "apps"); err != nil {
				t.Fatal(err)
			}
		}
		if result, err := c.Kubectl(t.Context(), "", args...); err != nil || result.Code != 0 {
			t.Fatalf("kubectl %q: %v\n%s", args, err, result.Stderr)
		}
	}
	err = cluster.Await(t.Context(), podsDeadline, "the controllers have made pods", func(ctx context.Context) error {
		result, err := c.Kubectl(ctx, "", "-n", "apps", "get", "pods", "-o", "name")
		if made := strings.Count(result.Stdout, "pod/"); err == nil && made < 4 {
			return fmt.Errorf("%d pods", made)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := c.KubeconfigFor(t.Context(), "apps", "reviewer")
	if err != nil {
		t.Fatal(err)
	}
	review := func(args ...string) (map[string]fromCluster, string) {
		args = append(append([]string{"review", "-o", "json"}, profilesArgs(t)...), args...)
		command := exec.CommandContext(t.Context(), binary, args...)
		var stdout, stderr bytes.Buffer
		command.Stdout, command.Stderr = &stdout, &stderr
		if err := command.Run(); command.ProcessState == nil || command.ProcessState.ExitCode() != 1 {
			t.Fatalf("%q: %v\n%s", args, err, stderr.String())
		}
		return judged(t, stdout.Bytes()), stderr.String()
	}
	before, _ := review("-f", files)
	now, warnings := review("--from-cluster", "-n", "apps", "--kubeconfig="+kubeconfig)
	if len(before) != 7 {
		t.Errorf("%d of the files are judged", len(before))
	}
	if diff := cmp.Diff(before, now); diff != "" {
		t.Errorf("-files +cluster:\n%s", diff)
	}
	if strings.Count(warnings, "no right to list ") != 4 || !strings.Contains(warnings, "no right to list storageclasses.storage.k8s.io: decisions about other objects are made without them\n") {
		t.Errorf("warnings:\n%s", warnings)
	}
	checkReadOnly(t, audit)
}

// judged returns the objects of a report that are judged, by kind and name.
func judged(t *testing.T, report []byte) map[string]fromCluster {
	t.Helper()
	var all struct{ Items []fromCluster }
	if err := json.Unmarshal(report, &all); err != nil {
		t.Fatal(err)
	}
	items := map[string]fromCluster{}
	for _, item := range all.Items {
		if item.Result != "skip" {
			items[item.Kind+"/"+item.Name] = item
		}
	}
	return items
}

// checkReadOnly checks in the API server's audit log that the reviewer listed, and touched no Secret
// or ConfigMap but that of the policy.
func checkReadOnly(t *testing.T, audit string) {
	t.Helper()
	data, err := os.ReadFile(audit)
	if err != nil {
		t.Fatal(err)
	}
	lists := 0
	for line := range bytes.Lines(data) {
		var event struct {
			Verb, RequestURI string
			User             struct{ Username string }
			ObjectRef        struct{ Resource string }
		}
		if err := json.Unmarshal(line, &event); err != nil {
			continue // being written
		}
		if event.User.Username != "system:serviceaccount:apps:reviewer" {
			continue
		}
		switch resource := event.ObjectRef.Resource; {
		case resource == "secrets", event.Verb != "list" && event.Verb != "get":
			t.Errorf("%s %s", event.Verb, event.RequestURI)
		case event.Verb == "list":
			lists++
			if !strings.Contains(event.RequestURI, "limit=500") {
				t.Errorf("not in pages: %s", event.RequestURI)
			}
		case resource != "" && resource != "deployments":
			t.Errorf("%s %s", event.Verb, event.RequestURI)
		}
	}
	if lists < 20 {
		t.Errorf("the audit log has %d lists", lists)
	}
}
