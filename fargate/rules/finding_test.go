package rules

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fargate-webhook/policy"
)

// violated returns a violation of a rule, with the problem "must not".
func violated(subject Subject, value, path string, change ...func(*Violation)) Violation {
	v := Violation{rule: HostPort, Action: policy.Deny, Subject: subject, Value: value, Field: path, Problem: "must not", Fix: "remove it"}
	for _, f := range change {
		f(&v)
	}
	return v
}

func TestFindingsGroupViolations(t *testing.T) {
	a, b := Subject{"container", "a"}, Subject{"container", "b"}
	setup, next, logs := Subject{"init container", "setup"}, Subject{"init container", "next"}, Subject{"volume", "logs"}
	none := Subject{}
	var many, values []Violation
	var paths []string
	for i := range maxSubjects + 3 {
		path := fmt.Sprintf("spec.containers[%d]", i)
		many = append(many, violated(Subject{"container", fmt.Sprintf("c%d", i)}, "", path))
		values = append(values, violated(a, fmt.Sprint(i), path))
		paths = append(paths, path)
	}
	for name, c := range map[string]struct {
		violations []Violation
		want       []Finding
	}{
		"nothing":       {nil, nil},
		"one container": {[]Violation{violated(a, "", "x")}, []Finding{finds(`container "a" must not`, "x")}},
		"with a value":  {[]Violation{violated(a, "80", "x")}, []Finding{finds(`container "a" (80) must not`, "x")}},
		"two of a kind": {
			[]Violation{violated(a, "80", "x"), violated(b, "", "y")},
			[]Finding{finds(`containers "a" (80), "b" must not`, "x", "y")},
		},
		"mixed kinds": {
			[]Violation{violated(setup, "", "x"), violated(next, "", "y"), violated(a, "", "z"), violated(logs, "", "w")},
			[]Finding{finds(`init containers "setup", "next", container "a", volume "logs" must not`, "x", "y", "z", "w")},
		},
		"a kind again after another": {
			[]Violation{violated(setup, "", "x"), violated(a, "", "y"), violated(next, "", "z")},
			[]Finding{finds(`init container "setup", container "a", init container "next" must not`, "x", "y", "z")},
		},
		"fields": {
			[]Violation{violated(FieldSubject("spec.hostPID"), "", "spec.hostPID"), violated(FieldSubject("spec.hostIPC"), "", "spec.hostIPC")},
			[]Finding{finds("spec.hostPID, spec.hostIPC must not", "spec.hostPID", "spec.hostIPC")},
		},
		"several values, one twice": {
			[]Violation{violated(a, "80", "x"), violated(b, "82", "y"), violated(a, "81", "z"), violated(a, "80", "w")},
			[]Finding{finds(`containers "a" (80, 81), "b" (82) must not`, "x", "y", "z", "w")},
		},
		"more subjects than a message names": {many, []Finding{finds(
			`containers "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9" and 3 more must not`, paths...)}},
		"more values than a message names": {values, []Finding{finds(
			`container "a" (0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 3 more) must not`, paths...)}},
		"other problems stay apart": {
			[]Violation{violated(a, "", "x"), violated(b, "", "y", func(v *Violation) { v.Problem = "should not" }), violated(b, "", "z")},
			[]Finding{finds(`containers "a", "b" must not`, "x", "z"), finds(`container "b" should not`, "y")},
		},
		"other fixes stay apart": {
			[]Violation{violated(a, "", "x"), violated(b, "", "y", func(v *Violation) { v.Fix = "write it" })},
			[]Finding{finds(`container "a" must not`, "x"), {Field: "y", Message: `container "b" must not`, Remedy: "write it"}},
		},
		"other rules stay apart": {
			[]Violation{violated(a, "", "x"), violated(b, "", "y", func(v *Violation) { v.rule = Resize })},
			[]Finding{finds(`container "a" must not`, "x"), {Rule: Resize.ID, Severity: Medium, Field: "y", Message: `container "b" must not`}},
		},
		"warnings stay apart": {
			[]Violation{violated(a, "", "x"), violated(b, "", "y", func(v *Violation) { v.Action = policy.Warn })},
			[]Finding{finds(`container "a" must not`, "x"), {Action: policy.Warn, Field: "y", Message: `container "b" must not`}},
		},
		"refused pods stay apart": {
			[]Violation{violated(a, "", "x"), violated(b, "", "y", func(v *Violation) { v.PodsRefused = true })},
			[]Finding{finds(`container "a" must not`, "x"), {PodsRefused: true, Field: "y", Message: `container "b" must not`}},
		},
		"without a subject": {[]Violation{violated(none, "80", "x")}, []Finding{finds("must not", "x")}},
		"without subjects stay apart": {
			[]Violation{violated(none, "", "x"), violated(none, "", "y")},
			[]Finding{finds("must not", "x"), finds("must not", "y")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range c.want {
				complete(&c.want[i])
			}
			if diff := cmp.Diff(c.want, Findings(c.violations), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// complete fills in what findings of violated violations have in common.
func complete(f *Finding) {
	if f.Rule == "" {
		f.Rule, f.Severity = HostPort.ID, HostPort.Severity
	}
	if f.Action == "" {
		f.Action = policy.Deny
	}
	if f.Remedy == "" {
		f.Remedy = "remove it"
	}
}
