package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const securityPage = "security.md"

var (
	namedTest = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`")
	goTest    = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
	threatRow = regexp.MustCompile(`(?m)^\| (\d+)\. .*\|\s*([^|]*?)\s*\|$`)
)

// TestSecurityNamesTestsThatExist: every test on the page about threats is a test of this
// repository, all threats of the model are there in order, and each has tests unless it is out of
// scope.
func TestSecurityNamesTestsThatExist(t *testing.T) {
	page, err := os.ReadFile(securityPage)
	if err != nil {
		t.Fatal(err)
	}
	known := testNames(t)
	named := namedTest.FindAllStringSubmatch(string(page), -1)
	for _, match := range named {
		if !known[match[1]] {
			t.Errorf("%s names %s, which doesn't exist", securityPage, match[1])
		}
	}
	if len(named) < 40 {
		t.Errorf("%s names %d tests: the page or the pattern changed", securityPage, len(named))
	}
	rows := threatRow.FindAllStringSubmatch(string(page), -1)
	const threats = 18
	if len(rows) != threats {
		t.Fatalf("%d threats, the model has %d", len(rows), threats)
	}
	for i, row := range rows {
		if row[1] != strconv.Itoa(i+1) {
			t.Errorf("threat %s is in place %d", row[1], i+1)
		}
		if namedTest.MatchString(row[2]) == strings.Contains(row[0], "out of scope") {
			t.Errorf("threat %s: it has tests, or is out of scope", row[1])
		}
	}
}

// testNames returns the names of all tests and fuzz targets.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(filepath.Join("..", path))
		for _, match := range goTest.FindAllStringSubmatch(string(text), -1) {
			names[match[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
