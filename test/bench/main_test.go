package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/test/bench/page"
	"fargate-webhook/test/bench/stub"
	"fargate-webhook/test/cluster/clustertest"
)

// The test program is the stand-in's too.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == stub.Name {
		if err := stub.Main(context.Background(), os.Args[2], os.Args[3]); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// A short run measures every part, or says why not. No times are asserted.
func TestShort(t *testing.T) {
	clustertest.Needed(t)
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"-short"}, &stdout, &stderr); code != exitOK {
		t.Fatalf("exit code %d:\n%s", code, &stderr)
	}
	t.Logf("%s\n%s", &stderr, &stdout)
	text := stdout.String()
	for _, want := range []string{"| mutate | 2.6 KB |", "| validate | 31 KB |", "`Stages/", "| no webhook |", "| resident when idle |", "| ours, mutating alone |", "| containers"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(text, "Not measured: "); n > 1 || n == 1 && !strings.Contains(text, "Not measured: needs a cgroup") {
		t.Errorf("%d parts were not measured", n)
	}
}

// The committed page and pictures are what the program makes of the committed results.
func TestPageIsCurrent(t *testing.T) {
	const root = "../.."
	found, err := read(root)
	if err != nil {
		t.Fatal(err)
	}
	files, err := page.Render(found)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		there, err := os.ReadFile(filepath.Join(root, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(there), string(want)); diff != "" {
			t.Errorf("docs/%s is stale: run go run ./test/bench render\n-committed +generated:\n%s", name, diff)
		}
	}
}

func TestWrongUsage(t *testing.T) {
	for name, args := range map[string][]string{
		"unknown command": {"measure"}, "unknown part": {"-parts", "handler"}, "unknown flag": {"-long"}, "argument": {"render", "now"}, "no base": {"compare"},
	} {
		var stderr bytes.Buffer
		if code := run(t.Context(), args, &bytes.Buffer{}, &stderr); code != exitUsage || stderr.Len() == 0 {
			t.Errorf("%s: exit code %d, %q", name, code, &stderr)
		}
	}
}
