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
		sources, err := Sources(t.Context(), []string{at + path}, false, nil)
		if err != nil {
			t.Fatal(err)
		}
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
		source, err := urlSource(t.Context(), "http://"+user+"@"+host+"/")
		if err != nil || source.Name != "http://me:xxxxx@"+host+"/" {
			t.Fatal(source.Name, err)
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
		source, err := urlSource(c.ctx, c.url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := source.Open(); err == nil || !strings.HasPrefix(err.Error(), "read manifests: "+c.url+": ") || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), c.url) != 1 {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := Sources(t.Context(), []string{"https:///a"}, false, nil); err == nil || err.Error() != `read manifests: "https:///a" is not a valid URL` {
		t.Errorf("without a host: %v", err)
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
	sources, err := Sources(t.Context(), []string{at + "/pod.yaml", folder, "-", filepath.Join(folder, "b*")}, false, strings.NewReader(pod))
	if err != nil {
		t.Fatal(err)
	}
	report, problems := (&review.Reviewer{Index: profiles.NewIndex(nil), Policy: policy.Default()}).Sources(sources)
	var got []string
	for i := range report.Items {
		got = append(got, report.Items[i].Source)
	}
	want := []string{at + "/pod.yaml", filepath.Join(folder, "a.yaml"), filepath.Join(folder, "b.yaml"), "-", filepath.Join(folder, "b.yaml")}
	if len(problems) > 0 || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, %v; want %q", got, problems, want)
	}
	if _, err := Sources(t.Context(), []string{"missing.yaml"}, false, nil); err == nil {
		t.Error("a missing file is no error")
	}
}
