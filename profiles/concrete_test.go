package profiles

import (
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"
	"pgregory.net/rapid"
)

// Keys and values are legal as the API server says.
func TestLawLegalAsKubernetesSays(t *testing.T) {
	texts := rapid.OneOf(
		rapid.StringOfN(rapid.SampledFrom([]rune("aZ0-_./é ")), 0, 12, -1),
		rapid.StringOfN(rapid.SampledFrom([]rune("a0-./")), 60, 70, -1),
		rapid.StringOfN(rapid.SampledFrom([]rune("aaaaaaa.")), 250, 258, -1),
		rapid.Custom(func(t *rapid.T) string {
			return rapid.StringOfN(rapid.SampledFrom([]rune("aaaaaaaa.")), 240, 254, -1).Draw(t, "domain") + "/" + rapid.StringOfN(rapid.SampledFrom([]rune("a")), 60, 65, -1).Draw(t, "name")
		}),
	)
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		if got, want := legalValue(text), len(validation.IsValidLabelValue(text)) == 0; got != want {
			t.Errorf("value %q: %t, want %t", text, got, want)
		}
		if got, want := legalKey(text), len(validation.IsQualifiedName(text)) == 0; got != want {
			t.Errorf("key %q: %t, want %t", text, got, want)
		}
	})
}

// A wildcard is nothing, or x where that gives no legal value.
func TestAdds(t *testing.T) {
	for _, c := range []struct {
		key, value, want string
		ok               bool
	}{
		{"run", "on-fargate", "on-fargate", true},
		{"run", "", "", true},
		{"run", "*", "", true},
		{"run", "on-*", "on-x", true},
		{"run", "v?", "vx", true},
		{"run", "-*", "", false},
		{"run", "not legal", "", false},
		{"run*", "on-fargate", "", false},
		{"not legal", "on-fargate", "", false},
		{"example.com/run", "a*b", "ab", true},
		{"Example.com/run", "a", "", false},
	} {
		l := newLabelPattern(c.key, c.value)
		if key, value, ok := l.Adds(); key != c.key || value != c.want || ok != c.ok {
			t.Errorf("%s: %s adds %s: %q, %t, want %q, %t", c.key, c.value, key, value, ok, c.want, c.ok)
		}
	}
}
