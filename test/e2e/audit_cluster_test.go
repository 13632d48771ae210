package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
	"fargate-webhook/test/cluster/install"
)

// TestClusterAuditLog: the API server's own audit log says what the webhook has refused, warned of and
// changed, and what mode Observe let through. The webhook's log has lines of changes, and folds what
// is refused again and again; when it stops, what it holds is written.
func TestClusterAuditLog(t *testing.T) {
	clustertest.Needed(t)
	t.Parallel()
	folder := t.TempDir()
	audit, rules, config := filepath.Join(folder, "audit.log"), filepath.Join(folder, "rules.yaml"), filepath.Join(folder, "policy.yaml")
	err := errors.Join(
		os.WriteFile(rules, []byte("apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n"), 0o600),
		os.WriteFile(config, []byte("apiVersion: fargate-webhook/v1alpha1\nkind: Policy\nnamespaces: [{match: fargate-observed, mode: Observe}]\n"), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	c := clustertest.Start(t, cluster.Options{APIServerArgs: []string{"--audit-log-path=" + audit, "--audit-policy-file=" + rules}})
	binary := filepath.Join(c.Dir(), "fargate-webhook")
	err = errors.Join(install.Build(t.Context(), binary), install.Rights(t.Context(), c), createNamespace(t.Context(), c, "apps"),
		createNamespace(t.Context(), c, "fargate-enforced"), createNamespace(t.Context(), c, "fargate-observed"))
	if err != nil {
		t.Fatal(err)
	}
	args := append(profilesArgs(t), "--config="+config, "--shutdown-delay=0s", "--audit-log-mutations", "--audit-log-fold=1h")
	webhook, err := install.Start(t.Context(), c, install.Options{Binary: binary, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = webhook.Stop() })
	if err := webhook.AwaitAdmission(t.Context(), c, "apps"); err != nil {
		t.Fatal(err)
	}
	apply(t, c, "fargate-enforced", manifest(t, "pods/two.yaml"))
	mustRefuse(t, kubectl(t, c, manifest(t, "refused/daemonset.yaml"), "apply", "-n", "fargate-enforced", "-f", "-"), "daemonset: ")
	apply(t, c, "fargate-observed", manifest(t, "pods/two.yaml"))
	apply(t, c, "fargate-observed", manifest(t, "refused/daemonset.yaml"))
	apply(t, c, "fargate-enforced", manifest(t, "refused/replicaset-pinned.yaml"))

	for object, want := range map[string]map[string]string{
		"fargate-enforced/pods/two":         {"pods.mutate.fargate-webhook/outcome": "changed", "pods.mutate.fargate-webhook/profile": "each-test", "pods.validate.fargate-webhook/profile": "each-test"},
		"fargate-enforced/daemonsets/agent": {"daemonsets.validate.fargate-webhook/outcome": "refused", "daemonsets.validate.fargate-webhook/refused-by": "daemonset"},
		"fargate-observed/pods/two":         {"pods.validate.fargate-webhook/outcome": "would-change"},
		"fargate-observed/daemonsets/agent": {"daemonsets.validate.fargate-webhook/outcome": "would-refuse", "daemonsets.validate.fargate-webhook/refused-by": "daemonset"},
		"fargate-enforced/replicasets/pinned": {
			"replicasets.validate.fargate-webhook/outcome": "warned", "replicasets.validate.fargate-webhook/rules": "profile-pin",
		},
	} {
		awaitAnnotations(t, audit, object, want)
	}
	var again []auditLine
	err = cluster.Await(t.Context(), podsDeadline, "the ReplicaSet has tried again", func(context.Context) error {
		tries, err := annotatedEvents(audit, func(e *auditEvent) bool {
			return e.Annotations["pods.validate.fargate-webhook/refused-by"] == "profile-pin"
		})
		if err == nil && len(tries) < 4 {
			return fmt.Errorf("%d times", len(tries))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := webhook.Stop(); err != nil {
		t.Fatal(err)
	}
	tries, err := annotatedEvents(audit, func(e *auditEvent) bool {
		return e.Annotations["pods.validate.fargate-webhook/refused-by"] == "profile-pin"
	})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := auditLines(webhook, "fargate-enforced")
	if err != nil {
		t.Fatal(err)
	}
	counted, changed := 0, false
	for _, line := range lines {
		if line.Owner == "ReplicaSet/pinned" {
			again = append(again, line)
			counted += max(line.Count, 1)
		}
		changed = changed || line.Event == "changed" && line.Name == "two" && line.Labels["run"] == "on-fargate" && len(line.Resources) == 2
	}
	if len(again) != 2 || counted != len(tries) || !changed {
		t.Errorf("the API server asked %d times; lines %+v", len(tries), lines)
	}
	lines, err = auditLines(webhook, "fargate-observed")
	if err != nil {
		t.Fatal(err)
	}
	events := map[string]bool{}
	for _, line := range lines {
		if events[line.Event+" "+line.Resource] = true; !line.Observed {
			t.Errorf("in mode Observe: %+v", line)
		}
	}
	if want := map[string]bool{"changed pods": true, "refused daemonsets.apps": true}; !maps.Equal(events, want) {
		t.Errorf("have %v, want %v", events, want)
	}
	checkNoSecrets(t, c, webhook)
}

// auditEvent is what matters of an event in the API server's audit log.
type auditEvent struct {
	Verb        string
	ObjectRef   struct{ Resource, Namespace, Name string }
	Annotations map[string]string
}

// annotatedEvents returns events of the API server's audit log.
func annotatedEvents(path string, which func(*auditEvent) bool) (events []auditEvent, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(data) {
		var event auditEvent
		if err := json.Unmarshal(line, &event); err != nil {
			continue // being written
		}
		if which(&event) {
			events = append(events, event)
		}
	}
	return events, nil
}

// awaitAnnotations waits until the creation of an object has annotations of the webhook.
func awaitAnnotations(t *testing.T, path, object string, want map[string]string) {
	t.Helper()
	err := cluster.Await(t.Context(), podsDeadline, "the API server's audit log has "+object, func(context.Context) error {
		events, err := annotatedEvents(path, func(e *auditEvent) bool {
			ref := e.ObjectRef
			return e.Verb == "create" && strings.Join([]string{ref.Namespace, ref.Resource, ref.Name}, "/") == object
		})
		if err != nil {
			return err
		}
		for i := range events {
			has := true
			for key, value := range want {
				has = has && events[i].Annotations[key] == value
			}
			if has {
				return nil
			}
		}
		return fmt.Errorf("have %+v, want %v", events, want)
	})
	if err != nil {
		t.Error(err)
	}
}
