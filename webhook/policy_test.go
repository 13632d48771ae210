package webhook

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// Under workloads: Deny a workload is refused with the path in its own template, and with how to
// opt out there. Under Off nothing is reported.
func TestWorkloadsPolicy(t *testing.T) {
	const ofTemplate = "spec.template.metadata"
	for kind, metadata := range map[string]string{
		"deployment": ofTemplate, "statefulset": ofTemplate, "replicaset": ofTemplate, "replicationcontroller": ofTemplate, "job": ofTemplate,
		"cronjob": "spec.jobTemplate.spec.template.metadata",
	} {
		body := readFile(t, "testdata/validate/"+kind+"-pinned-to-no-profile/request.json")
		path := pathFor(t, "validate", body)
		b := newBench(t, testProfiles(t), func(p *policy.Policy) { p.Workloads = policy.Deny })
		got := answerOf(t, b.post(t, path, body))
		if got.Allowed || len(got.Warnings) > 0 || got.Result.Code != 403 || len(got.Result.Details.Causes) != 1 {
			t.Fatalf("%s under Deny: have %+v", kind, got)
		}
		if field := got.Result.Details.Causes[0].Field; field != metadata+".labels[eks.amazonaws.com/fargate-profile]" {
			t.Errorf("%s: the field is %s", kind, field)
		}
		if want := "To run its pods on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to " + metadata + "."; !strings.Contains(got.Result.Message, want) {
			t.Errorf("%s: have %s", kind, got.Result.Message)
		}
		if line := b.audit.String(); strings.Count(line, "\n") != 1 || !strings.Contains(line, `"resource":"`+kind+"s") || !strings.Contains(line, `"field":"`+metadata+".labels[") {
			t.Errorf("%s: the audit line is %q", kind, line)
		}
		b = newBench(t, testProfiles(t), func(p *policy.Policy) { p.Workloads = policy.Off })
		if got := answerOf(t, b.post(t, path, body)); !got.Allowed || len(got.Warnings) > 0 || b.audit.Len() > 0 {
			t.Errorf("%s under Off: have %+v", kind, got)
		}
	}
}

// Exempt namespaces and users get no refusal, no warning, no change and no audit line.
func TestExemptions(t *testing.T) {
	exempt := func(list func(*policy.Exemptions) *[]profiles.Pattern, pattern string) func(*policy.Policy) {
		return func(p *policy.Policy) {
			of := list(&p.Exempt)
			*of = append(*of, profiles.NewPattern(pattern))
		}
	}
	namespaces := func(e *policy.Exemptions) *[]profiles.Pattern { return &e.Namespaces }
	usernames := func(e *policy.Exemptions) *[]profiles.Pattern { return &e.Usernames }
	groups := func(e *policy.Exemptions) *[]profiles.Pattern { return &e.Groups }
	folders := []string{"pod-broken-pin-dry-run", "service-turned-to-node-port", "daemonset-refused", "deployment-pinned-to-no-profile"}
	for name, c := range map[string]struct {
		change func(*policy.Policy)
		user   string
		exempt bool
	}{
		"nobody":                {func(*policy.Policy) {}, "kim", false},
		"the namespace":         {exempt(namespaces, "ap*"), "kim", true},
		"another namespace":     {exempt(namespaces, "ap"), "kim", false},
		"the user":              {exempt(usernames, "kim"), "kim", true},
		"another user":          {exempt(usernames, "kim"), "kimberly", false},
		"the group":             {exempt(groups, "*authenticated"), "kim", true},
		"a group, not a user":   {exempt(groups, "kim"), "kim", false},
		"a user, not a group":   {exempt(usernames, "*authenticated"), "kim", false},
		"no pattern for nobody": {exempt(usernames, "*"), "", false},
	} {
		b := newBench(t, testProfiles(t), c.change)
		for _, folder := range folders {
			b.audit.Reset()
			body := readFile(t, "testdata/validate/"+folder+"/request.json")
			at := strings.Index(body, `"userInfo": {`)
			_, after, _ := strings.Cut(body[at:], "}")
			body = body[:at] + `"userInfo": {"username": "` + c.user + `", "groups": ["dev", "system:authenticated"]}` + after
			got := answerOf(t, b.post(t, pathFor(t, "validate", body), body))
			reported := !got.Allowed || len(got.Warnings) > 0
			if reported == c.exempt || c.exempt && b.audit.Len() > 0 {
				t.Errorf("%s, %s: have %+v, audit %q", name, folder, got, b.audit)
			}
		}
		body := reviewOf(t, `"username":"kim"`, `"username":"`+c.user+`","groups":["dev","system:authenticated"]`)
		if got := answerOf(t, b.post(t, mutatePods, body)); !got.Allowed || (got.Patch == nil) != c.exempt {
			t.Errorf("%s: have the patch %s", name, got.Patch)
		}
	}
}

// The audit line of a subresource names it, and lists a bounded number of findings.
func TestRefusalIsBounded(t *testing.T) {
	var decision fargate.Decision
	for range maxListed + 5 {
		decision.Findings = append(decision.Findings, denied("privileged", "spec.ephemeralContainers[0]", strings.Repeat("long ", 1000), "drop it"))
	}
	decision.Findings = append(decision.Findings, warned("kubelet-port", "", "is odd", ""))
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: strings.Repeat("x", 5000), Controller: new(true)}}}}
	list, _ := split(decision.Findings)
	line := auditLine(&request{SubResource: "ephemeralcontainers", object: pod}, &decision, list, nil)
	if line.SubResource != "ephemeralcontainers" || len(line.Findings) != maxListed || line.More != 5 || len(line.Findings[0].Message) > maxPart || len(line.Owner) > maxPart {
		t.Errorf("have %s of %s with %d findings and %d more", line.SubResource, line.Owner, len(line.Findings), line.More)
	}
}
