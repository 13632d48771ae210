package webhook

import (
	"encoding/json"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	admissionv1 "k8s.io/api/admission/v1"

	"fargate-webhook/policy"
)

func FuzzMutate(f *testing.F) { fuzz(f, "/mutate/") }

func FuzzValidate(f *testing.F) { fuzz(f, "/validate/") }

// Any body gets an HTTP error or a well-formed review. It is allowed only if it is a review of the
// path's kind. Only paths that mutate return a patch, and it applies.
func fuzz(f *testing.F, prefix string) {
	f.Helper()
	b := newBench(f, testProfiles(f), func(p *policy.Policy) { p.RewriteNodePorts = true })
	paths := slices.DeleteFunc(slices.Sorted(maps.Keys(b.handlers)), func(path string) bool { return !strings.HasPrefix(path, prefix) })
	requests, err := filepath.Glob("testdata/*/*/request.json")
	if err != nil || len(requests) == 0 {
		f.Fatalf("no requests were found: %v", err)
	}
	for i := range paths {
		for _, request := range requests {
			f.Add(uint8(i), readFile(f, request))
		}
		for _, body := range []string{"", "null", "{}", reviewOf(f), reviewOf(f, "CREATE", "DELETE"), reviewOf(f, `"name":"web"`, `"resources":{"limits":{"cpu":"9e99"}}`)} {
			f.Add(uint8(i), body)
		}
	}
	f.Fuzz(func(t *testing.T, at uint8, body string) {
		b.audit.Reset()
		b.logs.TakeAll()
		path := paths[int(at)%len(paths)]
		w := b.post(t, path, body)
		if w.Code == http.StatusBadRequest {
			return
		}
		response := answerOf(t, w)
		var in struct {
			APIVersion, Kind string
			Request          *struct {
				UID, Operation string
				Kind           struct{ Group, Version, Kind string }
				Object         json.RawMessage
			}
		}
		if err := json.Unmarshal([]byte(body), &in); err != nil || in.Request == nil {
			t.Fatalf("a body that is no review was answered (%v): %+v", err, response)
		}
		if !response.Allowed {
			if response.Patch != nil || response.Result == nil || response.Result.Message == "" || response.Result.Code < 400 {
				t.Fatalf("a refusal without its reason: %+v", response)
			}
			return
		}
		k := kindOf(path)
		if got := in.Request.Kind; got.Group != k.Group || !slices.Contains(k.Versions, got.Version) || got.Kind != k.Kind || string(response.UID) != in.Request.UID {
			t.Fatalf("%s was allowed on %s: %+v", got, path, response)
		}
		if response.Patch == nil {
			return
		}
		patch, err := jsonpatch.DecodePatch(response.Patch)
		if err != nil || !strings.HasPrefix(path, "/mutate/") || *response.PatchType != admissionv1.PatchTypeJSONPatch {
			t.Fatalf("a broken patch (%v) on %s: %s", err, path, response.Patch)
		}
		if _, err := patch.Apply(in.Request.Object); err != nil {
			t.Fatalf("the patch %s can't be applied: %v", response.Patch, err)
		}
	})
}
