package webhook

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/kinds"
	"fargate-webhook/webhook/intake"
)

// reviewOf returns a review of a pod in namespace apps after replacements: old and new text in
// turn.
func reviewOf(tb testing.TB, parts ...string) string {
	tb.Helper()
	text := `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u1",` +
		`"kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},` +
		`"namespace":"apps","operation":"CREATE","userInfo":{"username":"kim"},` +
		`"object":{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"web-"},"spec":{"containers":[{"name":"web"}]}},"oldObject":null}}`
	for i := 0; i < len(parts); i += 2 {
		if !strings.Contains(text, parts[i]) {
			tb.Fatalf("%q is not in the review", parts[i])
		}
		text = strings.Replace(text, parts[i], parts[i+1], 1)
	}
	return text
}

// A body that isn't a review gets an HTTP error that says why, on every path.
func TestBodyMustBeAReview(t *testing.T) {
	nested := strings.Repeat("[", 100_000)
	for name, c := range map[string]struct {
		body string
		code int
		want string
	}{
		"empty":               {"", 400, "body must be an AdmissionReview, it is empty"},
		"blank":               {" \n", 400, "decode the AdmissionReview: "},
		"not JSON":            {"hello", 400, "decode the AdmissionReview: invalid character 'h'"},
		"YAML":                {"apiVersion: v1", 400, "decode the AdmissionReview: "},
		"protobuf":            {"k8s\x00\x0a\x02v1", 400, "decode the AdmissionReview: "},
		"null":                {"null", 400, `must be an AdmissionReview of admission.k8s.io/v1, not apiVersion "", kind ""`},
		"a list":              {"[]", 400, "decode the AdmissionReview: "},
		"a string":            {`"review"`, 400, "decode the AdmissionReview: "},
		"an empty object":     {"{}", 400, "must be an AdmissionReview of admission.k8s.io/v1"},
		"truncated":           {reviewOf(t)[:300], 400, "decode the AdmissionReview: unexpected end of JSON input"},
		"two reviews":         {reviewOf(t) + reviewOf(t), 400, "decode the AdmissionReview: invalid character '{' after top-level value"},
		"v1beta1":             {reviewOf(t, "k8s.io/v1", "k8s.io/v1beta1"), 400, `not apiVersion "admission.k8s.io/v1beta1", kind "AdmissionReview"`},
		"another kind":        {reviewOf(t, "AdmissionReview", "TokenReview"), 400, `, kind "TokenReview"`},
		"keys in other cases": {reviewOf(t, `"kind":"AdmissionReview"`, `"Kind":"AdmissionReview"`), 400, `, kind ""`},
		"no request":          {`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}`, 400, "the AdmissionReview must have a request with a uid"},
		"request null":        {`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":null}`, 400, "the AdmissionReview must have a request with a uid"},
		"a response":          {`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u1","allowed":true}}`, 400, "the AdmissionReview must have a request with a uid"},
		"no uid":              {reviewOf(t, `"uid":"u1",`, ""), 400, "the AdmissionReview must have a request with a uid"},
		"empty uid":           {reviewOf(t, `"uid":"u1"`, `"uid":""`), 400, "the AdmissionReview must have a request with a uid"},
		"uid a number":        {reviewOf(t, `"uid":"u1"`, `"uid":1`), 400, "decode the AdmissionReview: "},
		"object a string":     {reviewOf(t, `"oldObject":null`, `"oldObject":"x"`), 400, "decode the AdmissionReview: "},
		"labels a list":       {reviewOf(t, `"generateName":"web-"`, `"labels":[]`), 400, "decode the AdmissionReview: "},
		"spec a number":       {reviewOf(t, `"oldObject":null`, `"oldObject":{"spec":7}`), 400, "decode the AdmissionReview: "},
		"a broken time":       {reviewOf(t, `"generateName":"web-"`, `"deletionTimestamp":"soon"`), 400, "decode the AdmissionReview: "},
		"nested deeply":       {nested, 400, "[0][0][0][0]: must not be nested more than 64 levels deep"},
		"object nested":       {reviewOf(t, `"oldObject":null`, `"oldObject":`+nested), 400, "request.oldObject[0][0]: must not be nested more than 64 levels deep"},
		"object twice":        {reviewOf(t, `"oldObject":null`, `"object":null`), 400, "request.object: must be there only once"},
		"a long error":        {reviewOf(t, `"AdmissionReview"`, `"`+strings.Repeat("x", 10_000)+`"`), 400, `kind "xxx`},
		"over 8 MiB":          {reviewOf(t) + strings.Repeat(" ", intake.MaxBody), 413, "body must not exceed 8388608 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, testProfiles(t))
			for path := range b.handlers {
				if name == "spec a number" && path == kinds.LogConfigs.ValidatePath() {
					continue // which has no spec
				}
				refusedWith(t, b, b.post(t, path, c.body), c.code, c.want)
			}
		})
	}
}

func TestQuantityMustParse(t *testing.T) {
	b := newBench(t, testProfiles(t))
	body := reviewOf(t, `"name":"web"`, `"name":"web","resources":{"requests":{"cpu":"much"}}`)
	refusedWith(t, b, b.post(t, mutatePods, body), http.StatusBadRequest, "decode the AdmissionReview: quantities must match")
}

// refusedWith checks an HTTP error: it isn't a review, and it is logged.
func refusedWith(tb testing.TB, b *bench, w *httptest.ResponseRecorder, code int, want string) {
	tb.Helper()
	message := failureOf(tb, w)
	if w.Code != code || !strings.HasPrefix(message, "fargate-webhook: ") || !strings.Contains(message, want) {
		tb.Errorf("status %d, want %d; want %q in: %s", w.Code, code, want, message)
	}
	if len(message) > 2*maxPart {
		tb.Errorf("the answer has %d bytes", len(message))
	}
	lines := b.logs.TakeAll()
	if len(lines) != 1 || lines[0].Message != "request refused" || lines[0].ContextMap()["code"] != int64(code) {
		tb.Errorf("want one line in the log with the code %d, have %v", code, lines)
	}
	if b.audit.Len() > 0 {
		tb.Errorf("there is an audit line: %s", b.audit)
	}
}

// failureOf returns the message of an HTTP error, which is a Status as the API server reads it.
func failureOf(tb testing.TB, w *httptest.ResponseRecorder) string {
	tb.Helper()
	var status metav1.Status
	decoder := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&status); err != nil {
		tb.Fatalf("status %d isn't a Status: %v: %s", w.Code, err, w.Body)
	}
	if status.APIVersion != "v1" || status.Kind != "Status" || status.Status != metav1.StatusFailure || status.Reason == "" || int(status.Code) != w.Code || w.Header().Get("Content-Type") != "application/json" {
		tb.Errorf("have the status %+v with the headers %v", status, w.Header())
	}
	return status.Message
}

// A body of exactly 8 MiB is read.
func TestLargestBody(t *testing.T) {
	b := newBench(t, testProfiles(t))
	body := reviewOf(t)
	if got := answerOf(t, b.post(t, mutatePods, body+strings.Repeat(" ", intake.MaxBody-len(body)))); !got.Allowed || got.Patch == nil {
		t.Errorf("have %+v", got)
	}
}

func TestContentType(t *testing.T) {
	b := newBench(t, testProfiles(t))
	for given, code := range map[string]int{
		"application/json":                    200,
		"application/json; charset=utf-8":     200,
		"Application/JSON;charset=\"UTF-8\"":  200,
		"":                                    415,
		"text/plain":                          415,
		"application/yaml":                    415,
		"application/json-patch+json":         415,
		"application/vnd.kubernetes.protobuf": 415,
		"application/json; =":                 415,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, mutatePods, strings.NewReader(reviewOf(t)))
		r.Header.Set("Content-Type", given)
		w := httptest.NewRecorder()
		b.handlers[mutatePods].ServeHTTP(w, r)
		if code != http.StatusOK {
			refusedWith(t, b, w, code, "Content-Type must be application/json, not ")
		} else if !answerOf(t, w).Allowed {
			t.Errorf("Content-Type %q is refused", given)
		}
	}
}

func TestMethod(t *testing.T) {
	b := newBench(t, testProfiles(t))
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
		r := httptest.NewRequestWithContext(t.Context(), method, mutatePods, strings.NewReader(reviewOf(t)))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		b.handlers[mutatePods].ServeHTTP(w, r)
		refusedWith(t, b, w, http.StatusMethodNotAllowed, "method must be POST, not "+method)
		if got := w.Header().Get("Allow"); got != http.MethodPost {
			t.Errorf("%s: Allow is %q", method, got)
		}
	}
}

// A body that ends early is a bad request, not one that is too large.
func TestBodyEndsEarly(t *testing.T) {
	b := newBench(t, testProfiles(t))
	body := io.MultiReader(strings.NewReader(reviewOf(t)[:100]), brokenReader{})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, mutatePods, body)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	b.handlers[mutatePods].ServeHTTP(w, r)
	refusedWith(t, b, w, http.StatusBadRequest, "read the body: unexpected EOF")
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
