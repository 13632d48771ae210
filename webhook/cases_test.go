package webhook

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
)

// outcome is what a case wants, in a form that a person can read.
type outcome struct {
	Response *admissionv1.AdmissionResponse `json:"response"`
	// Patch is the response's, decoded.
	Patch json.RawMessage `json:"patch,omitempty"`
	// Object is the raw object after the patch.
	Object json.RawMessage `json:"object,omitempty"`
}

// Each folder of testdata/mutate and testdata/validate is a case: a request and the outcome.
// UPDATE=1 rewrites the outcomes.
func TestCases(t *testing.T) {
	requests, err := filepath.Glob("testdata/*/*/request.json")
	if err != nil || len(requests) < 30 {
		t.Fatalf("found only %d cases: %v", len(requests), err)
	}
	b := newBench(t, testProfiles(t))
	for _, request := range requests {
		folder := filepath.Dir(request)
		group := filepath.Base(filepath.Dir(folder))
		t.Run(group+"/"+filepath.Base(folder), func(t *testing.T) {
			body := readFile(t, request)
			got := outcome{Response: answerOf(t, b.post(t, pathFor(t, group, body), body))}
			if len(got.Response.Patch) > 0 {
				got.Patch, got.Object = got.Response.Patch, apply(t, body, got.Response.Patch)
				got.Response.Patch = nil
			}
			compareWithFile(t, filepath.Join(folder, "want.json"), got)
		})
	}
}

// pathFor returns the path that the API server would call.
func pathFor(t *testing.T, group, body string) string {
	t.Helper()
	var in admissionv1.AdmissionReview
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		t.Fatal(err)
	}
	return "/" + group + "/" + in.Request.Resource.Resource
}

// apply patches the raw object, as the API server does: it may have fields that we don't know.
func apply(tb testing.TB, body string, patch []byte) []byte {
	tb.Helper()
	var in struct {
		Request struct{ Object json.RawMessage }
	}
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		tb.Fatal(err)
	}
	operations, err := jsonpatch.DecodePatch(patch)
	if err != nil {
		tb.Fatal(err)
	}
	object, err := operations.Apply(in.Request.Object)
	if err != nil {
		tb.Fatalf("the patch %s can't be applied: %v", patch, err)
	}
	return object
}

func compareWithFile(t *testing.T, path string, got outcome) {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(got); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(readFile(t, path), text.String()); diff != "" {
		t.Errorf("UPDATE=1 rewrites it; -want +got:\n%s", diff)
	}
}
