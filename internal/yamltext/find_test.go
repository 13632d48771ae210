package yamltext_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fargate-webhook/internal/yamltext"
)

const pod = `# a comment
metadata: # another
  name: web
  annotations:
    eks.amazonaws.com/compute-type: EC2
    "a]b[0]": x
spec:
  containers:
  - &first
    name: é
    ports: [{containerPort: 80}, {containerPort: 81, hostPort: 81}]
  - *first
  - <<: *first
    name: other
    resources: {limits: {nvidia.com/gpu: 1}}
  empty:
`

func TestFind(t *testing.T) {
	root, err := yamltext.Parse([]byte(pod))
	if err != nil {
		t.Fatal(err)
	}
	text := yamltext.NewText([]byte(pod))
	for path, want := range map[string]string{
		"metadata": "2:1 true",
		"metadata.annotations[eks.amazonaws.com/compute-type]": "5:5 true",
		"metadata.annotations.eks.amazonaws.com/compute-type":  "5:5 true",
		"metadata.annotations[a]b[0]]":                         "6:5 true",
		"metadata.annotations[none]":                           "4:3 false",
		"spec.containers[0]":                                   "9:5 true",
		"spec.containers[0].name":                              "10:5 true",
		"spec.containers[0].ports[1].hostPort":                 "11:54 true",
		"spec.containers[0].ports[0].hostPort":                 "11:13 false",
		"spec.containers[1].ports[1].hostPort":                 "11:54 true", // through the alias
		"spec.containers[2].ports[1].hostPort":                 "11:54 true", // through the merge
		"spec.containers[2].name":                              "14:5 true",
		"spec.containers[2].resources.limits.nvidia.com/gpu":   "15:26 true",
		"spec.containers[9].name":                              "8:3 false",
		"spec.containers.name":                                 "8:3 false",
		"spec.empty":                                           "16:3 true",
		"spec.empty.below":                                     "16:3 false",
		"status":                                               "2:1 false",
		"[":                                                    "2:1 false",
		"..":                                                   "2:1 false",
	} {
		offset, exact := root.Find(path)
		at := text.Position(offset)
		if got := fmt.Sprintf("%d:%d %t", at.Line, at.Column, exact); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
}

// Characters that end a line to the YAML parser only don't move what follows them.
func TestFindAfterOddLineBreaks(t *testing.T) {
	const data = "a: \"x\u2028y\u0085z\"\r\nb: 1\n# c\rd: 2\n"
	root, err := yamltext.Parse([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"a", "b", "d"} {
		if offset, exact := root.Find(key); !exact || offset != strings.Index(data, key+":") {
			t.Errorf("%s is at %d: %q", key, offset, data[offset:])
		}
	}
}

// Neither a line of megabytes nor a mapping with a million keys makes many fields slow to find.
func TestFindManyFields(t *testing.T) {
	var line strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&line, `,"kä%d":{"hostPort":1}`, i)
	}
	data := []byte(`{"all":{` + line.String()[1:] + `}}`)
	begin := time.Now()
	root, err := yamltext.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	text := yamltext.NewText(data)
	for i := range 200_000 {
		offset, exact := root.Find(fmt.Sprintf("all.kä%d.hostPort", i))
		if !exact || text.Position(offset).Line != 1 {
			t.Fatal(i, offset)
		}
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, data := range map[string]string{"not UTF-8": "a: \xff", "not YAML": "a: [", "large": strings.Repeat(" ", yamltext.MaxDocument+1)} {
		if root, err := yamltext.Parse([]byte(data)); err == nil {
			t.Errorf("%s: %+v", name, root)
		}
	}
	if root, err := yamltext.Parse([]byte("# nothing\n")); root != nil || err != nil {
		t.Errorf("an empty document: %+v, %v", root, err)
	}
}

// Whatever the bytes and the path, the offset is within the text.
func FuzzFind(f *testing.F) {
	f.Add([]byte(pod), "spec.containers[2].name")
	f.Add([]byte("a: &a [*a]\nb: {<<: *a}\n"), "b[0].c")
	f.Add([]byte(`{"a":[{"b":"\ud83d\ude00"}]}`), "a[0].b")
	f.Fuzz(func(t *testing.T, data []byte, path string) {
		root, err := yamltext.Parse(data)
		if err != nil || root == nil {
			return
		}
		offset, _ := root.Find(path)
		at := yamltext.NewText(data).Position(offset)
		if offset < 0 || offset > len(data) || at.Line < 1 || at.Column < 1 {
			t.Errorf("offset %d, %+v", offset, at)
		}
	})
}
