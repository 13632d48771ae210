package review_test

import (
	"fmt"
	"strings"
	"testing"

	"fargate-webhook/review"
)

// Each finding is where its field is in the file, whatever the form of the file.
func TestPositions(t *testing.T) {
	const node = "kind: Service\napiVersion: v1\nmetadata: {name: é, namespace: default}\nspec:\n  type: NodePort\n  selector: {a: b}\n"
	const compact = `{"apiVersion":"v1","kind":"Service","metadata":{"name":"日本","namespace":"default"},"spec":{"selector":{"a":"b"},"type":"NodePort"}}`
	at := strings.Index(compact, `"type"`) + 1 - len("日本") + 2
	list := `{"apiVersion":"v1","kind":"List","items":[` + "\n" + compact + ",\n" + `{"apiVersion":"v1","kind":"ServiceList","items":[` + "\n" + compact + "]}]}"
	for name, c := range map[string]struct{ text, want string }{
		"YAML":                   {node, "1 5:3"},
		"second document":        {"# one\n" + node + "---\n\n# two\n" + node, "2 6:3; 11 15:3"},
		"after the marker":       {node + "--- " + compact + "\n", fmt.Sprintf("1 5:3; 7 7:%d", at+4)},
		"CRLF":                   {strings.ReplaceAll(node+"---\n"+node, "\n", "\r\n"), "1 5:3; 8 12:3"},
		"byte order mark":        {"\ufeff" + compact, fmt.Sprintf("1 1:%d", at)},
		"JSON":                   {compact, fmt.Sprintf("1 1:%d", at)},
		"stream of JSON":         {compact + "\n " + compact + compact, fmt.Sprintf("1 1:%d; 2 2:%d; 2 2:%d", at, at+1, at+1+len([]rune(compact)))},
		"Lists in a List":        {list, fmt.Sprintf("2 2:%d; 4 4:%d", at, at)},
		"List in YAML":           {"apiVersion: v1\nkind: List\nitems:\n- " + strings.ReplaceAll(node, "\n", "\n  ") + "\n", "4 8:5"},
		"anchor":                 {"kind: Service\napiVersion: v1\nmetadata: {name: a}\nspec: &spec {type: NodePort, selector: {a: b}}\nother: *spec\n", "1 4:14"},
		"surrogate pair in JSON": {strings.Replace(compact, "日本", `\ud83d\ude00`, 1), fmt.Sprintf("1 1:%d", at+10)},
	} {
		t.Run(name, func(t *testing.T) {
			items, problems := newReviewer(t).File("in.yaml", []byte(c.text))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			var got []string
			for i := range items {
				if len(items[i].Findings) != 1 {
					t.Fatalf("%+v", items[i])
				}
				f := &items[i].Findings[0]
				got = append(got, fmt.Sprintf("%d %d:%d", items[i].Line, f.Line, f.Column))
			}
			if text := strings.Join(got, "; "); text != c.want {
				t.Errorf("got %s, want %s, in\n%s", text, c.want, c.text)
			}
		})
	}
}

// Of a document without findings only the line is known, and of a file that can't be searched the
// lines of its documents.
func TestLinesOfItems(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: none}\nspec: {containers: [{name: a}]}\n"
	large := "# " + strings.Repeat("x", 16<<20) + "\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: NodePort, selector: {a: b}}\n"
	items, problems := newReviewer(t).File("in.yaml", []byte("# a\n\n"+pod+"---\n"+pod+"---\n"+large))
	if len(problems) > 0 || len(items) != 3 {
		t.Fatal(len(items), problems)
	}
	if items[0].Line != 3 || items[1].Line != 8 || items[2].Line != 14 {
		t.Errorf("lines %d, %d, %d", items[0].Line, items[1].Line, items[2].Line)
	}
	want := review.Finding{Line: 14, Column: 1}
	if f := items[2].Findings; len(f) != 1 || f[0].Line != want.Line || f[0].Column != want.Column {
		t.Errorf("findings %+v", f)
	}
}
