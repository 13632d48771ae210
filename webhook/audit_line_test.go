package webhook

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Each refusal writes one line to the audit log, and nothing else does.
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
					"message": `the label eks.amazonaws.com/fargate-profile must name a profile that can take the pod, not "gone": there is no ACTIVE Fargate profile of that name`,
				}},
			},
		},
		{
			folder: "validate/pod-debugged-with-privileges-on-fargate",
			want: map[string]any{
				"event": "refused", "uid": "validate-pod-debugged-with-privileges-on-fargate", "user": "kim", "groups": []any{"dev", "system:authenticated"},
				"operation": "UPDATE", "resource": "pods", "subresource": "ephemeralcontainers", "namespace": "apps", "name": "web", "generateName": "", "owner": "",
				"dryRun": false, "profile": "",
				"findings": []any{map[string]any{
					"rule": "privileged", "field": "spec.ephemeralContainers[0].securityContext.privileged",
					"message": `ephemeral container "debug" must not be privileged`,
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
					"message": `Fargate runs no DaemonSets, and Fargate profile "apps-fargate-profile" selects the pods of this one`,
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
