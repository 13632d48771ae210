package rules

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"
)

// Each text is looked at once, however many variables and texts there are.
func TestHostTextsAreReadOnce(t *testing.T) {
	for _, n := range []int{1, 10, 1_000} {
		variables := map[string]bool{}
		c := container{Container: &corev1.Container{}}
		for i := range n {
			variables[fmt.Sprint("V", i)] = true
			c.Args = append(c.Args, fmt.Sprintf("http://$(V%d):80", n-i-1), "$(OTHER):80")
		}
		read := 0
		var counted iter.Seq[hostText] = func(yield func(hostText) bool) {
			c.hostTexts()(func(text hostText) bool { read++; return yield(text) })
		}
		if ports := hostPorts(counted, variables); len(ports) != n || read != 2*n {
			t.Errorf("%d variables, %d texts: found %d ports, read %d texts", n, 2*n, len(ports), read)
		}
	}
}

// A variable is used as a host if a text has a reference to it, a colon and a digit.
func TestLawHostPorts(t *testing.T) {
	parts := rapid.SliceOfN(rapid.SampledFrom([]string{
		"$", "$$", "(", ")", "{", "}", ":", "4317", "80", "A", "AB", "B", " ", "http://", "LISTEN", "Serve", "server",
		"$(A)", "${A}", "$A", "$(A):1", "$(AB):2", "${B}:3", "$A:4", "$(B):x",
	}), 0, 8)
	names := []string{"A", "AB", "B"}
	rapid.Check(t, func(t *rapid.T) {
		var texts []hostText
		for range rapid.IntRange(0, 4).Draw(t, "texts") {
			variable := rapid.SampledFrom([]string{"", "X", "BIND"}).Draw(t, "variable")
			texts = append(texts, hostText{variable, strings.Join(parts.Draw(t, "parts"), "")})
		}
		variables := map[string]bool{}
		for _, name := range names {
			variables[name] = true
		}
		got := hostPorts(slices.Values(texts), variables)
		for _, name := range names {
			want := slices.ContainsFunc(texts, func(text hostText) bool { return usesAsHost(text, name) })
			if port, used := got[name]; used != want || used && !strings.ContainsAny(port[:1], "0123456789") {
				t.Errorf("%q: %s is used: %t, port %q, want %t", texts, name, used, port, want)
			}
		}
		if extra := len(got) - len(slices.DeleteFunc(slices.Collect(maps.Keys(got)), func(name string) bool { return !variables[name] })); extra > 0 {
			t.Errorf("%q: found %v", texts, got)
		}
	})
}

// usesAsHost looks for each form of reference by itself.
func usesAsHost(text hostText, name string) bool {
	forms := []string{"$(" + name + "):"}
	if text.variable == "" {
		forms = append(forms, "$"+name+":", "${"+name+"}:")
	}
	return !text.listens() && slices.ContainsFunc(forms, func(form string) bool {
		for _, after := range strings.Split(text.value, form)[1:] {
			if strings.TrimLeft(after, "0123456789") != after {
				return true
			}
		}
		return false
	})
}

// Nothing is found in texts that are too long to be a setting, and the end of one is never cut off:
// what says where to listen may be there.
func TestLongHostTexts(t *testing.T) {
	const use = "http://$(A):80"
	for name, c := range map[string]struct {
		text hostText
		want bool
	}{
		"as long as may be": {hostText{value: use + strings.Repeat(" ", maxHostText-len(use))}, true},
		"longer":            {hostText{value: use + strings.Repeat(" ", maxHostText-len(use)+1)}, false},
		"listens at last":   {hostText{value: use + strings.Repeat(" ", maxHostText-len(use)-6) + "listen"}, false},
	} {
		if got := hostPorts(slices.Values([]hostText{c.text}), map[string]bool{"A": true}); (len(got) > 0) != c.want {
			t.Errorf("%s: found %v, want %t", name, got, c.want)
		}
	}
}
