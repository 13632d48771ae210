package profiles

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestPatternMatch(t *testing.T) {
	tests := []struct {
		name    string
		pattern string
		yes, no []string
	}{
		{"literal", "apps", []string{"apps"}, []string{"", "app", "apps2", "Apps", "my-apps"}},
		{"empty", "", []string{""}, []string{"a"}},
		{"star alone", "*", []string{"", "a", "kube-system", "a/b"}, nil},
		{"documented prefix (F1.3)", "prod*", []string{"prod", "prod-1", "production"}, []string{"pro", "my-prod", "Prod"}},
		{"documented suffix (F1.3)", "*dev", []string{"dev", "my-dev"}, []string{"dev2", "de"}},
		{"documented mix (F1.3)", "frontend*?", []string{"frontend1", "frontend-ab"}, []string{"frontend", "front"}},
		{"question mark is exactly one", "key?", []string{"key1", "key?", "key*", "key/"}, []string{"key", "key12"}},
		{"star spans the slash (F1.5)", "app.*/n*e", []string{"app.kubernetes.io/name", "app./a/b/nope"}, []string{"app.kubernetes.io/part"}},
		{"question mark takes the slash (F1.5)", "a?b", []string{"a/b", "a.b"}, []string{"ab", "a//b"}},
		{"star in the middle is tried again", "a*bc", []string{"abc", "abbc", "abcbc"}, []string{"abcb", "ab", "bc"}},
		{"earlier star need not be tried again", "*a*b*c", []string{"abc", "xaxbxc", "aabbcc", "cbabc"}, []string{"acb", "ab", "c"}},
		{"run of stars", "a***b", []string{"ab", "axb"}, []string{"a", "ba"}},
		{"no regular expression (F1.3)", "a.[b]+", []string{"a.[b]+"}, []string{"axb", "a.b"}},
		{"no escape (F1.5)", `a\*`, []string{`a\`, `a\b`}, []string{"a*"}},
		{"star in the name is a character", "a?c", []string{"a*c"}, []string{"a**c"}},
		{"question mark takes a whole character", "?", []string{"é", "日", "\xff"}, []string{"", "éé", "\xff\xff"}},
		{"star stops between characters", "*??", []string{"日本", "ab"}, []string{"日", "a"}},
		{"star tried again goes on by characters", "*??b*", []string{"日xbc", "xxxb"}, []string{"日bc"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, s := range test.yes {
				if !NewPattern(test.pattern).Match(s) {
					t.Errorf("%q does not match %q, but should", test.pattern, s)
				}
			}
			for _, s := range test.no {
				if NewPattern(test.pattern).Match(s) {
					t.Errorf("%q matches %q, but should not", test.pattern, s)
				}
			}
		})
	}
}

func TestPatternLiteralAndString(t *testing.T) {
	for text, literal := range map[string]bool{"": true, "apps": true, "a.b/c": true, "*": false, "a?": false, "**": false} {
		p := NewPattern(text)
		if p.Literal() != literal {
			t.Errorf("%q: Literal() = %t, want %t", text, p.Literal(), literal)
		}
		if p.String() != text {
			t.Errorf("%q: String() = %q", text, p.String())
		}
	}
	if zero := (Pattern{}); !zero.Match("") || zero.Match("a") || !zero.Literal() {
		t.Error("the zero Pattern does not match exactly the empty string")
	}
}

func TestPatternPrefix(t *testing.T) {
	for text, want := range map[string]string{"": "", "apps": "apps", "prod*": "prod", "*dev": "", "a?b*": "a"} {
		if got := NewPattern(text).prefix(); got != want {
			t.Errorf("%q: prefix() = %q, want %q", text, got, want)
		}
	}
}

func TestPatternSuffix(t *testing.T) {
	for text, want := range map[string]string{"": "", "apps": "apps", "*": "", "*-prod": "-prod", "a?b*c": "c", "prod-*": "", "?x?yé": "yé", "*\xff": ""} {
		if got := NewPattern(text).suffix(); got != want {
			t.Errorf("%q: suffix() = %q, want %q", text, got, want)
		}
	}
}

func TestPatternMatchAllocatesNothing(t *testing.T) {
	p, name := NewPattern("*-team-?-*prod"), strings.Repeat("x-team-1-", 6)+"prod"
	if n := testing.AllocsPerRun(100, func() { p.Match(name) }); n != 0 {
		t.Errorf("Match allocates %v times", n)
	}
}

// TestPatternHostile would not end within the age of the world if stars were tried in every
// combination, or the longest texts looked at.
func TestPatternHostile(t *testing.T) {
	p := NewPattern(strings.Repeat("a*", 30) + "b*")
	if p.Match(strings.Repeat("a", maxMatched)) {
		t.Error("matched without a b")
	}
	longest := strings.Repeat("a", 1<<20)
	for range 100_000 {
		if p.Match(longest) {
			t.Fatal("matched a text that no label may have")
		}
	}
}

func TestPatternMatchesLegalKeys(t *testing.T) {
	longest := strings.Repeat("a", 253) + "/" + strings.Repeat("b", 63)
	if p := NewPattern("a*b"); !p.Match(longest) || p.Match(longest+"b") {
		t.Error("the longest key must match, and a longer one must not")
	}
}

// drawPattern and drawName draw from few characters, so that matches are frequent.
func drawPattern(t *rapid.T, label string) string {
	return rapid.StringOfN(rapid.RuneFrom([]rune("aab-/é**?")), 0, 12, -1).Draw(t, label)
}

func drawName(t *rapid.T, label string) string {
	return rapid.StringOfN(rapid.RuneFrom([]rune("aab-/é*?")), 0, 16, -1).Draw(t, label)
}

// asRegexp is the definition of a pattern, by other means.
func asRegexp(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(quoted, `\*`, `.*`)
	quoted = strings.ReplaceAll(quoted, `\?`, `.`)
	return regexp.MustCompile(`(?s)\A` + quoted + `\z`)
}

func TestPatternIsItsRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern, name := drawPattern(t, "pattern"), drawName(t, "name")
		if got, want := NewPattern(pattern).Match(name), asRegexp(pattern).MatchString(name); got != want {
			t.Fatalf("pattern %q, name %q: Match is %t, the regular expression says %t", pattern, name, got, want)
		}
	})
}

// TestPatternMatchesWhatItIsMadeOf makes a name from a pattern: it must match.
func TestPatternMatchesWhatItIsMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := drawPattern(t, "pattern")
		var name strings.Builder
		for _, r := range pattern {
			switch r {
			case '*':
				name.WriteString(drawName(t, "star"))
			case '?':
				name.WriteRune(rapid.RuneFrom([]rune("ab/é")).Draw(t, "question mark"))
			default:
				name.WriteRune(r)
			}
		}
		if !NewPattern(pattern).Match(name.String()) {
			t.Fatalf("pattern %q does not match %q", pattern, name.String())
		}
	})
}

func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{{"", ""}, {"prod*", "prod-1"}, {"*a*b", "aab"}, {"a?c", "aéc"}, {"*??", "日"}, {"é*", "\xc3"}, {"\xc3?", "é"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 200 || len(name) > 200 {
			t.Skip("the slow reading is too slow for it")
		}
		if got, want := NewPattern(pattern).Match(name), slowMatch(characters(pattern), characters(name)); got != want {
			t.Errorf("pattern %q, name %q: Match is %t, the slow reading says %t", pattern, name, got, want)
		}
	})
}

// slowMatch fills the table of what the pattern's first i characters match of the name's first j.
func slowMatch(pattern, name []string) bool {
	row := make([]bool, len(name)+1)
	row[0] = true
	for _, p := range pattern {
		next := make([]bool, len(name)+1)
		next[0] = p == "*" && row[0]
		for j, c := range name {
			switch p {
			case "*":
				next[j+1] = row[j+1] || next[j]
			case "?":
				next[j+1] = row[j]
			default:
				next[j+1] = row[j] && p == c
			}
		}
		row = next
	}
	return row[len(name)]
}

// characters splits a string; a byte that is not UTF-8 is one of its own.
func characters(s string) []string {
	var split []string
	for len(s) > 0 {
		_, width := utf8.DecodeRuneInString(s)
		split, s = append(split, s[:width]), s[width:]
	}
	return split
}

// A pattern that is said to match all names does, and one that isn't fails for one of them.
func TestLawMatchesAllNames(t *testing.T) {
	names := []string{"a", "b", "ab", "kube-system"}
	rapid.Check(t, func(t *rapid.T) {
		p := NewPattern(rapid.StringMatching(`[*?a]{0,4}`).Draw(t, "pattern"))
		matched := !slices.ContainsFunc(names, func(name string) bool { return !p.Match(name) })
		if p.MatchesAllNames() != matched || p.MatchesAll() != (matched && p.Match("")) {
			t.Errorf("%q: all names %t, all %t", p, p.MatchesAllNames(), p.MatchesAll())
		}
	})
}
