package webhook

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/fargate"
)

// A refusal leaves one line in the audit log; all else leaves none.
func TestAuditLine(t *testing.T) {
	for _, c := range []struct {
		folder string
		parts  []string
		want   map[string]any
	}{
		{folder: "validate/pod-of-fargate"},
		{folder: "validate/service-node-port-kept"},
		{folder: "mutate/broken-pin"},
		{
			folder: "validate/pod-broken-pin",
			parts:  []string{`"dryRun": false`, `"dryRun": true`},
			want: map[string]any{
				"event": "refused", "uid": "validate-pod-broken-pin",
				"user": "system:serviceaccount:kube-system:replicaset-controller", "groups": []any{"system:serviceaccounts", "system:authenticated"},
				"operation": "CREATE", "resource": "pods", "namespace": "apps", "name": "", "generateName": "web-5d9c7b-", "owner": "ReplicaSet/web-5d9c7b",
				"dryRun": true, "profile": "",
				"findings": []any{map[string]any{
					"rule": "profile-pin", "field": "metadata.labels[eks.amazonaws.com/fargate-profile]",
					"message": `the label eks.amazonaws.com/fargate-profile names profile "gone", which can't take the pod: there is no ACTIVE Fargate profile of that name`,
				}},
			},
		},
		{
			folder: "validate/daemonset-moved-onto-fargate",
			want: map[string]any{
				"event": "refused", "uid": "validate-daemonset-moved-onto-fargate",
				"user": "system:serviceaccount:kube-system:replicaset-controller", "groups": []any{"system:serviceaccounts", "system:authenticated"},
				"operation": "UPDATE", "resource": "daemonsets.apps", "namespace": "apps", "name": "agent", "generateName": "", "owner": "",
				"dryRun": false, "profile": "apps-fargate-profile",
				"findings": []any{map[string]any{
					"rule": "daemonset", "field": "spec.template",
					"message": `Fargate profile "apps-fargate-profile" selects the pods of this DaemonSet, and Fargate runs no DaemonSets`,
				}},
			},
		},
	} {
		t.Run(c.folder, func(t *testing.T) {
			b := newBench(t, testProfiles(t))
			body := strings.NewReplacer(c.parts...).Replace(readFile(t, "testdata/"+c.folder+"/request.json"))
			group, _, _ := strings.Cut(c.folder, "/")
			answerOf(t, b.post(t, pathFor(t, group, body), body))
			if c.want == nil {
				if b.audit.Len() > 0 {
					t.Errorf("there is a line: %s", b.audit)
				}
				return
			}
			if strings.Count(b.audit.String(), "\n") != 1 {
				t.Fatalf("want one line, have %q", b.audit)
			}
			var got map[string]any
			if err := json.Unmarshal(b.audit.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			stamp, _ := got["time"].(string)
			if _, err := time.Parse(time.RFC3339Nano, stamp); err != nil {
				t.Error(err)
			}
			delete(got, "time")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// All reasons come in one answer, each with its field; what only warns is a
// warning, no longer than the API server takes.
func TestJudgedTogether(t *testing.T) {
	decision := fargate.Decision{Findings: []fargate.Finding{
		{Rule: "host-port", Action: fargate.ActionDeny, Field: "spec.a", Message: "a is wrong", Remedy: "mend a"},
		{Rule: "kubelet-port", Action: fargate.ActionWarn, Field: "spec.b", Message: strings.Repeat("é", 200), Remedy: "mend b"},
		{Rule: "host-port", Action: fargate.ActionDeny, Field: "spec.c", Message: "c is wrong", Remedy: "mend c"},
	}}
	got := judged("u1", decision)
	const want = "fargate-webhook denied it: [host-port] a is wrong; mend a ; [host-port] c is wrong; mend c. If it is not meant for Fargate, " +
		"annotate it (a pod: in its template) with eks.amazonaws.com/compute-type: ec2."
	if got.Allowed || got.Result.Message != want || len(got.Result.Details.Causes) != 2 || got.Result.Details.Causes[1].Field != "spec.c" {
		t.Errorf("have %+v", got.Result)
	}
	if got.AuditAnnotations["rules"] != "host-port,kubelet-port" {
		t.Errorf("have annotations %v", got.AuditAnnotations)
	}
	if len(got.Warnings) != 1 || len(got.Warnings[0]) > 256 || len(got.Warnings[0]) < 250 ||
		!strings.HasPrefix(got.Warnings[0], "[kubelet-port] éé") || !strings.HasSuffix(got.Warnings[0], "é...") {
		t.Errorf("have warnings %q", got.Warnings)
	}
	if only := judged("u1", fargate.Decision{Findings: decision.Findings[1:2]}); !only.Allowed || only.Result != nil || len(only.Warnings) != 1 {
		t.Errorf("a warning alone gives %+v", only)
	}
}
