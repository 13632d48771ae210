package webhook

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/kinds"
	"fargate-webhook/policy"
)

// Under nodePortServices: ClusterIP a new NodePort Service becomes a ClusterIP Service that the API
// server accepts. One that another webhook makes NodePort again is refused.
func TestRewriteNodePorts(t *testing.T) {
	b := newBench(t, testProfiles(t), func(p *policy.Policy) { p.RewriteNodePorts = true })
	body := readFile(t, "testdata/mutate/service-node-port-not-rewritten/request.json")
	got := answerOf(t, b.post(t, kinds.Services.MutatePath(), body))
	if !got.Allowed || len(got.Warnings) > 0 {
		t.Fatalf("have %+v", got)
	}
	var service corev1.Service
	if err := json.Unmarshal(apply(t, body, got.Patch), &service); err != nil {
		t.Fatal(err)
	}
	internal := corev1.ServiceInternalTrafficPolicyCluster
	want := corev1.ServiceSpec{
		Type: corev1.ServiceTypeClusterIP, Selector: map[string]string{"run": "on-fargate"}, SessionAffinity: corev1.ServiceAffinityNone,
		Ports: service.Spec.Ports, InternalTrafficPolicy: &internal,
	}
	if diff := cmp.Diff(want, service.Spec); diff != "" || service.Spec.Ports[0].NodePort != 0 {
		t.Errorf("-want +got:\n%s", diff)
	}
	body = readFile(t, "testdata/validate/service-turned-to-node-port/request.json")
	if got := answerOf(t, b.post(t, kinds.Services.ValidatePath(), body)); got.Allowed {
		t.Error("a Service of type NodePort is admitted")
	}
}
