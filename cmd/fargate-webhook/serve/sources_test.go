package serve

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks/ekstest"
)

// profilesFile returns the path of a file with one profile, b.
func profilesFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "profiles.json")
	if err := os.WriteFile(path, []byte(`[{"name":"b","selectors":[{"namespace":"b"}]}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProfileSourceCombinesEKSAndFiles(t *testing.T) {
	server := ekstest.NewServer([]profiles.Profile{{Name: "a", Status: profiles.StatusCreating, Selectors: []profiles.Selector{{Namespace: "a"}}}}, ekstest.Options{})
	defer server.Close()
	for key, value := range server.Environment() {
		t.Setenv(key, value)
	}
	defer http.DefaultClient.CloseIdleConnections()
	source, id, err := profileSource(t.Context(), &flags{clusterName: "demo", profiles: []string{profilesFile(t)}}, nil, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	list, err := source.List(t.Context())
	if _, notifies := source.(profiles.Notifier); err != nil || len(list) != 2 || !notifies {
		t.Errorf("have %v, %v, notifies of changes: %v", list, err, notifies)
	}
	if !strings.Contains(id, `"demo"`) || !strings.HasSuffix(id, " and others") {
		t.Errorf("have id %q", id)
	}
}

// A list from files only is not kept: the empty id says so.
func TestProfileSourceOfFilesHasNoID(t *testing.T) {
	source, id, err := profileSource(t.Context(), &flags{profiles: []string{profilesFile(t)}}, nil, zap.NewNop())
	if err != nil || source == nil || id != "" {
		t.Errorf("have %v, %q, %v", source, id, err)
	}
}
