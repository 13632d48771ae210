package webhook

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/text"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
)

func denied(rule, field, message, remedy string) rules.Finding {
	return rules.Finding{Rule: policy.RuleID(rule), Action: policy.Deny, Field: field, Message: message, Remedy: remedy}
}

// by returns a request of a user.
func by(user string, operation admissionv1.Operation) *request {
	return &request{UID: "u1", Operation: operation, UserInfo: authenticationv1.UserInfo{Username: user}}
}

// refusedPod returns the answer to the creation of a pod by a person.
func refusedPod(findings ...rules.Finding) *admissionv1.AdmissionResponse {
	return judged(by("kim", admissionv1.Create), kinds.Pods, verdictOf(&fargate.Decision{Findings: findings}))
}

func TestRefusalText(t *testing.T) {
	const controller = "system:serviceaccount:kube-system:replicaset-controller"
	hostPort := denied("host-port", "spec.containers[0].ports[0].hostPort", `container "web" (8080) must not set hostPort`, "remove hostPort")
	privileged := denied("privileged", "spec.containers[0].securityContext.privileged", `containers "web", "proxy" must not be privileged`, "set privileged to false")
	otherPort := denied("host-port", "spec.containers[1].ports[0].hostPort", `container "proxy" (80) must not set hostPort or hostIP`, "remove hostPort")
	for name, c := range map[string]struct {
		request  *request
		kind     *kinds.Kind
		profile  string
		findings []rules.Finding
		want     string
	}{
		"one problem": {
			by("kim", admissionv1.Create), kinds.Pods, "apps", []rules.Finding{hostPort},
			`Fargate can't run this pod (profile apps):
- host-port: container "web" (8080) must not set hostPort. Fix: remove hostPort.
To run it on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to the pod, or to the pod template of its workload. Details: fargate-webhook explain host-port`,
		},
		"several problems without a profile": {
			by("kim", admissionv1.Create), kinds.Pods, "", []rules.Finding{privileged, hostPort},
			`Fargate can't run this pod:
- privileged: containers "web", "proxy" must not be privileged. Fix: set privileged to false.
- host-port: container "web" (8080) must not set hostPort. Fix: remove hostPort.
To run it on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to the pod, or to the pod template of its workload. Details: fargate-webhook explain RULE`,
		},
		"a fix that two problems share comes with the last one": {
			by("kim", admissionv1.Create), kinds.Pods, "apps", []rules.Finding{hostPort, otherPort, privileged},
			`Fargate can't run this pod (profile apps):
- host-port: container "web" (8080) must not set hostPort.
- host-port: container "proxy" (80) must not set hostPort or hostIP. Fix: remove hostPort.
- privileged: containers "web", "proxy" must not be privileged. Fix: set privileged to false.
To run it on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to the pod, or to the pod template of its workload. Details: fargate-webhook explain RULE`,
		},
		"problems of one rule": {
			by("kim", admissionv1.Create), kinds.Services, "apps", []rules.Finding{hostPort, otherPort},
			`This Service can't reach pods on Fargate (profile apps):
- host-port: container "web" (8080) must not set hostPort.
- host-port: container "proxy" (80) must not set hostPort or hostIP. Fix: remove hostPort.
If its pods run on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to the Service itself. Details: fargate-webhook explain host-port`,
		},
		"another rule's fix is its own, though it reads the same": {
			by("kim", admissionv1.Create), kinds.Pods, "apps", []rules.Finding{hostPort, denied("privileged", "", "a", "remove hostPort"), denied("other", "", "b", "")},
			`Fargate can't run this pod (profile apps):
- host-port: container "web" (8080) must not set hostPort. Fix: remove hostPort.
- privileged: a. Fix: remove hostPort.
- other: b.
To run it on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to the pod, or to the pod template of its workload. Details: fargate-webhook explain RULE`,
		},
		"one problem for a controller": {
			by(controller, admissionv1.Create), kinds.Pods, "apps", []rules.Finding{hostPort},
			`Fargate can't run this pod (profile apps): host-port: container "web" (8080) must not set hostPort. Fix: remove hostPort.` +
				` To run it on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to the pod, or to the pod template of its workload. Details: fargate-webhook explain host-port`,
		},
		"several problems for a controller": {
			by(controller, admissionv1.Create), kinds.Pods, "apps", []rules.Finding{hostPort, privileged},
			`Fargate can't run this pod (profile apps): (1) host-port: container "web" (8080) must not set hostPort. Fix: remove hostPort.` +
				` (2) privileged: containers "web", "proxy" must not be privileged. Fix: set privileged to false.` +
				` To run it on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to the pod, or to the pod template of its workload. Details: fargate-webhook explain RULE`,
		},
		"a running pod can't be annotated any more": {
			by("kim", admissionv1.Update), kinds.Pods, "apps", []rules.Finding{privileged},
			`Fargate can't run this pod (profile apps):
- privileged: containers "web", "proxy" must not be privileged. Fix: set privileged to false.
It runs on Fargate already. To run it on EC2 nodes, create a new pod with the annotation eks.amazonaws.com/compute-type: ec2. Details: fargate-webhook explain privileged`,
		},
		"the pods of a CronJob": {
			by("kim", admissionv1.Update), kinds.CronJobs, "apps", []rules.Finding{hostPort},
			`Fargate can't run the pods of this CronJob (profile apps):
- host-port: container "web" (8080) must not set hostPort. Fix: remove hostPort.
To run its pods on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to spec.jobTemplate.spec.template.metadata. Details: fargate-webhook explain host-port`,
		},
	} {
		decision := fargate.Decision{Placement: placement.Placement{Profile: c.profile}, Findings: c.findings}
		got := judged(c.request, c.kind, verdictOf(&decision))
		if got.Allowed || got.Result.Code != 403 || got.Result.Reason != "Forbidden" {
			t.Fatalf("%s: have %+v", name, got)
		}
		if diff := cmp.Diff(c.want, got.Result.Message); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

// Events and conditions are single lines; people read lines.
func TestControllersGetOneLine(t *testing.T) {
	finding := denied("privileged", "", "container \"web\" must not be privileged", "remove it")
	for user, oneLine := range map[string]bool{
		"system:serviceaccount:kube-system:replicaset-controller": true,
		"system:serviceaccount:argocd:argocd-server":              true,
		"system:kube-controller-manager":                          true,
		"system:node:ip-10-0-0-1":                                 true,
		"system:admin":                                            false,
		"kubernetes-admin":                                        false,
		"kim":                                                     false,
		"":                                                        false,
	} {
		got := judged(by(user, admissionv1.Create), kinds.Pods, verdictOf(&fargate.Decision{Findings: []rules.Finding{finding}}))
		if !strings.Contains(got.Result.Message, "\n") != oneLine {
			t.Errorf("%q: have %q", user, got.Result.Message)
		}
	}
}

// All problems come in one answer. Findings that only warn are warnings beside it, and causes name
// each field.
func TestRefusalHasAllFindings(t *testing.T) {
	both := denied("host-port", "spec.a", "a is wrong", "remove a")
	both.Fields = []string{"spec.a", "spec.b"}
	odd := warned("kubelet-port", "spec.c", "c is odd", "change c")
	got := refusedPod(both, odd, denied("privileged", "spec.d", "d is wrong", ""))
	var causes []string
	for _, cause := range got.Result.Details.Causes {
		causes = append(causes, fmt.Sprintf("%s %s: %s", cause.Type, cause.Field, cause.Message))
	}
	if diff := cmp.Diff([]string{"host-port spec.a: a is wrong; remove a", "host-port spec.b: a is wrong; remove a", "privileged spec.d: d is wrong"}, causes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got.AuditAnnotations["rules"] != "host-port,kubelet-port,privileged" {
		t.Errorf("have annotations %v", got.AuditAnnotations)
	}
	if diff := cmp.Diff([]string{"kubelet-port: c is odd; change c"}, got.Warnings); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if only := refusedPod(odd); !only.Allowed || only.Result != nil || len(only.Warnings) != 1 {
		t.Errorf("a warning alone gives %+v", only)
	}
}

// How to opt out is said once.
func TestOptOutIsSaidOnce(t *testing.T) {
	const optOut = "add the annotation eks.amazonaws.com/compute-type: ec2"
	fix := denied("node-port", "spec.type", "a is wrong", "use type: ClusterIP; if its pods run on EC2 nodes, "+optOut+" to the Service")
	for _, findings := range [][]rules.Finding{{fix}, {fix, fix}, {fix, denied("other", "spec", "b is wrong", "remove b")}} {
		message := judged(by("kim", admissionv1.Create), kinds.Services, verdictOf(&fargate.Decision{Findings: findings})).Result.Message
		want := 1
		if findings[len(findings)-1].Rule == "other" {
			want = 2
		}
		if got := strings.Count(message, optOut); got != want || !strings.Contains(message, "Details: fargate-webhook explain ") {
			t.Errorf("said %d times: %s", got, message)
		}
	}
}

// A pod with thousands of problems gets an answer that can be sent and read.
func TestRefusalTextIsBounded(t *testing.T) {
	var findings []rules.Finding
	for i := range 5000 {
		findings = append(findings, denied("privileged", fmt.Sprintf("spec.containers[%d]", i), fmt.Sprintf(`container "c%d" must not be privileged`, i), "remove privileged"))
	}
	for _, user := range []string{"kim", "system:kube-controller-manager"} {
		got := judged(by(user, admissionv1.Create), kinds.Pods, verdictOf(&fargate.Decision{Findings: findings})).Result
		listed := strings.Count(got.Message, "privileged: container")
		end := fmt.Sprintf("must not be privileged. Fix: remove privileged.\n- … and %d more\n%s", 5000-listed, lastLine(kinds.Pods.OptOut, "privileged"))
		if user != "kim" {
			end = fmt.Sprintf("must not be privileged. Fix: remove privileged. (%d) … and %d more %s", listed+1, 5000-listed, lastLine(kinds.Pods.OptOut, "privileged"))
		}
		if len(got.Message) > maxText || len(got.Message) < maxText*4/5 || !strings.HasSuffix(got.Message, end) || strings.Count(got.Message, "Fix: ") != 1 {
			t.Errorf("%d bytes: …%s", len(got.Message), got.Message[len(got.Message)-300:])
		}
		if causes := got.Details.Causes; len(causes) != maxListed || causes[99].Field != "spec.containers[99]" {
			t.Errorf("have %d causes", len(causes))
		}
	}
}

func lastLine(optOut, rule string) string {
	return optOut + " Details: fargate-webhook explain " + rule
}

// Whatever is found, the text is bounded, names the first finding, gives every fix of the findings
// that it names, says how to opt out, and counts the findings that it leaves out.
func TestLawRefusalText(t *testing.T) {
	words := rapid.StringOfN(rapid.RuneFrom([]rune("aé… \u2028")), 0, 2000, -1)
	rapid.Check(t, func(t *rapid.T) {
		findings := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rules.Finding {
			rule := rapid.SampledFrom([]string{"host-port", "privileged"}).Draw(t, "rule")
			return denied(rule, "spec", words.Draw(t, "message"), rapid.SampledFrom([]string{"", "remove it", strings.Repeat("long ", 500)}).Draw(t, "remedy"))
		}), 1, 60).Draw(t, "findings")
		user := rapid.SampledFrom([]string{"kim", "system:node:a"}).Draw(t, "user")
		message := judged(by(user, admissionv1.Create), kinds.Pods, verdictOf(&fargate.Decision{Findings: findings})).Result.Message
		listed := strings.Count(message, "host-port: ") + strings.Count(message, "privileged: ")
		first := fmt.Sprintf("%s: %s.", findings[0].Rule, text.Truncate(findings[0].Message, maxPart))
		explained := string(findings[0].Rule)
		if slices.ContainsFunc(findings, func(f rules.Finding) bool { return f.Rule != findings[0].Rule }) {
			explained = "RULE"
		}
		switch {
		case len(message) > maxText || !utf8.ValidString(message):
			t.Fatalf("%d bytes", len(message))
		case !strings.HasPrefix(message, kinds.Pods.Headline+":") || !strings.Contains(message, first) || !strings.HasSuffix(message, lastLine(kinds.Pods.OptOut, explained)):
			t.Fatalf("have %s", message)
		case strings.Contains(message, fmt.Sprintf("… and %d more", len(findings)-listed)) != (listed < len(findings)):
			t.Fatalf("%d of %d are listed: %s", listed, len(findings), message)
		case user != "kim" && strings.Contains(message, "\n"):
			t.Fatalf("a controller gets several lines: %s", message)
		}
		for _, f := range findings[:listed] {
			if f.Remedy != "" && !strings.Contains(message, "Fix: "+text.Truncate(f.Remedy, maxPart)+".") {
				t.Fatalf("the fix %q is missing: %s", f.Remedy, message)
			}
		}
	})
}
