package secretpath

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"
	"pgregory.net/rapid"
)

func TestNew(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		segment := New()
		if err := Check(segment); err != nil {
			t.Fatal(err)
		}
		if len(segment) < 26 || seen[segment] { // 26 characters of 32 letters have 130 bits
			t.Fatalf("%q", segment)
		}
		seen[segment] = true
	}
}

func TestCheck(t *testing.T) {
	for segment, want := range map[string]bool{
		"":                           false,
		"short":                      false,
		"abcdefghij0123456789":       true,
		"abcdefghij-0123456789":      true,
		"-abcdefghij0123456789":      false,
		"abcdefghij0123456789-":      false,
		"abcdefghij0123456789ABC":    false,
		"abcdefghij/0123456789":      false,
		"abcdefghij%2f0123456789":    false,
		"abcdefghij.0123456789":      false,
		"abcdefghij0123456789\n":     false,
		strings.Repeat("a", 63):      true,
		strings.Repeat("a", 64):      false,
		"abcdefghij0123456789\u00e4": false,
	} {
		err := Check(segment)
		if (err == nil) != want {
			t.Errorf("%q: %v", segment, err)
		}
		if err != nil && len(segment) > 5 && strings.Contains(err.Error(), segment) {
			t.Errorf("the error quotes the secret: %v", err)
		}
	}
}

// What passes Check is a segment that the API server takes.
func TestCheckLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segment := rapid.StringMatching(`[a-z0-9.-]{18,65}`).Draw(t, "segment")
		if Check(segment) == nil && len(validation.IsDNS1123Subdomain(segment)) > 0 {
			t.Fatalf("%q is no segment of a webhook's path", segment)
		}
	})
}

func TestMatch(t *testing.T) {
	one, two := New(), New()
	for name, c := range map[string]struct {
		segment  string
		accepted []string
		want     bool
	}{
		"first":        {one, []string{one, two}, true},
		"second":       {two, []string{one, two}, true},
		"twice":        {one, []string{one, one, one}, true},
		"another":      {New(), []string{one, two}, false},
		"a part":       {one[:25], []string{one}, false},
		"more":         {one + "a", []string{one}, false},
		"another case": {strings.ToUpper(one), []string{one}, strings.ToUpper(one) == one},
		"empty":        {"", []string{one}, false},
		"none":         {one, nil, false},
		"empty, none":  {"", nil, false},
	} {
		if got := Match(c.segment, c.accepted); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCutLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segment, path := New(), "/"+rapid.StringMatching(`[a-z/]{0,20}`).Draw(t, "path")
		if got, rest := Cut(Join(segment, path)); got != segment || rest != path {
			t.Fatalf("%q, %q", got, rest)
		}
	})
	if Join("", "/validate/pods") != "/validate/pods" {
		t.Error("an empty segment changes the path")
	}
	if segment, rest := Cut("/validate"); segment != "validate" || rest != "/" {
		t.Errorf("%q, %q", segment, rest)
	}
}
