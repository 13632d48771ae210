package docs

import (
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	program      = "fargate-webhook"
	dependencies = "docs/dependencies.md"
)

// linked returns the modules that the released program links, and which of them its own packages
// import.
func linked(t *testing.T) (all, direct map[string]bool) {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps",
		"-f", `{{with .Module}}{{.Path}} {{$.ImportPath}} {{range $.Imports}}{{.}},{{end}}{{end}}`, "./cmd/"+program)
	list.Dir = ".."
	list.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	output, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	moduleOf := map[string]string{}
	var imported []string
	all, direct = map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(output)) {
		module, rest, found := strings.Cut(strings.TrimSpace(line), " ")
		path, imports, _ := strings.Cut(rest, " ")
		switch {
		case !found: // the standard library
		case module == program:
			imported = append(imported, strings.Split(imports, ",")...)
		default:
			moduleOf[path], all[module] = module, true
		}
	}
	for _, path := range imported {
		if module := moduleOf[path]; module != "" {
			direct[module] = true
		}
	}
	return all, direct
}

// listed returns the modules that start a row or an item of each section of the page.
func listed(t *testing.T) map[string]map[string]bool {
	t.Helper()
	page, err := os.ReadFile("dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	module := regexp.MustCompile("(?m)^(?:\\| |- )`([^` ]+)`")
	sections := map[string]map[string]bool{}
	for _, text := range strings.Split(string(page), "\n## ")[1:] {
		title, body, _ := strings.Cut(text, "\n")
		sections[title] = map[string]bool{}
		for _, match := range module.FindAllStringSubmatch(body, -1) {
			sections[title][match[1]] = true
		}
	}
	return sections
}

// The page lists what the program links, no more and no less, and nothing that is left out is
// linked.
func TestDependenciesAreListed(t *testing.T) {
	all, direct := linked(t)
	indirect := maps.Clone(all)
	maps.DeleteFunc(indirect, func(module string, _ bool) bool { return direct[module] })
	sections := listed(t)
	compareModules(t, "Direct", sections["Direct"], direct)
	compareModules(t, "Indirect", sections["Indirect"], indirect)
	out := sections["Left out"]
	if len(out) < 4 {
		t.Errorf("%s: the section Left out has %d modules: the page or the pattern changed", dependencies, len(out))
	}
	for module := range out {
		if all[module] {
			t.Errorf("%s is linked, and %s says it is left out: find the import with go mod why -m %s", module, dependencies, module)
		}
	}
}

func compareModules(t *testing.T, section string, have, want map[string]bool) {
	t.Helper()
	if len(want) == 0 {
		t.Fatalf("go list names no modules for %s", section)
	}
	for _, module := range slices.Sorted(maps.Keys(want)) {
		if !have[module] {
			t.Errorf("%s, section %s, lacks %s: add it with its purpose", dependencies, section, module)
		}
	}
	for _, module := range slices.Sorted(maps.Keys(have)) {
		if !want[module] {
			t.Errorf("%s, section %s, lists %s, which is not linked so: remove it", dependencies, section, module)
		}
	}
}
