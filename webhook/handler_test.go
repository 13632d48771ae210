package webhook

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"fargate-webhook/kinds"
	"fargate-webhook/profiles"
)

// ownKinds returns, by path, the kind of the reviews that are sent there.
func ownKinds(t *testing.T) map[string]string {
	t.Helper()
	own := map[string]string{}
	for path := range newBench(t, testProfiles(t)).handlers {
		k := kindOf(path)
		own[path] = kindJSON(k, k.Versions[0])
	}
	return own
}

// A review that is well formed but makes no sense on its path is refused: it is never allowed, and
// gets no patch.
func TestReviewWithoutObject(t *testing.T) {
	pods, own := kindJSON(kinds.Pods, "v1"), ownKinds(t)
	const object = `"object":{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"web-"},"spec":{"containers":[{"name":"web"}]}}`
	for name, c := range map[string]struct {
		parts []string
		want  string
	}{
		"object null":       {[]string{object, `"object":null`}, "CREATE without an object"},
		"no object":         {[]string{object + ",", ""}, "CREATE without an object"},
		"UPDATE to nothing": {[]string{object, `"object":null`, "CREATE", "UPDATE"}, "UPDATE without an object"},
		"old object only":   {[]string{object, `"object":null`, `"oldObject":null`, `"oldObject":{"metadata":{"name":"web"}}`}, "CREATE without an object"},
		"other case":        {[]string{`"object":`, `"Object":`}, "CREATE without an object"},
		"unknown operation": {[]string{"CREATE", "PATCH"}, `unknown operation "PATCH"`},
		"small letters":     {[]string{"CREATE", "create"}, `unknown operation "create"`},
		"no operation":      {[]string{`"operation":"CREATE",`, ""}, `unknown operation ""`},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, testProfiles(t))
			for path, kind := range own {
				deniedWith(t, b, path, reviewOf(t, append([]string{pods, kind}, c.parts...)...), c.want)
			}
		})
	}
}

func TestReviewOfAnotherKind(t *testing.T) {
	pods, own := kindJSON(kinds.Pods, "v1"), ownKinds(t)
	b := newBench(t, testProfiles(t))
	for path, kind := range own {
		for _, other := range own {
			if other != kind {
				deniedWith(t, b, path, reviewOf(t, pods, other), "was sent to the path for ")
			}
		}
		deniedWith(t, b, path, reviewOf(t, pods+",", ""), "was sent to the path for ")
		deniedWith(t, b, path, reviewOf(t, pods, kindJSON(kindOf(path), "v2")), "was sent to the path for ")
	}
	deniedWith(t, b, mutatePods, reviewOf(t, pods, own[kinds.DaemonSets.ValidatePath()]), ": apps/v1 DaemonSet was sent to the path for v1 Pod")
}

// A kind is one row of the table: it is judged on a path of its own in each of its versions, and
// changed on one if some policy changes it.
func TestEveryKindHasItsPaths(t *testing.T) {
	b := newBench(t, testProfiles(t))
	served := 0
	for _, k := range kinds.Table {
		paths := []string{k.ValidatePath()}
		if k.Mutated != nil {
			paths = append(paths, k.MutatePath())
		}
		served += len(paths)
		for _, path := range paths {
			if b.handlers[path] == nil || kindOf(path) != k {
				t.Fatalf("%s of %s is not served under its own kind", path, k.Kind)
			}
			for _, version := range k.Versions {
				body := reviewOf(t, kindJSON(kinds.Pods, "v1"), kindJSON(k, version), `"namespace":"apps"`, `"namespace":"elsewhere"`, `{"containers":[{"name":"web"}]}`, "{}")
				if got := answerOf(t, b.post(t, path, body)); !got.Allowed {
					t.Errorf("%s of version %s: have %+v", path, version, got.Result)
				}
			}
		}
	}
	if len(b.handlers) != served {
		t.Errorf("%d paths are served, the table has %d", len(b.handlers), served)
	}
}

func deniedWith(t *testing.T, b *bench, path, body, want string) {
	t.Helper()
	got := answerOf(t, b.post(t, path, body))
	if got.UID != "u1" || got.Allowed || got.Patch != nil || got.PatchType != nil {
		t.Fatalf("%s: have %+v", path, got)
	}
	if got.Result == nil || got.Result.Code != http.StatusBadRequest || got.Result.Reason != "BadRequest" || got.Result.Status != "Failure" ||
		!strings.HasPrefix(got.Result.Message, "fargate-webhook can't judge this request: ") || !strings.Contains(got.Result.Message, want) {
		t.Errorf("%s: want %q in %+v", path, want, got.Result)
	}
}

func TestRequestsWithoutFindingsAreUnchanged(t *testing.T) {
	b := newBench(t, testProfiles(t))
	for name, parts := range map[string][]string{
		"DELETE":                 {"CREATE", "DELETE", `"object":`, `"oldObject":`, `"oldObject":null`, `"object":null`},
		"CONNECT":                {"CREATE", "CONNECT", `"object":`, `"oldObject":`, `"oldObject":null`, `"object":null`},
		"a subresource":          {`"namespace"`, `"subResource":"status","namespace"`},
		"not claimed, debugged":  {`"namespace"`, `"subResource":"ephemeralcontainers","namespace"`, "CREATE", "UPDATE"},
		"not claimed, resized":   {`"namespace"`, `"subResource":"resize","namespace"`, "CREATE", "UPDATE"},
		"no namespace":           {`"namespace":"apps",`, ""},
		"a pin in a subresource": {`"namespace"`, `"subResource":"status","namespace"`, `"generateName":"web-"`, `"labels":{"eks.amazonaws.com/fargate-profile":"gone"}`},
	} {
		for _, path := range []string{mutatePods, validatePods} {
			got := answerOf(t, b.post(t, path, reviewOf(t, parts...)))
			if got.UID != "u1" || !got.Allowed || got.Patch != nil || got.PatchType != nil || got.Result != nil || got.Warnings != nil {
				t.Errorf("%s on %s: have %+v", name, path, got)
			}
		}
	}
	if b.audit.Len() > 0 {
		t.Errorf("there is an audit line: %s", b.audit)
	}
}

func TestProfilesNotReady(t *testing.T) {
	b := newBench(t, known{index: func() *profiles.Index { return profiles.NewIndex(nil) }, ready: errors.New("no Fargate profiles loaded yet: throttled")})
	for path := range b.handlers {
		refusedWith(t, b, b.post(t, path, reviewOf(t)), http.StatusServiceUnavailable, "no Fargate profiles loaded yet: throttled")
	}
}

// A panic ends one request: it is logged, and the next one is answered.
func TestPanicEndsOneRequest(t *testing.T) {
	good := testProfiles(t)
	broken := &atomic.Bool{}
	broken.Store(true)
	b := newBench(t, known{index: func() *profiles.Index {
		if broken.Load() {
			panic("the index is broken")
		}
		return good.Index()
	}})
	server := httptest.NewServer(b.handlers[mutatePods])
	defer server.Close()
	send := func() (int, error) {
		response, err := server.Client().Post(server.URL+mutatePods, "application/json", strings.NewReader(reviewOf(t)))
		if err != nil {
			return 0, err
		}
		return response.StatusCode, response.Body.Close()
	}
	if code, err := send(); err != nil || code != http.StatusInternalServerError {
		t.Errorf("status %d after a panic: %v", code, err)
	}
	lines := b.logs.FilterMessage("panic while answering a review").TakeAll()
	if len(lines) != 1 || lines[0].ContextMap()["error"] != `panic: "the index is broken"` || lines[0].ContextMap()["path"] != mutatePods {
		t.Errorf("have log lines %v", lines)
	}
	broken.Store(false)
	if code, err := send(); err != nil || code != http.StatusOK {
		t.Errorf("status %d after the panic is over: %v", code, err)
	}
}
