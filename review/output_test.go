package review_test

import (
	"strings"
	"testing"

	"fargate-webhook/review"
)

// A finding in several places shows the first, and counts the others.
func TestTableOfSeveralPlaces(t *testing.T) {
	const manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {run: on-fargate}}\n" +
		"spec: {containers: [{name: a, securityContext: {privileged: true}}, {name: b, securityContext: {privileged: true}}]}\n"
	items, problems := newReviewer(t).File("in.yaml", []byte(manifest))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got strings.Builder
	if err := review.NewReport(items).WriteTable(&got); err != nil {
		t.Fatal(err)
	}
	const want = "deny [privileged] spec.containers[0].securityContext.privileged (and 1 more): containers \"a\", \"b\" must not be privileged\n    fix: "
	if !strings.Contains(got.String(), want) {
		t.Errorf("%q is not in\n%s", want, got.String())
	}
}

// A value that is removed is shown as removed.
func TestTableOfRewrittenService(t *testing.T) {
	const manifest = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n" +
		"spec: {type: NodePort, selector: {app: web}, externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30080}]}\n"
	reviewer := newReviewer(t)
	reviewer.Policy.RewriteNodePorts = true
	items, problems := reviewer.File("in.yaml", []byte(manifest))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got strings.Builder
	if err := review.NewReport(items).WriteTable(&got); err != nil {
		t.Fatal(err)
	}
	const want = "\n  replace /spec/type \"ClusterIP\"\n  remove /spec/ports/0/nodePort\n  remove /spec/externalTrafficPolicy\n"
	if !strings.Contains(got.String(), want) || !strings.Contains(got.String(), "change  Service") {
		t.Errorf("%q is not in\n%s", want, got.String())
	}
}
