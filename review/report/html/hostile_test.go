package html

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"pgregory.net/rapid"

	"fargate-webhook/review"
)

// evil are texts that would be more than text where they aren't escaped.
var evil = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</noscript><script>alert(1)</script>`,
	`</title></style></script><svg onload=alert(1)>`, `</td></tr></table><h1>owned`, `<!--`, `-->`, `]]>`, `&lt;b&gt;`, `&#34;`, `javascript:alert(1)`,
	`{}`, `{}{}{}`, "a\x00b", "\u202egnp.exe", "\u2066x", "\xff\xfe<", "a\u00a0b\u200b", "`${alert(1)}`", `<base href=//evil.example>`, `<meta http-equiv=refresh content=0>`,
	strings.Repeat("<b>", 300), "\n\r\t<plaintext>",
}

// withText returns a value with every text in it replaced, except for those that no manifest has:
// results, sizes and kinds, by which the page is laid out.
func withText[T any](value T, text string) T {
	replaced, ok := reflect.TypeAssert[T](replace(reflect.ValueOf(value), text))
	if !ok {
		panic("another type")
	}
	return replaced
}

func replace(v reflect.Value, text string) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.String:
		out.SetString(text)
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(replace(v.Elem(), text))
		}
	case reflect.Interface:
		out.Set(reflect.ValueOf(map[string]any{text: text}))
	case reflect.Slice:
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(replace(v.Index(i), text))
		}
	case reflect.Map:
		out.Set(reflect.MakeMap(v.Type()))
		keys := v.MapKeys() // they become one: always the same
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			out.SetMapIndex(reflect.ValueOf(text).Convert(key.Type()), replace(v.MapIndex(key), text))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch field := v.Type().Field(i); field.Name {
			case "Result", "Action", "Usage", "Size", "APIVersion", "Kind", "Docs":
			default:
				if field.IsExported() {
					out.Field(i).Set(replace(v.Field(i), text))
				}
			}
		}
	default: // no text
	}
	return out
}

// shape is all elements of a page with the names of their attributes, and the values of those that
// could do something.
func shape(tb testing.TB, page string, scripts bool) string {
	tb.Helper()
	var out strings.Builder
	for _, n := range elements(parsed(tb, page, scripts)) {
		out.WriteString(n.Data)
		for _, a := range n.Attr {
			out.WriteString(" " + a.Key)
			switch a.Key {
			case "data-v", "data-r", "x", "y", "width", "height", "viewbox", "viewBox", "title", "data-result", "cx", "cy", "r", "d":
			default:
				out.WriteString("=" + a.Val)
			}
		}
		out.WriteString("\n")
		if n.DataAtom == atom.Noscript && scripts && strings.Contains(n.FirstChild.Data, "</noscript") {
			tb.Error("text ends a noscript")
		}
	}
	return out.String()
}

// withTexts returns a page of objects and costs with every text replaced.
func withTexts(tb testing.TB, r *report, text string) string {
	tb.Helper()
	items := make([]review.Item, len(r.rows))
	for i := range r.rows {
		items[i] = withText(*r.rows[i].Item, text)
	}
	changed := reportOf(items)
	changed.bill = withText(r.bill, text)
	return pageOf(tb, changed)
}

// Whatever texts an object has, the page consists of the same elements and attributes, with and
// without scripts.
func TestTextIsNeverMarkup(t *testing.T) {
	items := billed(t)
	tame := withTexts(t, items, "tame")
	for _, text := range evil {
		page := withTexts(t, items, text)
		for _, scripts := range []bool{true, false} {
			if got, want := shape(t, page, scripts), shape(t, tame, scripts); got != want {
				t.Errorf("%q changes the page (scripts: %v)", text, scripts)
			}
		}
	}
}

// A text is on the page as it is, except for what nobody would see.
func TestTextIsShown(t *testing.T) {
	items := billed(t)
	for _, text := range evil {
		if !utf8.ValidString(text) || visible(text) != text || strings.Contains(text, "\r") {
			continue
		}
		if !strings.Contains(textOf(parsed(t, withTexts(t, items, text), false)), text) {
			t.Errorf("%q is not on the page", text)
		}
	}
}

// LawTextIsNeverMarkup is [TestTextIsNeverMarkup] for any text.
func TestLawTextIsNeverMarkup(t *testing.T) {
	items := billed(t)
	items.rows = items.rows[:5]
	tame := withTexts(t, items, "tame")
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[<>"'&/a-z{}!\-= ]{1,30}`), rapid.StringN(1, 40, -1)).Draw(r, "text")
		page := withTexts(t, items, text)
		for _, scripts := range []bool{true, false} {
			if got, want := shape(t, page, scripts), shape(t, tame, scripts); got != want {
				r.Fatalf("%q changes the page (scripts: %v)", text, scripts)
			}
		}
	})
}

// FuzzPut writes texts into both contexts, and reads them with a parser of HTML.
func FuzzPut(f *testing.F) {
	for _, text := range evil {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var out strings.Builder
		p := newPage(&out)
		p.put(`<p title="{}">{}</p>`, text, text)
		if err := p.out.Flush(); err != nil {
			t.Fatal(err)
		}
		all := elements(parsed(t, out.String(), true))
		if len(all) != 4 || all[3].DataAtom != atom.P || len(all[3].Attr) != 1 {
			t.Fatalf("%q becomes %q", text, out.String())
		}
		want := strings.ToValidUTF8(visible(text), "�")
		if got := attribute(all[3], "title"); got != want {
			t.Errorf("attribute %q, want %q", got, want)
		}
		if got := textNode(all[3]); got != want {
			t.Errorf("text %q, want %q", got, want)
		}
	})
}

func textNode(n *html.Node) string {
	if n.FirstChild == nil {
		return ""
	}
	return n.FirstChild.Data
}
