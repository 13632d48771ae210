package ekstest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks/ekstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// get asks the server and returns status, error type and body.
func get(t *testing.T, server *ekstest.Server, path string, signed bool) (int, string, map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if signed {
		request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test")
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
	}()
	var body map[string]any
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("X-Amzn-ErrorType"), body
}

// TestServerSpeaksRESTJSON compares with the shapes of F9.1.
func TestServerSpeaksRESTJSON(t *testing.T) {
	server := ekstest.NewServer([]profiles.Profile{
		{Name: "a", Selectors: []profiles.Selector{{Namespace: "apps"}, {Namespace: "web", Labels: map[string]string{"run": "x"}}}},
		{Name: "b", Status: profiles.StatusDeleting},
	}, ekstest.Options{PageSize: 1})
	defer server.Close()
	_, _, page := get(t, server, "/clusters/demo/fargate-profiles?maxResults=2", true)
	if diff := cmp.Diff(map[string]any{"fargateProfileNames": []any{"a"}, "nextToken": "page-1"}, page); diff != "" {
		t.Errorf("first page (-want +got):\n%s", diff)
	}
	_, _, page = get(t, server, "/clusters/demo/fargate-profiles?nextToken=page-1", true)
	if diff := cmp.Diff(map[string]any{"fargateProfileNames": []any{"b"}, "nextToken": nil}, page); diff != "" {
		t.Errorf("last page (-want +got):\n%s", diff)
	}
	_, _, body := get(t, server, "/clusters/demo/fargate-profiles/a", true)
	profile, ok := body["fargateProfile"].(map[string]any)
	if !ok {
		t.Fatalf("no profile in %v", body)
	}
	want := []any{map[string]any{"namespace": "apps", "labels": nil}, map[string]any{"namespace": "web", "labels": map[string]any{"run": "x"}}}
	if diff := cmp.Diff(want, profile["selectors"]); diff != "" {
		t.Errorf("selectors (-want +got):\n%s", diff)
	}
	if profile["status"] != "ACTIVE" || profile["fargateProfileName"] != "a" || profile["clusterName"] != "demo" {
		t.Errorf("profile %v", profile)
	}
}

func TestServerRefuses(t *testing.T) {
	server := ekstest.NewServer(nil, ekstest.Options{Cluster: "demo"})
	defer server.Close()
	tests := []struct {
		name, path string
		signed     bool
		status     int
		code       string
	}{
		{"not signed", "/clusters/demo/fargate-profiles", false, http.StatusForbidden, "MissingAuthenticationTokenException"},
		{"another cluster", "/clusters/other/fargate-profiles", true, http.StatusNotFound, "ResourceNotFoundException"},
		{"unknown profile", "/clusters/demo/fargate-profiles/x", true, http.StatusNotFound, "ResourceNotFoundException"},
		{"page too large", "/clusters/demo/fargate-profiles?maxResults=101", true, http.StatusBadRequest, "InvalidParameterException"},
		{"page too small", "/clusters/demo/fargate-profiles?maxResults=0", true, http.StatusBadRequest, "InvalidParameterException"},
		{"bad token", "/clusters/demo/fargate-profiles?nextToken=x", true, http.StatusBadRequest, "InvalidParameterException"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, code, body := get(t, server, test.path, test.signed)
			if status != test.status || code != test.code || body["message"] == "" {
				t.Errorf("got %d %s %v, want %d %s", status, code, body, test.status, test.code)
			}
		})
	}
}

func TestServerFailsAsManyTimesAsSaid(t *testing.T) {
	server := ekstest.NewServer(nil, ekstest.Options{})
	defer server.Close()
	ask := func() int {
		status, _, _ := get(t, server, "/clusters/demo/fargate-profiles", true)
		return status
	}
	refuse := ekstest.APIError(http.StatusTeapot, "X", "no")
	server.Fail(ekstest.ListFargateProfiles, 2, refuse)
	got := []int{ask(), ask(), ask()}
	server.Fail(ekstest.ListFargateProfiles, -1, refuse)
	got = append(got, ask(), ask(), ask())
	server.Recover()
	got = append(got, ask())
	if diff := cmp.Diff([]int{418, 418, 200, 418, 418, 418, 200}, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if calls := server.Calls(ekstest.ListFargateProfiles); calls != 7 {
		t.Errorf("%d calls counted, want 7", calls)
	}
}
