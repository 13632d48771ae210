package input

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
)

const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"

// site serves a manifest, and what goes wrong.
func site(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/pod.yaml", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, pod) })
	mux.HandleFunc("/moved/{left}", func(w http.ResponseWriter, r *http.Request) {
		left, _ := strconv.Atoi(r.PathValue("left"))
		to := "/pod.yaml"
		if left > 1 {
			to = fmt.Sprintf("/moved/%d", left-1)
		}
		http.Redirect(w, r, to, http.StatusFound)
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(review.MaxFile+1))
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		lines := []byte(strings.Repeat("#\n", 1<<15))
		for range review.MaxFile/len(lines) + 1 {
			if _, err := w.Write(lines); err != nil {
				return
			}
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestURLs(t *testing.T) {
	at := site(t)
	for path, want := range map[string]string{
		"/pod.yaml": "",
		"/moved/5":  "",
		"/moved/6":  "read manifests: " + at + "/moved/6: more than 5 redirects",
		"/none":     "read manifests: " + at + "/none: the server answers 404 Not Found",
		"/large":    "read manifests: " + at + "/large: larger than 64 MiB",
		"/endless":  "read manifests: " + at + "/endless is larger than 64 MiB",
	} {
		sources := Sources(t.Context(), []string{at + path}, false, nil)
		report, problems := (&review.Reviewer{Index: profiles.NewIndex(nil), Policy: policy.Default()}).Sources(sources)
		if want == "" && len(problems) == 0 && len(report.Items) == 1 && report.Items[0].Source == at+path {
			continue
		}
		if len(problems) != 1 || problems[0].Error() != want {
			t.Errorf("%s: got %+v, %v; want %s", path, report.Items, problems, want)
		}
	}
}

// A password is sent, and shown nowhere.
func TestURLWithAPassword(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != "hush" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	for user, want := range map[string]string{"me:hush": "", "me:wrong": "read manifests: http://me:xxxxx@" + host + "/: the server answers 401 Unauthorized"} {
		source := urlSource(t.Context(), "http://"+user+"@"+host+"/")
		if source.Name != "http://me:xxxxx@"+host+"/" {
			t.Fatal(source.Name)
		}
		in, err := source.Open()
		if got := fmt.Sprint(err); want != "" && got != want || want == "" && err != nil {
			t.Errorf("%s: got %s, want %s", user, got, want)
		}
		if err == nil {
			_ = in.Close()
		}
	}
}

func TestURLsThatFail(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	encrypted := httptest.NewTLSServer(http.RedirectHandler(plain.URL+"/pod.yaml", http.StatusFound))
	defer plain.Close()
	defer encrypted.Close()
	if err := follow(httptest.NewRequest(http.MethodGet, plain.URL, http.NoBody), []*http.Request{httptest.NewRequest(http.MethodGet, encrypted.URL, http.NoBody)}); err == nil ||
		err.Error() != "it redirects from https to "+plain.URL {
		t.Errorf("a redirect to http: %v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx       context.Context
		url, want string
	}{
		"unknown authority": {t.Context(), encrypted.URL, "certificate"},
		"nobody there":      {t.Context(), "http://127.0.0.1:1/a", "connection refused"},
		"interrupted":       {canceled, plain.URL, "context canceled"},
	} {
		source := urlSource(c.ctx, c.url)
		if _, err := source.Open(); err == nil || !strings.HasPrefix(err.Error(), "read manifests: "+c.url+": ") || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), c.url) != 1 {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// What isn't a URL can't be opened either. It may have a password.
func TestInvalidURLs(t *testing.T) {
	for text, name := range map[string]string{
		"https:///a":             "https:///a",
		"http://me:hush@/a":      "http://xxxxx@/a",
		"http://me:hu%zzsh@h/a@": "http://xxxxx@",
		"http://me:@hush@h\n/a":  "http://xxxxx@h\n/a",
	} {
		source := urlSource(t.Context(), text)
		want := fmt.Sprintf("read manifests: %q is not a valid URL", name)
		if _, err := source.Open(); source.Name != name || err == nil || err.Error() != want {
			t.Errorf("%q: got %q, %v; want %s", text, source.Name, err, want)
		}
	}
}

// All inputs come in the order in which they are named.
func TestSources(t *testing.T) {
	at, folder := site(t), t.TempDir()
	for _, name := range []string{"a.yaml", "b.yaml"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(pod), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sources := Sources(t.Context(), []string{at + "/pod.yaml", folder, "-", filepath.Join(folder, "b*")}, false, strings.NewReader(pod))
	report, problems := (&review.Reviewer{Index: profiles.NewIndex(nil), Policy: policy.Default()}).Sources(sources)
	var got []string
	for i := range report.Items {
		got = append(got, report.Items[i].Source)
	}
	want := []string{at + "/pod.yaml", filepath.Join(folder, "a.yaml"), filepath.Join(folder, "b.yaml"), "-", filepath.Join(folder, "b.yaml")}
	if len(problems) > 0 || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, %v; want %q", got, problems, want)
	}
}

// What isn't there is a problem of its name, and doesn't keep the others from being judged.
func TestMissingSources(t *testing.T) {
	empty := t.TempDir()
	paths := []string{"missing.yaml", "-", "missing/*.yaml", empty, "http:///"}
	report, problems := (&review.Reviewer{Index: profiles.NewIndex(nil), Policy: policy.Default()}).Sources(Sources(t.Context(), paths, false, strings.NewReader(pod)))
	if len(report.Items) != 1 || len(problems) != 4 {
		t.Fatalf("got %+v, %v", report.Items, problems)
	}
	for i, want := range []struct{ source, text string }{
		{"missing.yaml", "read manifests: stat missing.yaml: no such file or directory"},
		{"missing/*.yaml", `read manifests: no file matches "missing/*.yaml"`},
		{empty, "read manifests: " + empty + ": no .yaml, .yml or .json file in it; add -R to read its subfolders too"},
		{"http:///", `read manifests: "http:///" is not a valid URL`},
	} {
		if got := report.Problems[i]; got.Source != want.source || got.Text != want.text {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}
