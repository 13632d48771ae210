// Package chart has what the Helm chart is tested with and the program does not need: Helm, as a
// tool, and a parser for the language of Terraform.
package chart

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const deploy = "../../deploy"

// The snippet parses, refers only to what it declares, and sets values that the chart has.
func TestTerraform(t *testing.T) {
	body := parse(t)
	declared := declarations(body)
	for _, block := range body.Blocks {
		checkReferences(t, block.Body, declared)
		if block.Type == "resource" && block.Labels[0] == "helm_release" {
			checkValues(t, block.Body.Attributes["values"].Expr)
		}
	}
	if !declared["helm_release.fargate_webhook"] || !declared["aws_iam_role.fargate_webhook"] {
		t.Errorf("declared are %v", declared)
	}
}

// parse parses the snippet.
func parse(t *testing.T) *hclsyntax.Body {
	t.Helper()
	name := filepath.Join(deploy, "terraform", "main.tf")
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, diagnostics := hclsyntax.ParseConfig(content, name, hcl.InitialPos)
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		t.Fatalf("the body is a %T", file.Body)
	}
	return body
}

// declarations returns the addresses of what is declared.
func declarations(body *hclsyntax.Body) map[string]bool {
	found := map[string]bool{}
	for _, block := range body.Blocks {
		switch block.Type {
		case "variable":
			found["var."+block.Labels[0]] = true
		case "data":
			found["data."+strings.Join(block.Labels, ".")] = true
		case "resource":
			found[strings.Join(block.Labels, ".")] = true
		case "locals":
			for name := range block.Body.Attributes {
				found["local."+name] = true
			}
		}
	}
	return found
}

func checkReferences(t *testing.T, body *hclsyntax.Body, declared map[string]bool) {
	t.Helper()
	for name, attribute := range body.Attributes {
		if name == "type" || name == "required_version" || name == "aws" || name == "helm" { // types are written like variables
			continue
		}
		for _, traversal := range attribute.Expr.Variables() {
			var steps []string
			for _, step := range traversal {
				switch s := step.(type) {
				case hcl.TraverseRoot:
					steps = append(steps, s.Name)
				case hcl.TraverseAttr:
					steps = append(steps, s.Name)
				}
			}
			length := 2
			if steps[0] == "data" {
				length = 3
			}
			if len(steps) < length || !declared[strings.Join(steps[:length], ".")] {
				t.Errorf("%s refers to %v, which isn't declared", attribute.SrcRange, steps)
			}
		}
	}
	for _, block := range body.Blocks {
		checkReferences(t, block.Body, declared)
	}
}

// checkValues checks the names in concat([yamlencode({…})], …) against the chart's schema.
func checkValues(t *testing.T, expression hclsyntax.Expression) {
	t.Helper()
	var schema map[string]any
	content, err := os.ReadFile(filepath.Join(deploy, "chart", "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &schema); err != nil {
		t.Fatal(err)
	}
	joined, ok := expression.(*hclsyntax.FunctionCallExpr)
	if !ok || joined.Name != "concat" {
		t.Fatalf("the values are a %T", expression)
	}
	tuple, ok := joined.Args[0].(*hclsyntax.TupleConsExpr)
	if !ok || len(tuple.Exprs) != 1 {
		t.Fatalf("the values begin with a %T", joined.Args[0])
	}
	call, ok := tuple.Exprs[0].(*hclsyntax.FunctionCallExpr)
	if !ok || call.Name != "yamlencode" || len(call.Args) != 1 {
		t.Fatalf("the values are %+v", tuple.Exprs[0])
	}
	if count := checkObject(t, "", call.Args[0], schema); count < 5 {
		t.Errorf("%d values are set", count)
	}
}

// checkObject returns how many values an object sets that the schema has.
func checkObject(t *testing.T, at string, expression hclsyntax.Expression, schema map[string]any) (count int) {
	t.Helper()
	object, ok := expression.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return 1
	}
	properties, _ := schema["properties"].(map[string]any)
	for _, item := range object.Items {
		name := hcl.ExprAsKeyword(item.KeyExpr)
		below, found := properties[name].(map[string]any)
		if !found {
			t.Errorf("the chart has no value %s%s", at, name)
			continue
		}
		count += checkObject(t, at+name+".", item.ValueExpr, below)
	}
	return count
}
