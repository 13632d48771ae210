package e2e

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"fargate-webhook/test/cluster"
)

// TestExemptLabelPolicy: with the policy of deploy/policies only those with the verb "exempt" may
// exempt a namespace, or end that. Others may change its other labels.
func TestExemptLabelPolicy(t *testing.T) {
	c, _ := withWebhook(t)
	const file = "../../deploy/policies/exempt-label.yaml"
	mustKubectl(t, c, "", "apply", "--server-side", "-f", file)
	t.Cleanup(func() { deleteLater(t, c, "-f", file) })
	const edits = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: edits-namespaces}
rules:
  - {apiGroups: [""], resources: [namespaces, namespaces/status, namespaces/finalize], verbs: [get, list, create, update, patch]}
`
	mustKubectl(t, c, edits, "apply", "-f", "-")
	mustKubectl(t, c, "", "create", "clusterrolebinding", "edits-namespaces", "--clusterrole=edits-namespaces", "--user=kim", "--user=lee")
	mustKubectl(t, c, "", "create", "clusterrolebinding", "exempts-namespaces", "--clusterrole=fargate-webhook-exempt-namespaces", "--user=lee")
	t.Cleanup(func() {
		deleteLater(t, c, "clusterrole/edits-namespaces", "clusterrolebinding/edits-namespaces", "clusterrolebinding/exempts-namespaces")
	})
	plain := newNamespace(t, c, "plain-", nil)
	exempted := newNamespace(t, c, "exempted-", map[string]string{"fargate-webhook/exempt": "true"})

	const refused = `may only be set, changed or removed by users with the verb "exempt"`
	label := func(user, namespace, label string) string {
		return kubectl(t, c, "", "label", "--overwrite", "--as="+user, "namespace", namespace, label).Stderr
	}
	err := cluster.Await(t.Context(), time.Minute, "the policy is in effect", func(context.Context) error {
		if text := label("kim", plain, "fargate-webhook/exempt=true"); !strings.Contains(text, refused) {
			_ = label("lee", plain, "fargate-webhook/exempt-")
			return errors.New(text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{plain, "fargate-webhook/exempt=false"}, {exempted, "fargate-webhook/exempt=false"}, {exempted, "fargate-webhook/exempt-"}} {
		if text := label("kim", change[0], change[1]); !strings.Contains(text, refused) {
			t.Errorf("kim labels %s %s: %q", change[0], change[1], text)
		}
	}
	// By subresource, and at the creation.
	body := `{"metadata":{"labels":{"fargate-webhook/exempt":"true"}}}`
	for _, args := range [][]string{{"patch", "namespace", plain, "--subresource=status", "--type=merge", "-p", body}, {"create", "-f", "-"}} {
		input := ""
		if args[0] == "create" {
			input = `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"made-exempt","labels":{"fargate-webhook/exempt":"true"}}}`
		}
		if text := kubectl(t, c, input, append(args, "--as=kim")...).Stderr; !strings.Contains(text, refused) {
			t.Errorf("kim, %v: %q", args, text)
		}
	}
	for _, change := range [][2]string{{plain, "other=label"}, {exempted, "other=label"}} {
		if text := label("kim", change[0], change[1]); text != "" {
			t.Errorf("kim labels %s %s: %q", change[0], change[1], text)
		}
	}
	for _, change := range [][2]string{{plain, "fargate-webhook/exempt=true"}, {exempted, "fargate-webhook/exempt-"}} {
		if text := label("lee", change[0], change[1]); text != "" {
			t.Errorf("lee labels %s %s: %q", change[0], change[1], text)
		}
	}
	mustKubectl(t, c, "", "label", "namespace", plain, "fargate-webhook/exempt-") // by an admin
}
