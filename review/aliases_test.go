package review_test

import (
	"strings"
	"testing"
)

// Aliases that make a document larger than a file may be are a problem of the document.
func TestAliases(t *testing.T) {
	configMap := func(fields string) []byte {
		return []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n---\n" + fields + "\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
	}
	for name, c := range map[string]struct {
		fields string
		fits   bool
	}{
		"a long text": {"a: &a " + strings.Repeat("x", 100_000) + "\nl: [" + strings.Repeat("*a,", 10_000) + "]", false},
		"lists of lists": {"a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n" +
			"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g,*g]", false},
		"merges of maps": {"a: &a {x: " + strings.Repeat("y", 1_000_000) + "}\nl: [" + strings.Repeat("{<<: *a},", 1_000) + "]", false},
		"itself":         {"a: &a [*a]", false},
		"a few":          {"a: &a {x: y}\nb: *a\nc: {<<: *a}", true},
	} {
		items, problems := newReviewer(t).File("in.yaml", configMap(c.fields))
		switch {
		case c.fits && (len(problems) != 0 || len(items) != 2):
			t.Errorf("%s: %d items, %v", name, len(items), problems)
		case !c.fits && (len(problems) != 1 || len(items) != 1 || !strings.Contains(problems[0].Error(), "in.yaml:4: ")):
			t.Errorf("%s: %d items, %.300v", name, len(items), problems)
		}
	}
	// Documents that are small enough one by one count together.
	one := "a: &a " + strings.Repeat("x", 100_000) + "\nl: [" + strings.Repeat("*a,", 300) + "]\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n"
	items, problems := newReviewer(t).File("in.yaml", []byte(strings.Repeat(one, 4)))
	if len(items) != 2 || len(problems) != 2 {
		t.Errorf("%d items, %.300v", len(items), problems)
	}
}
