package webhook

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/text"
	"fargate-webhook/policy"
)

func denied(rule, field, message, remedy string) rules.Finding {
	return rules.Finding{Rule: policy.RuleID(rule), Action: policy.Deny, Field: field, Message: message, Remedy: remedy}
}

// All reasons come in one answer, each with its field; what only warns is a
// warning beside them.
func TestJudgedTogether(t *testing.T) {
	decision := fargate.Decision{Findings: []rules.Finding{
		denied("host-port", "spec.a", "a is wrong", "mend a"),
		{Rule: "kubelet-port", Action: policy.Warn, Field: "spec.b", Message: "b is odd", Remedy: "mend b"},
		denied("host-port", "spec.c", "c is wrong", "mend c"),
	}}
	got := judged("u1", decision, optOut)
	const want = "fargate-webhook denied it: [host-port] a is wrong; mend a ; [host-port] c is wrong; mend c. If it is not meant for Fargate, " +
		"annotate it (a pod: in its template) with eks.amazonaws.com/compute-type: ec2."
	if got.Allowed || got.Result.Message != want || got.Result.Code != 403 || got.Result.Reason != "Forbidden" {
		t.Errorf("have %+v", got.Result)
	}
	if causes := got.Result.Details.Causes; len(causes) != 2 || causes[1].Field != "spec.c" || causes[1].Type != "host-port" || causes[1].Message != "c is wrong; mend c" {
		t.Errorf("have causes %+v", causes)
	}
	if got.AuditAnnotations["rules"] != "host-port,kubelet-port" {
		t.Errorf("have annotations %v", got.AuditAnnotations)
	}
	if len(got.Warnings) != 1 || got.Warnings[0] != "[kubelet-port] spec.b: b is odd; mend b" {
		t.Errorf("have warnings %q", got.Warnings)
	}
	if only := judged("u1", fargate.Decision{Findings: decision.Findings[1:2]}, optOut); !only.Allowed || only.Result != nil || len(only.Warnings) != 1 {
		t.Errorf("a warning alone gives %+v", only)
	}
}

// A remedy that findings of a rule share is told once, after the last of them;
// another rule's is its own, though it reads the same.
func TestRemediesToldOnce(t *testing.T) {
	got := refusalText([]rules.Finding{
		denied("privileged", "", "one", "drop it"),
		denied("privileged", "", "two", "replace it"),
		denied("privileged", "", "three", "drop it"),
		denied("host-port", "", "four", "drop it"),
		denied("other", "", "five", ""),
	}, "Or opt out.")
	const want = "fargate-webhook denied it: [privileged] one ; [privileged] two; replace it ; [privileged] three; drop it" +
		" ; [host-port] four; drop it ; [other] five. Or opt out."
	if got != want {
		t.Errorf("have %s", got)
	}
}

// A pod of thousands of containers gets an answer that can be sent and read.
func TestManyFindings(t *testing.T) {
	var decision fargate.Decision
	for i := range 5000 {
		decision.Findings = append(decision.Findings, denied("privileged", fmt.Sprintf("spec.containers[%d]", i), fmt.Sprintf("container \"c%d\": privileged is true", i), "drop it"))
	}
	got := judged("u1", decision, optOut)
	told := strings.Count(got.Result.Message, "[privileged]")
	if len(got.Result.Message) > maxText || len(got.Result.Message) < maxText-100 ||
		!strings.HasSuffix(got.Result.Message, fmt.Sprintf("privileged is true; drop it ; … and %d more. %s", 5000-told, optOut)) || strings.Count(got.Result.Message, "drop it") != 1 {
		t.Errorf("%d bytes: …%s", len(got.Result.Message), got.Result.Message[len(got.Result.Message)-300:])
	}
	if causes := got.Result.Details.Causes; len(causes) != maxListed || causes[99].Field != "spec.containers[99]" {
		t.Errorf("have %d causes", len(causes))
	}
}

// Whatever is found, the text has room, says the first finding and how to opt
// out, and counts what it leaves out.
func TestLawRefusalText(t *testing.T) {
	words := rapid.StringOfN(rapid.RuneFrom([]rune("aé… \u2028")), 0, 2000, -1)
	rapid.Check(t, func(t *rapid.T) {
		findings := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rules.Finding {
			rule := rapid.SampledFrom([]string{"host-port", "privileged"}).Draw(t, "rule")
			return denied(rule, "spec", words.Draw(t, "message"), rapid.SampledFrom([]string{"", "mend it", strings.Repeat("long ", 500)}).Draw(t, "remedy"))
		}), 1, 60).Draw(t, "findings")
		message := refusalText(findings, optOut)
		told := strings.Count(message, "[host-port] ") + strings.Count(message, "[privileged] ")
		switch {
		case len(message) > maxText || !utf8.ValidString(message):
			t.Fatalf("%d bytes", len(message))
		case !strings.HasPrefix(message, fmt.Sprintf("fargate-webhook denied it: [%s] %s", findings[0].Rule, text.Truncate(findings[0].Message, maxPart))) || !strings.HasSuffix(message, optOut):
			t.Fatalf("have %s", message)
		case strings.Contains(message, fmt.Sprintf("… and %d more. ", len(findings)-told)) != (told < len(findings)):
			t.Fatalf("%d of %d are told: %s", told, len(findings), message)
		}
		for _, f := range findings[:told] {
			if f.Remedy != "" && !strings.Contains(message, text.Truncate(f.Remedy, maxPart)) {
				t.Fatalf("%q is not told: %s", f.Remedy, message)
			}
		}
	})
}
