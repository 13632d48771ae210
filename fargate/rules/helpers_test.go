package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// onFargate returns a pod on Fargate as the rules see it, under the default policy. Nothing is
// known of the cluster.
func onFargate(pod *corev1.Pod) *Pod {
	p := policy.Default()
	return &Pod{
		Namespace: fixtures.Namespace, Meta: &pod.ObjectMeta, Spec: &pod.Spec, Settings: &p.Settings,
		Placement: placement.Placement{Fargate: true, Profile: fixtures.Profile}, Plan: sizing.AsItStands(&pod.Spec),
	}
}

// finds returns the message and the fields of a finding.
func finds(message string, fields ...string) Finding {
	f := Finding{Field: fields[0], Message: message}
	if len(fields) > 1 {
		f.Fields = fields
	}
	return f
}

// checkFindings compares messages and fields of all findings about a pod, which must all be of one
// rule.
func checkFindings(t *testing.T, rule *Rule, p *Pod, want ...Finding) []Finding {
	t.Helper()
	got := Findings(CheckPod(p, false))
	for i := range got {
		f := &got[i]
		if f.Rule != rule.ID {
			t.Errorf("rule %s finds something too: %s", f.Rule, f.Message)
		}
		action := rule.Default
		if strings.Contains(f.Message, notSynced) { // what can't be looked up is never refused
			action = policy.Warn
		}
		if f.Action != action || f.Severity != rule.Severity || f.Remedy == "" || f.PodsRefused {
			t.Errorf("finding %+v isn't complete", f)
		}
	}
	others := cmpopts.IgnoreFields(Finding{}, "Rule", "Action", "Severity", "Remedy", "PodsRefused")
	if diff := cmp.Diff(want, got, others, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("findings: -want +got:\n%s", diff)
	}
	return got
}

// checkChange checks what a rule says about the minimal pod after a change.
func checkChange(t *testing.T, rule *Rule, change func(*corev1.Pod), want ...Finding) {
	t.Helper()
	pod := fixtures.Pod()
	change(pod)
	checkFindings(t, rule, onFargate(pod), want...)
}

// ruleIDs returns the rule of each violation.
func ruleIDs(violations []Violation) []policy.RuleID {
	ids := make([]policy.RuleID, 0, len(violations))
	for i := range violations {
		ids = append(ids, violations[i].rule.ID)
	}
	return ids
}

// checkRules compares the rules of violations, in order.
func checkRules(t *testing.T, violations []Violation, want ...*Rule) {
	t.Helper()
	ids := make([]policy.RuleID, 0, len(want))
	for _, rule := range want {
		ids = append(ids, rule.ID)
	}
	if got := ruleIDs(violations); !slices.Equal(got, ids) {
		t.Errorf("got violations of %v, want %v", got, ids)
	}
}
