package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
	"fargate-webhook/webhook/audit/audittest"
)

// auditLine is all that a line of the audit log holds.
type auditLine struct {
	Time         time.Time      `json:"time"`
	Event        string         `json:"event"`
	UID          string         `json:"uid"`
	User         string         `json:"user"`
	Groups       []string       `json:"groups"`
	Caller       string         `json:"caller"`
	Operation    string         `json:"operation"`
	Resource     string         `json:"resource"`
	SubResource  string         `json:"subresource"`
	Namespace    string         `json:"namespace"`
	Name         string         `json:"name"`
	GenerateName string         `json:"generateName"`
	Owner        string         `json:"owner"`
	DryRun       bool           `json:"dryRun"`
	Observed     bool           `json:"observed"`
	Changes      []string       `json:"changes"`
	Profile      string         `json:"profile"`
	Findings     []auditFinding `json:"findings"`
	More         int            `json:"more"`

	Labels        map[string]string `json:"labels"`
	Annotations   map[string]string `json:"annotations"`
	Pinned        string            `json:"pinned"`
	Resources     []json.RawMessage `json:"resources"`
	MoreResources int               `json:"moreResources"`
	Count         int               `json:"count"`
	Since         time.Time         `json:"since"`
}

type auditFinding struct {
	Rule    string `json:"rule"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// auditLines reads the lines about a namespace. Every line of the log must be one of the schema, and
// an auditLine and nothing more.
func auditLines(webhook *install.Webhook, namespace string) ([]auditLine, error) {
	content, err := os.ReadFile(webhook.AuditLog)
	if err != nil {
		return nil, err
	}
	var lines []auditLine
	for text := range bytes.Lines(content) {
		if !bytes.HasSuffix(text, []byte("\n")) {
			continue // being written
		}
		if err := audittest.Validate(text); err != nil {
			return nil, cluster.Stop(err)
		}
		var line auditLine
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&line); err != nil {
			return nil, cluster.Stop(fmt.Errorf("audit line %s: %w", text, err))
		}
		if line.Namespace == namespace {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// awaitAudit waits for so many lines about a namespace, or more.
func awaitAudit(t *testing.T, webhook *install.Webhook, namespace string, count int) []auditLine {
	t.Helper()
	var lines []auditLine
	err := cluster.Await(t.Context(), podsDeadline, fmt.Sprintf("the audit log has %d lines about %s", count, namespace), func(context.Context) (err error) {
		lines, err = auditLines(webhook, namespace)
		if err == nil && len(lines) < count {
			err = fmt.Errorf("it has %d", len(lines))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestAuditLog reads the lines of three refusals: of what a user applies, and of a pod that a
// controller makes.
func TestAuditLog(t *testing.T) {
	c, webhook := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	// What is admitted leaves no line.
	apply(t, c, namespace, manifest(t, "pods/bare.yaml"))
	mustRefuse(t, kubectl(t, c, manifest(t, "refused/daemonset.yaml"), "apply", "-n", namespace, "-f", "-"), "daemonset: ")
	apply(t, c, namespace, manifest(t, "untouched/service-clusterip.yaml"))
	mustRefuse(t, kubectl(t, c, "", "-n", namespace, "patch", "service", "cluster-ip", "-p", `{"spec":{"type":"NodePort"}}`), "node-port: ")
	apply(t, c, namespace, manifest(t, "refused/replicaset-pinned.yaml"))

	lines := awaitAudit(t, webhook, namespace, 3)[:3]
	admin := auditLine{Event: "refused", User: "kubernetes-admin", Groups: []string{"system:masters", "system:authenticated"}, Caller: "secret-path", Namespace: namespace}
	daemonSet, service := admin, admin
	daemonSet.Operation, daemonSet.Resource, daemonSet.Name, daemonSet.Profile = "CREATE", "daemonsets.apps", "agent", "each-test"
	daemonSet.Findings = []auditFinding{{Rule: "daemonset", Field: "spec.template"}}
	service.Operation, service.Resource, service.Name, service.Profile = "UPDATE", "services", "cluster-ip", "each-test"
	service.Findings = []auditFinding{{Rule: "node-port", Field: "spec.type"}}
	pod := auditLine{
		Event:        "refused",
		User:         "system:serviceaccount:kube-system:replicaset-controller",
		Groups:       []string{"system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"},
		Caller:       "secret-path",
		Operation:    "CREATE",
		Resource:     "pods",
		Namespace:    namespace,
		GenerateName: "pinned-",
		Owner:        "ReplicaSet/pinned",
		Findings:     []auditFinding{{Rule: "profile-pin", Field: "metadata.labels[eks.amazonaws.com/fargate-profile]"}},
	}
	uid := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	messages := []string{"Fargate runs no DaemonSets", "a Fargate node serves no node ports", `must name a profile that can take the pod, not "gone"`}
	for i := range lines {
		line := &lines[i]
		if !uid.MatchString(line.UID) || time.Since(line.Time) > time.Hour || time.Until(line.Time) > time.Minute {
			t.Errorf("line %d: uid %q, time %s", i, line.UID, line.Time)
		}
		if len(line.Findings) != 1 || !strings.Contains(line.Findings[0].Message, messages[i]) {
			t.Fatalf("line %d: findings %v, want one that says %q", i, line.Findings, messages[i])
		}
		if i == 2 && strings.HasPrefix(line.Name, "pinned-") {
			line.Name = "" // newer API servers name the pod before admission
		}
		line.UID, line.Time, line.Findings[0].Message = "", time.Time{}, ""
	}
	if diff := cmp.Diff([]auditLine{daemonSet, service, pod}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	checkNoSecrets(t, c, webhook)
}

// checkNoSecrets checks that the values in the refused manifests are in no log.
func checkNoSecrets(t *testing.T, c *cluster.Cluster, webhook *install.Webhook) {
	t.Helper()
	for _, file := range []string{webhook.AuditLog, filepath.Join(c.Dir(), "fargate-webhook.log")} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc([]string{"hunter2", "API_KEY"}, func(secret string) bool { return bytes.Contains(content, []byte(secret)) }) {
			t.Errorf("%s tells the environment of a container", filepath.Base(file))
		}
	}
}
