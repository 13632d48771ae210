package registration

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"

	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/webhook"
)

// failures returns the failure policies of the validating webhooks, by the first part of the name.
func failures(t *testing.T, strictest policy.Action) map[string]admissionv1.FailurePolicyType {
	t.Helper()
	options := serviceOptions()
	options.Policy = policyWith(strictest, true)
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

// Workloads that are only warned about are not blocked by an outage. With action Off they aren't
// sent.
func TestFailurePolicies(t *testing.T) {
	workloads := []string{"deployments", "statefulsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs"}
	for strictest, failure := range map[policy.Action]admissionv1.FailurePolicyType{
		policy.Off: "", policy.Warn: admissionv1.Ignore, policy.Deny: admissionv1.Fail,
	} {
		want := map[string]admissionv1.FailurePolicyType{}
		for _, name := range []string{"pods", "gatedpods", "ephemeralcontainers", "resize", "daemonsets", "services", "ingresses", "targetgroupconfigurations"} {
			want[name] = admissionv1.Fail
		}
		want["configmaps"] = admissionv1.Ignore
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

// The policy sets failure policy and timeout by kind, for every webhook of the kind, and nothing is
// blocked where nothing is refused.
func TestCallsOfThePolicy(t *testing.T) {
	options := allOptions()
	options.Policy.Calls = policy.Calls{
		FailurePolicies: map[string]policy.FailurePolicy{"services": policy.FailurePolicyIgnore, "jobs": policy.FailurePolicyFail},
		Timeouts:        map[string]int32{"services": 2, policy.AllKinds: 7},
	}
	options.Policy.Workloads = policy.Warn
	check := func(failure func(resource string) admissionv1.FailurePolicyType) {
		t.Helper()
		for _, e := range slices.Concat(mutating(options), validating(options, "")) {
			resource, _, _ := strings.Cut(e.resource, "/")
			want, timeout := failure(resource), int32(7)
			if e.name == "appliedpods.mutate.fargate-webhook" {
				want = admissionv1.Ignore
			}
			if resource == "services" {
				timeout = 2
			}
			if e.failure != want || e.timeout != timeout {
				t.Errorf("%s: %s, %d s; want %s, %d s", e.name, e.failure, e.timeout, want, timeout)
			}
		}
	}
	check(func(resource string) admissionv1.FailurePolicyType {
		switch resource {
		case "services", "deployments", "statefulsets", "replicasets", "replicationcontrollers", "cronjobs", "configmaps":
			return admissionv1.Ignore
		}
		return admissionv1.Fail
	})
	options.Policy.Mode = policy.ModeObserve
	check(func(string) admissionv1.FailurePolicyType { return admissionv1.Ignore })
}

// allOptions returns options with which every kind is sent.
func allOptions() *Options {
	return &Options{Policy: policyWith(policy.Deny, true), Served: map[*kinds.Kind]string{kinds.TargetGroupConfigurations: "v1"}}
}

// Every path of the table of kinds is served, and registered for its own kind and no other.
func TestPathsAreThoseOfTheTable(t *testing.T) {
	served := webhook.Handlers(webhook.Dependencies{})
	byPath := map[string]*kinds.Kind{}
	for _, k := range kinds.Table {
		byPath[k.ValidatePath()] = k
		if k.Mutated != nil {
			byPath[k.MutatePath()] = k
		}
	}
	called := map[string]bool{}
	for phase, endpoints := range map[string][]endpoint{"/mutate/": mutating(allOptions()), "/validate/": validating(allOptions(), "")} {
		for _, e := range endpoints {
			called[e.path] = true
			k := byPath[e.path]
			resource, _, _ := strings.Cut(e.resource, "/")
			if k == nil || k.Resource != resource || k.Group != e.group || !slices.Contains(k.Versions, e.version) || e.path != phase+resource || served[e.path] == nil {
				t.Errorf("%s/%s %s is sent to %s", e.group, e.version, e.resource, e.path)
			}
		}
	}
	if len(called) != len(served) || len(called) != len(byPath) {
		t.Errorf("%d paths are registered, %d are served, the table has %d", len(called), len(served), len(byPath))
	}
}

// Subresources of a running pod are sent although it has a node. Of objects with an owner only
// those of a controller are left out.
func TestConditions(t *testing.T) {
	leaving := "spec-changed-if-being-deleted"
	want := map[string][]string{
		"pods":                {"not-of-a-daemonset", "not-a-mirror-pod", "not-bound-to-a-node", prefilterName},
		"gatedpods":           {"not-of-a-daemonset", "not-a-mirror-pod", "gated"},
		"ephemeralcontainers": {"not-of-a-daemonset", "not-a-mirror-pod", "not-bound-elsewhere", leaving},
		"resize":              {"not-of-a-daemonset", "not-a-mirror-pod", "not-bound-elsewhere", leaving},
		"replicasets":         {"not-of-a-controller", leaving},
		"jobs":                {"not-of-a-controller", leaving},
		"services":            {"reached-by-nodes", leaving},
		"configmaps":          {"data-changed-if-being-deleted", "the-judged-object"},
	}
	for _, name := range []string{"daemonsets", "ingresses", "targetgroupconfigurations", "deployments", "statefulsets", "replicationcontrollers", "cronjobs"} {
		want[name] = []string{leaving}
	}
	for _, e := range validating(allOptions(), "") {
		var got []string
		for _, c := range e.only {
			got = append(got, c.Name)
		}
		if name, _, _ := strings.Cut(e.name, "."); !slices.Equal(got, want[name]) {
			t.Errorf("%s: have %v", e.name, got)
		}
	}
}

// Every write is judged, no deletion is, and of subresources only those of pods that are named.
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
