package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// claimedPod is the manifest of a pod as EKS's webhook leaves one that it claims (F2.5): there is no
// EKS here. spec and container are more fields.
func claimedPod(name, spec, container string) string {
	return "{apiVersion: v1, kind: Pod, metadata: {name: " + name + ", labels: {run: on-fargate, eks.amazonaws.com/fargate-profile: each-test}}, " +
		"spec: {schedulerName: fargate-scheduler, priorityClassName: system-node-critical, " + spec + " containers: [{name: app, image: app, " + container + "}]}}"
}

// recorded returns a pod as it is when the mutating webhook would be called for the second time.
func recorded(pod, record, resources string) string {
	pod = strings.Replace(pod, "labels:", `annotations: {fargate-webhook/resources-applied: "`+record+`"}, labels:`, 1)
	return strings.Replace(pod, "image: app,", "image: app, resources: "+resources+",", 1)
}

// TestPrefilter: the API server doesn't ask about a pod that EKS has claimed and in which no rule can
// find anything, nor once more about one that admission has changed already. It refuses what it refused
// before. A pod counts when it is mutated for the first time, before it is claimed.
func TestPrefilter(t *testing.T) {
	c, webhook := withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay=0s"), nil)
	namespace := newNamespace(t, c, "fargate-", nil)
	const (
		mutated  = `fargate_webhook_requests_total{operation="CREATE",outcome="patched",resource="pods",webhook="mutate"}`
		allowed  = `fargate_webhook_requests_total{operation="CREATE",outcome="allowed",resource="pods",webhook="validate"}`
		denied   = `fargate_webhook_requests_total{operation="CREATE",outcome="denied",resource="pods",webhook="validate"}`
		admitted = `fargate_webhook_pods_admitted_total{profile="each-test"}`
	)
	most := make([]string, 0, 11)
	for i := range 11 {
		env := make([]string, 0, 250)
		for k := range cap(env) {
			env = append(env, fmt.Sprintf("{name: V%d, value: %s}", k, strings.Repeat("x", 100)))
		}
		most = append(most, fmt.Sprintf("{name: more-%d, image: app, env: [%s]}", i, strings.Join(env, ", ")))
	}
	for _, step := range []struct {
		name, pod                          string
		mutated, allowed, denied, admitted float64
	}{
		{"nothing to say", claimedPod("plain", "", ""), 1, 0, 0, 0},
		{"a warning", claimedPod("warned", "", "ports: [{containerPort: 10250}]"), 1, 1, 0, 0},
		{"a refusal", claimedPod("refused", "", "ports: [{containerPort: 80, hostPort: 80}]"), 1, 0, 1, 0},
		{"nothing to change", recorded(claimedPod("settled", "", ""), "Fit sz8k3mXk0w app=:250m/,:256Mi/", "{requests: {cpu: 250m, memory: 256Mi}}"), 0, 0, 0, 0},
		{"nothing to change, and a refusal", recorded(claimedPod("settled-refused", "hostNetwork: true,", ""), "Fit sz8k3mXk0w app=:250m/,:256Mi/", "{requests: {cpu: 250m, memory: 256Mi}}"), 0, 0, 1, 0},
		{"another value since", recorded(claimedPod("changed", "", ""), "Fit sz8k3mXk0w app=:250m/,:256Mi/", "{requests: {cpu: 250m, memory: 300Mi}}"), 1, 0, 0, 0},
		{"not claimed", strings.Replace(claimedPod("unclaimed", "", ""), "schedulerName: fargate-scheduler,", "", 1), 1, 1, 0, 1},
		{"as many variables as are looked at", claimedPod("large", "initContainers: ["+strings.Join(most[:10], ", ")+"],", ""), 1, 0, 0, 0},
		{"more containers", claimedPod("larger", "initContainers: ["+strings.Join(most, ", ")+"],", ""), 1, 1, 0, 0},
	} {
		before := page(t, webhook.Metrics+"/metrics")
		result := kubectl(t, c, step.pod, "-n", namespace, "create", "-f", "-")
		if step.denied > 0 {
			mustRefuse(t, result, "pods.validate.fargate-webhook", "host-", optOut)
		}
		after := page(t, webhook.Metrics+"/metrics")
		for series, want := range map[string]float64{mutated: step.mutated, allowed: step.allowed, denied: step.denied, admitted: step.admitted} {
			if got := valueOf(t, after, series) - valueOf(t, before, series); got != want {
				t.Errorf("%s: %s rose by %v, want %v", step.name, series, got, want)
			}
		}
	}
}
