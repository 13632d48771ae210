package catalog

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// A rule is data, and complete.
func TestRulesAreComplete(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	fact := regexp.MustCompile(`^(F\d+\.\d+|S\d+)$`)
	facts, err := os.ReadFile("../../../docs/facts.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[policy.RuleID]bool{}
	for _, rule := range All() {
		t.Run(string(rule.ID), func(t *testing.T) {
			if known[rule.ID] || !kebab.MatchString(string(rule.ID)) {
				t.Error("the id must be unique, and kebab-case")
			}
			known[rule.ID] = true
			switch onlyThere := rule.Default == policy.Off && rule.FargateOnly != ""; {
			case rule.Default != policy.Deny && rule.Default != policy.Warn && !onlyThere:
				t.Errorf("the default must be Deny or Warn, or Off for a rule about clusters without other nodes, not %q", rule.Default)
			case rule.FargateOnly != "" && rule.FargateOnly != policy.Deny:
				t.Errorf("where there are no other nodes, the default can only be stricter, not %q", rule.FargateOnly)
			}
			if !slices.Contains([]rules.Severity{rules.High, rules.Medium, rules.Low}, rule.Severity) {
				t.Errorf("the severity must be High, Medium or Low, not %q", rule.Severity)
			}
			if rule.Default == policy.Deny && rule.Severity != rules.High {
				t.Errorf("Fargate doesn't run what is denied: the severity must be High, not %q", rule.Severity)
			}
			if rule.Title == "" || strings.HasSuffix(rule.Title, ".") || strings.Contains(rule.Title, "\n") {
				t.Errorf("the title must be one line without a full stop: %q", rule.Title)
			}
			if rule.Fix == "" || strings.HasSuffix(rule.Fix, ".") {
				t.Errorf("the fix must be a clause without a full stop: %q", rule.Fix)
			}
			for _, text := range []string{rule.What, rule.Why} {
				if !strings.HasSuffix(text, ".") {
					t.Errorf("what and why must be sentences: %q", text)
				}
			}
			if len(rule.References) == 0 || slices.Contains(rule.References, "") {
				t.Errorf("the references are %q", rule.References)
			}
			for _, number := range rule.Facts {
				if !fact.MatchString(number) || !strings.Contains(string(facts), `<a id="`+strings.ToLower(number)+`"></a>`) {
					t.Errorf("fact %q must have an anchor in docs/facts.md", number)
				}
			}
			if checks(rule) == 0 {
				t.Error("it has no check")
			}
			if rule.Check.Pod == nil && (rule.Check.States != 0 || rule.Check.WhenMutating) {
				t.Error("States and WhenMutating are about checks of pods")
			}
		})
	}
}

// checks counts the check functions of a rule.
func checks(rule *rules.Rule) int {
	n := 0
	for _, v := range reflect.ValueOf(rule.Check).Fields() {
		if v.Kind() == reflect.Func && !v.IsNil() {
			n++
		}
	}
	return n
}

// A rule that isn't in the table is never checked.
func TestEveryRuleIsInTheTable(t *testing.T) {
	files, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	ofObjects, err := filepath.Glob("../objects/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []policy.RuleID
	for _, file := range slices.Concat(files, ofObjects) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range declaredIn(parsed) {
			declared = append(declared, id)
			if want := strings.ReplaceAll(string(id), "-", "_") + ".go"; filepath.Base(file) != want {
				t.Errorf("rule %s is in %s, and must be in %s", id, file, want)
			}
		}
	}
	var listed []policy.RuleID
	for _, rule := range All() {
		listed = append(listed, rule.ID)
		if ByID(rule.ID) != rule {
			t.Errorf("ByID(%q) returns another rule", rule.ID)
		}
	}
	slices.Sort(declared)
	slices.Sort(listed)
	if !slices.Equal(declared, listed) {
		t.Errorf("declared are %q\nlisted are %q", declared, listed)
	}
	if ByID("no-such-rule") != nil {
		t.Error("ByID returns a rule that doesn't exist")
	}
}

// declaredIn returns the ids of the rules that a file declares as &Rule{ID: "…"} or &rules.Rule{ID: "…"}.
func declaredIn(file *ast.File) []policy.RuleID {
	var ids []policy.RuleID
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		of := literal.Type
		if selected, ok := of.(*ast.SelectorExpr); ok {
			of = selected.Sel
		}
		if name, ok := of.(*ast.Ident); !ok || name.Name != "Rule" {
			return true
		}
		for _, element := range literal.Elts {
			pair, ok := element.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			key, isName := pair.Key.(*ast.Ident)
			value, isText := pair.Value.(*ast.BasicLit)
			if isName && isText && key.Name == "ID" {
				ids = append(ids, policy.RuleID(strings.Trim(value.Value, `"`)))
			}
		}
		return true
	})
	return ids
}

func TestAllReturnsACopy(t *testing.T) {
	All()[0] = nil
	if All()[0] == nil {
		t.Error("a caller can change the table of rules")
	}
}
