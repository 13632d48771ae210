package webhook

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"fargate-webhook/internal/secretpath"
	"fargate-webhook/webhook/callers"
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
				"user": "system:serviceaccount:kube-system:replicaset-controller", "groups": []any{"system:serviceaccounts", "system:authenticated"}, "caller": "unproven",
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
				"event": "refused", "uid": "validate-pod-debugged-with-privileges-on-fargate", "user": "kim", "groups": []any{"dev", "system:authenticated"}, "caller": "unproven",
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
				"user": "system:serviceaccount:kube-system:replicaset-controller", "groups": []any{"system:serviceaccounts", "system:authenticated"}, "caller": "unproven",
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

// A forged review gets no judgement and no audit line behind a Guard with paths; without paths its
// line says that nothing proves it. What the API server sends is marked with its proof.
func TestAuditLineSaysWhoCalled(t *testing.T) {
	body := readFile(t, "testdata/validate/pod-broken-pin/request.json")
	secret := secretpath.New()
	for name, c := range map[string]struct {
		paths callers.Paths
		path  string
		code  int
		want  string // "" for no line
	}{
		"forged":             {secretPaths{secret}, validatePods, http.StatusNotFound, ""},
		"forged, path read":  {secretPaths{secret}, "/" + secretpath.New() + validatePods, http.StatusNotFound, ""},
		"API server":         {secretPaths{secret}, "/" + secret + validatePods, http.StatusOK, "secret-path"},
		"nothing is checked": {nil, validatePods, http.StatusOK, "unproven"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, testProfiles(t))
			mux := http.NewServeMux()
			for path, handler := range b.handlers {
				mux.Handle(path, handler)
			}
			guard := &callers.Guard{Paths: c.paths, Logger: zap.NewNop()}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, c.path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			guard.Wrap(mux).ServeHTTP(w, r)
			if w.Code != c.code {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			line := struct{ Caller string }{}
			if c.want != "" {
				if err := json.Unmarshal(b.audit.Bytes(), &line); err != nil {
					t.Fatal(err)
				}
			}
			if line.Caller != c.want || (b.audit.Len() > 0) != (c.want != "") {
				t.Errorf("have %s", b.audit)
			}
			if told := b.audit.String() + w.Body.String() + fmt.Sprint(b.logs.All()); strings.Contains(told, secret) {
				t.Errorf("the secret is told: %s", told)
			}
		})
	}
}

// secretPaths accepts the paths in it.
type secretPaths []string

func (s secretPaths) AcceptsPath(segment string) bool { return secretpath.Match(segment, s) }
