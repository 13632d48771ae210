package registration

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"

	"fargate-webhook/policy"
	"fargate-webhook/webhook"
)

// failures are the failure policies of the validating webhooks by their first name.
func failures(t *testing.T, strictest policy.Action) map[string]admissionv1.FailurePolicyType {
	t.Helper()
	options := serviceOptions()
	options.Workloads = strictest
	var configuration admissionv1.ValidatingWebhookConfiguration
	read(t, Validating(options, indexOf("apps"), nil), &configuration)
	got := map[string]admissionv1.FailurePolicyType{}
	for i := range configuration.Webhooks {
		hook := &configuration.Webhooks[i]
		name, _, _ := strings.Cut(hook.Name, ".")
		got[name] = *hook.FailurePolicy
	}
	return got
}

// While workloads are only warned about, an outage of ours doesn't hold them up; when nobody is to
// be told anything about them, they aren't sent.
func TestFailurePolicies(t *testing.T) {
	workloads := []string{"deployments", "statefulsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs"}
	for strictest, failure := range map[policy.Action]admissionv1.FailurePolicyType{
		policy.Off: "", policy.Warn: admissionv1.Ignore, policy.Deny: admissionv1.Fail,
	} {
		want := map[string]admissionv1.FailurePolicyType{}
		for _, name := range []string{"pods", "gatedpods", "ephemeralcontainers", "resize", "daemonsets", "services", "ingresses", "targetgroupconfigurations"} {
			want[name] = admissionv1.Fail
		}
		for _, name := range workloads {
			if failure != "" {
				want[name] = failure
			}
		}
		if diff := cmp.Diff(want, failures(t, strictest)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", strictest, diff)
		}
	}
}

// allOptions are those with which all kinds are sent.
func allOptions() *Options {
	return &Options{Workloads: policy.Deny, Steers: true, RewritesNodePorts: true, TargetGroupVersion: "v1"}
}

// What the API server is told to call is served, and by the handler of that kind; nothing is served
// that it isn't told to call.
func TestPaths(t *testing.T) {
	served := webhook.Handlers(webhook.Judgement{})
	called := map[string]bool{}
	for phase, endpoints := range map[string][]endpoint{"/mutate/": mutated(allOptions()), "/validate/": validated(allOptions())} {
		for _, e := range endpoints {
			called[e.path] = true
			if resource, _, _ := strings.Cut(e.resource, "/"); e.path != phase+resource || served[e.path] == nil {
				t.Errorf("%s is sent to %s", e.resource, e.path)
			}
		}
	}
	if len(called) != len(served) {
		t.Errorf("%d paths are called, %d are served", len(called), len(served))
	}
}

// A running pod is bound to a node, so that must not keep its parts from being judged; and only
// what nobody wrote is left to its owner.
func TestConditions(t *testing.T) {
	want := map[string][]string{
		"pods":                {"not-of-a-daemonset", "not-a-mirror-pod", "not-bound-to-a-node"},
		"gatedpods":           {"not-of-a-daemonset", "not-a-mirror-pod", "gated"},
		"ephemeralcontainers": {"not-of-a-daemonset", "not-a-mirror-pod", "not-bound-elsewhere"},
		"resize":              {"not-of-a-daemonset", "not-a-mirror-pod", "not-bound-elsewhere"},
		"replicasets":         {"not-of-a-controller"},
		"jobs":                {"not-of-a-controller"},
		"services":            {"reached-by-nodes"},
	}
	for _, e := range validated(allOptions()) {
		var got []string
		for _, c := range e.only {
			got = append(got, c.name)
		}
		if name, _, _ := strings.Cut(e.name, "."); !slices.Equal(got, want[name]) {
			t.Errorf("%s: have %v", e.name, got)
		}
	}
}

// Whatever is written is judged, and what is deleted never; subresources only where they are named.
func TestOperations(t *testing.T) {
	var configuration admissionv1.ValidatingWebhookConfiguration
	read(t, Validating(serviceOptions(), indexOf("apps"), nil), &configuration)
	for i := range configuration.Webhooks {
		hook := &configuration.Webhooks[i]
		want := []admissionv1.OperationType{admissionv1.Create, admissionv1.Update}
		switch resource := hook.Rules[0].Resources[0]; {
		case strings.HasPrefix(hook.Name, "pods."):
			want = want[:1]
		case resource == "pods":
			want = want[1:]
		case strings.HasPrefix(resource, "pods/"):
			want = want[1:]
		case strings.ContainsAny(resource, "/*"):
			t.Errorf("%s is called for %s", hook.Name, resource)
		}
		if len(hook.Rules) != 1 || !slices.Equal(hook.Rules[0].Operations, want) || *hook.MatchPolicy != admissionv1.Equivalent {
			t.Errorf("%s: rules %+v", hook.Name, hook.Rules)
		}
	}
}
