// Package docs holds tests of the pages in this folder.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const factsPage = "docs/facts.md"

// TestFactsAreComplete checks each entry of docs/facts.md by itself.
func TestFactsAreComplete(t *testing.T) {
	entries, problems := parseFacts(readFacts(t))
	if len(entries) < 100 {
		t.Fatalf("%s has %d entries: the page or the pattern of its anchors changed", factsPage, len(entries))
	}
	for _, id := range sortedKeys(entries) {
		if problem := checkEntry(id, entries[id]); problem != "" {
			problems = append(problems, problem)
		}
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", factsPage, problem)
	}
}

// TestCitationsResolve fails for a number that has no entry, and for an entry that nothing cites.
func TestCitationsResolve(t *testing.T) {
	entries, _ := parseFacts(readFacts(t))
	cited := map[string]bool{}
	for _, file := range citingFiles(t) {
		data, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range citations(string(data)) {
			cited[id] = true
			if _, ok := entries[id]; !ok {
				t.Errorf("%s cites %s, which has no entry in %s", file, id, factsPage)
			}
		}
	}
	for id, text := range entries {
		for _, other := range citations(text) {
			if _, ok := entries[other]; !ok {
				t.Errorf("%s: %s cites %s, which has no entry", factsPage, id, other)
			}
			cited[other] = cited[other] || other != id && strings.HasPrefix(id, "S")
		}
	}
	for _, id := range sortedKeys(entries) {
		if !cited[id] && !isSection(id) {
			t.Errorf("%s: nothing cites %s: remove it", factsPage, id)
		}
	}
}

func TestCitations(t *testing.T) {
	tests := map[string][]string{
		"(F4.6, S12)":                   {"F4.6", "S12"},
		"(F4.11 to F4.13)":              {"F4.11", "F4.12", "F4.13"},
		"(F3.2 a to c, F3.7)":           {"F3.2", "F3.7"},
		"(F1.9 to F1.10), the table F4": {"F1.9", "F1.10", "F4"},
		"S1 to S3":                      {"S1", "S2", "S3"},
		"AWS::S3::Bucket, 0xF1":         nil,
	}
	for text, want := range tests {
		if got := citations(text); !slices.Equal(got, want) {
			t.Errorf("citations(%q) = %q, want %q", text, got, want)
		}
	}
}

func readFacts(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("facts.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// citingFiles returns the files that may cite facts, by their path in the repository.
func citingFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "bin", "testdata"}, entry.Name()):
			return fs.SkipDir
		case strings.HasPrefix(path, "docs/facts"), entry.IsDir():
			return nil
		}
		if slices.Contains([]string{".go", ".md", ".yaml", ".proto"}, filepath.Ext(path)) {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func sortedKeys(entries map[string]string) []string {
	keys := make([]string, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
