package report_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/xeipuuv/gojsonschema"
)

// sarifSchema is the schema of OASIS. The library that has it validates only what it writes itself:
// the schema is read from its source, in the module cache.
var sarifSchema = sync.OnceValues(func() (*gojsonschema.Schema, error) {
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil {
		return nil, err
	}
	source, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(folder)), "pkg/report/v210/sarif/schema.go"), nil, 0)
	if err != nil {
		return nil, err
	}
	var text string
	ast.Inspect(source, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text, err = strconv.Unquote(literal.Value)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return gojsonschema.NewSchema(gojsonschema.NewStringLoader(text))
})

// validSARIF validates SARIF against the schema, and reads it by another library.
func validSARIF(tb testing.TB, text string) *sarif.Run {
	tb.Helper()
	schema, err := sarifSchema()
	if err != nil {
		tb.Fatal(err)
	}
	result, err := schema.Validate(gojsonschema.NewStringLoader(text))
	if err != nil || !result.Valid() {
		tb.Fatalf("%v %v in\n%s", err, result.Errors(), text)
	}
	log, err := sarif.FromString(text)
	if err != nil {
		tb.Fatal(err)
	}
	return log.Runs[0]
}

// The schema is one: it refuses what isn't SARIF.
func TestSARIFSchemaRefuses(t *testing.T) {
	schema, err := sarifSchema()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`{}`, `{"version":"2.1.0","runs":[{}]}`, `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"a"}},"results":[{"message":{"text":"a"},"level":"bad"}]}]}`} {
		if result, err := schema.Validate(gojsonschema.NewStringLoader(text)); err != nil || result.Valid() {
			t.Errorf("%s: valid, %v", text, err)
		}
	}
}
