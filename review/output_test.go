package review_test

import (
	"strings"
	"testing"

	"fargate-webhook/fargate"
	"fargate-webhook/review"
)

// TestTableOfRewrittenService: a value that is taken away is not shown as one.
func TestTableOfRewrittenService(t *testing.T) {
	const manifest = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n" +
		"spec: {type: NodePort, selector: {app: web}, externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30080}]}\n"
	reviewer := newReviewer(t)
	reviewer.Policy.NodePortServices = fargate.NodePortServicesClusterIP
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
