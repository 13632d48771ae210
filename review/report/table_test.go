package report_test

import (
	"strings"
	"testing"

	"fargate-webhook/profiles"
	"fargate-webhook/review"
	"fargate-webhook/review/report"
)

// A finding in several places shows the first, and counts the others.
func TestTableOfSeveralPlaces(t *testing.T) {
	const manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {run: on-fargate}}\n" +
		"spec: {containers: [{name: a, securityContext: {privileged: true}}, {name: b, securityContext: {privileged: true}}]}\n"
	items, problems := newReviewer().File("in.yaml", []byte(manifest))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got strings.Builder
	if err := report.Write(&got, "table", new(review.NewReport(items)), report.Options{}); err != nil {
		t.Fatal(err)
	}
	const want = "deny [privileged] spec.containers[0].securityContext.privileged (and 1 more): containers \"a\", \"b\" must not be privileged\n    fix: "
	if !strings.Contains(got.String(), want) {
		t.Errorf("%q is not in\n%s", want, got.String())
	}
}

// The table says where an annotation doesn't keep admission from refusing an object.
func TestTableOfIgnoredFindings(t *testing.T) {
	const manifests = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {run: on-fargate}, annotations: {fargate-webhook/ignore-host-namespaces: x}}\nspec: {hostPID: true, containers: [{name: a}]}\n---\n" +
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, annotations: {fargate-webhook/ignore-host-namespaces: x}}\n" +
		"spec: {selector: {matchLabels: {run: on-fargate}}, template: {metadata: {labels: {run: on-fargate}}, spec: {hostPID: true, containers: [{name: a}]}}}\n"
	items, problems := newReviewer().File("in.yaml", []byte(manifests))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got strings.Builder
	if err := report.Write(&got, "table", new(review.NewReport(items)), report.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n    reason: x\n    admission refuses it nevertheless\n", "\n    reason: x\n    admission refuses its pods nevertheless\n"} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("%q is not in\n%s", want, got.String())
		}
	}
}

// A value that is removed is shown as removed.
func TestTableOfRewrittenService(t *testing.T) {
	const manifest = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n" +
		"spec: {type: NodePort, selector: {app: web}, externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30080}]}\n"
	reviewer := newReviewer()
	reviewer.Policy.RewriteNodePorts = true
	items, problems := reviewer.File("in.yaml", []byte(manifest))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got strings.Builder
	if err := report.Write(&got, "table", new(review.NewReport(items)), report.Options{}); err != nil {
		t.Fatal(err)
	}
	const want = "\n  replace /spec/type \"ClusterIP\"\n  remove /spec/ports/0/nodePort\n  remove /spec/externalTrafficPolicy\n"
	if !strings.Contains(got.String(), want) || !strings.Contains(got.String(), "change  Service") {
		t.Errorf("%q is not in\n%s", want, got.String())
	}
}

// A pod that two profiles would take with as many labels: the table and the JSON name both.
func TestEquallyNearProfilesAreShown(t *testing.T) {
	reviewer := newReviewer()
	one := func(name, team string) profiles.Profile {
		return profiles.Profile{Name: name, Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "emr", Labels: map[string]string{"team": team}}}}
	}
	reviewer.Index = profiles.NewIndex([]profiles.Profile{one("b-web", "web"), one("a-batch", "batch")})
	items, problems := reviewer.File("in.yaml", []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: emr}\n"+
		"spec: {containers: [{name: a, resources: {requests: {cpu: 250m, memory: 256Mi}, limits: {cpu: 250m, memory: 256Mi}}}]}\n"))
	if len(problems) > 0 || len(items) != 1 {
		t.Fatal(items, problems)
	}
	for _, format := range []string{"table", "json"} {
		var text strings.Builder
		if err := report.Write(&text, format, new(review.NewReport(items)), report.Options{}); err != nil {
			t.Fatal(err)
		}
		plain := strings.ReplaceAll(text.String(), `\"`, `"`)
		if want := `equally near: "b-web" (team: web); the profile whose name sorts first is chosen`; !strings.Contains(plain, want) {
			t.Errorf("%s is not in\n%s", want, plain)
		}
	}
	if near := items[0].Placement.EquallyNear; len(near) != 1 || near[0].Profile != "b-web" || near[0].Labels["team"] != "web" {
		t.Errorf("equally near: %+v", near)
	}
}

// An object of an API version that isn't served any more is not judged, and the report says so.
func TestRemovedVersionIsNamed(t *testing.T) {
	items, problems := newReviewer().File("in.yaml", []byte("apiVersion: extensions/v1beta1\nkind: DaemonSet\nmetadata: {name: a, namespace: x}\n"+
		"---\napiVersion: example.com/v1\nkind: Other\nmetadata: {name: b}\n"))
	if len(problems) > 0 || len(items) != 2 || items[0].Result != review.ResultSkip {
		t.Fatal(items, problems)
	}
	const want = "apiVersion extensions/v1beta1 of DaemonSet is not served any more, since Kubernetes 1.16: use apps/v1"
	if got := items[0].Placement.Reason; got != want {
		t.Errorf("reason %q", got)
	}
	var table strings.Builder
	if err := report.Write(&table, "table", new(review.NewReport(items)), report.Options{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(table.String(), "\nDaemonSet x/a:\n  not judged: "+want+"\n") || strings.Contains(table.String(), "Other") {
		t.Error(table.String())
	}
}
