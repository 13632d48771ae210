package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"fargate-webhook/profiles"
)

// A review that can't be one of this path is denied: never allowed, never a
// patch.
func TestReviewOfSomethingElse(t *testing.T) {
	const pods = `"kind":{"group":"","version":"v1","kind":"Pod"}`
	kinds := map[string]string{}
	for path := range newBench(t, testProfiles(t)).handlers {
		group, kind := kindOf(path)
		kinds[path] = fmt.Sprintf(`"kind":{"group":%q,"version":"v1","kind":%q}`, group, kind)
	}
	const object = `"object":{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"web-"},"spec":{"containers":[{"name":"web"}]}}`
	for name, c := range map[string]struct {
		parts []string
		want  string
	}{
		"object null":       {[]string{object, `"object":null`}, "CREATE without an object"},
		"no object":         {[]string{object + ",", ""}, "CREATE without an object"},
		"UPDATE to nothing": {[]string{object, `"object":null`, "CREATE", "UPDATE"}, "UPDATE without an object"},
		"unknown operation": {[]string{"CREATE", "PATCH"}, `operation "PATCH" is not known`},
		"small letters":     {[]string{"CREATE", "create"}, `operation "create" is not known`},
		"no operation":      {[]string{`"operation":"CREATE",`, ""}, `operation "" is not known`},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, testProfiles(t))
			for path, kind := range kinds {
				deniedWith(t, b, path, reviewOf(t, append([]string{pods, kind}, c.parts...)...), c.want)
			}
		})
	}
	t.Run("another kind", func(t *testing.T) {
		b := newBench(t, testProfiles(t))
		for path, own := range kinds {
			for _, kind := range kinds {
				if kind != own {
					deniedWith(t, b, path, reviewOf(t, pods, kind), "was sent to the path for ")
				}
			}
			deniedWith(t, b, path, reviewOf(t, pods+",", ""), "was sent to the path for ")
			deniedWith(t, b, path, reviewOf(t, pods, strings.Replace(own, `"v1"`, `"v2"`, 1)), "was sent to the path for ")
		}
		deniedWith(t, b, PathMutatePods, reviewOf(t, pods, kinds[PathValidateDaemonSets]), "a apps/v1 DaemonSet was sent to the path for v1 Pod")
	})
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

// What has no object of ours to judge is let through as it is.
func TestLetThrough(t *testing.T) {
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
		for _, path := range []string{PathMutatePods, PathValidatePods} {
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

// A panic ends one request: it is told, and the next is answered.
func TestPanic(t *testing.T) {
	good := testProfiles(t)
	broken := &atomic.Bool{}
	broken.Store(true)
	b := newBench(t, known{index: func() *profiles.Index {
		if broken.Load() {
			panic("the index is broken")
		}
		return good.Index()
	}})
	server := httptest.NewServer(b.handlers[PathMutatePods])
	defer server.Close()
	send := func() (int, error) {
		response, err := server.Client().Post(server.URL+PathMutatePods, "application/json", strings.NewReader(reviewOf(t)))
		if err != nil {
			return 0, err
		}
		return response.StatusCode, response.Body.Close()
	}
	if code, err := send(); err != nil || code != http.StatusInternalServerError {
		t.Errorf("status %d after a panic: %v", code, err)
	}
	lines := b.logs.FilterMessage("panic while answering a review").TakeAll()
	if len(lines) != 1 || lines[0].ContextMap()["panic"] != "the index is broken" || lines[0].ContextMap()["path"] != PathMutatePods {
		t.Errorf("the log tells %v", lines)
	}
	broken.Store(false)
	if code, err := send(); err != nil || code != http.StatusOK {
		t.Errorf("status %d after the panic is over: %v", code, err)
	}
}
