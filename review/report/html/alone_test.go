package html

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html/atom"
)

// The page refers to nothing else, and names its own script and style as the only ones.
func TestPageStandsAlone(t *testing.T) {
	page := pageOf(t, billed(t))
	root := parsed(t, page, false)
	if found := elements(root, atom.Link, atom.Img, atom.Iframe, atom.Object, atom.Embed, atom.Base, atom.Form, atom.Audio, atom.Video, atom.Source); len(found) > 0 {
		t.Errorf("the page has a %s", found[0].Data)
	}
	for _, n := range elements(root) {
		for _, a := range n.Attr {
			switch {
			case a.Key == "href" && a.Val == "#objects":
			case a.Key == "src", a.Key == "href", a.Key == "srcset", a.Key == "action", a.Key == "formaction", a.Key == "style", strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s has %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
	outside := regexp.MustCompile(`(?i)@import|url\(|https?:|//[a-z]|src=`)
	for _, text := range []markup{styleText, markup(paletteText())} {
		if found := outside.FindString(string(text)); found != "" {
			t.Errorf("the style has %q", found)
		}
	}
	for _, word := range []string{"fetch(", "XMLHttpRequest", "WebSocket", "import(", "eval(", "innerHTML", "http:", "https:", "new Function"} {
		if strings.Contains(string(scriptText), word) {
			t.Errorf("the script has %q", word)
		}
	}
	for _, n := range elements(root, atom.Meta) {
		if attribute(n, "http-equiv") == "" {
			continue
		}
		policy := attribute(n, "content")
		for _, want := range []string{
			"default-src 'none'", "base-uri 'none'", "form-action 'none'",
			"script-src '" + hash(markup(elements(root, atom.Script)[0].FirstChild.Data)) + "'",
			"style-src '" + hash(markup(elements(root, atom.Style)[0].FirstChild.Data)) + "'",
		} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s is not in %s", want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || n.PrevSibling.PrevSibling.PrevSibling.DataAtom == atom.Style {
			t.Errorf("policy %s", policy)
		}
	}
}

// The page stays small: what each object adds, and what is there without any.
func TestPageStaysSmall(t *testing.T) {
	empty := len(pageOf(t, reportOf(nil)))
	if empty > 40<<10 {
		t.Errorf("an empty page has %d bytes", empty)
	}
	const number = 2000
	if each := (len(pageOf(t, reportOf(manyItems(t, number)))) - empty) / number; each > 2<<10 {
		t.Errorf("an object adds %d bytes", each)
	} else {
		t.Logf("empty %d bytes, an object adds %d", empty, each)
	}
}

func BenchmarkWrite10000(b *testing.B) {
	r := reportOf(manyItems(b, 10000))
	for b.Loop() {
		b.SetBytes(int64(len(pageOf(b, r))))
	}
}
