package chart

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"github.com/zclconf/go-cty/cty/json"
)

// What the snippet gives Helm renders: with an image where the chart is a folder, on Fargate and on
// EC2 nodes. The variable values wins.
func TestTerraformRenders(t *testing.T) {
	image := cty.MapVal(map[string]cty.Value{"repository": cty.StringVal("registry.example/fargate-webhook"), "tag": cty.StringVal("v1.0.0")})
	role := cty.StringVal("arn:aws:iam::111122223333:role/pod-execution")
	for name, c := range map[string]struct {
		variables map[string]cty.Value
		want      []string
	}{
		"a folder without an image": {nil, []string{"set image.repository"}},
		"on EC2 nodes": {
			map[string]cty.Value{"image": image},
			[]string{`image: "registry.example/fargate-webhook:v1.0.0"`, "eks.amazonaws.com/compute-type: ec2", "mode: Observe", `value: "prod"`, `value: "us-west-2"`},
		},
		"on Fargate": {
			map[string]cty.Value{"image": image, "pod_execution_role_arn": role},
			[]string{"cpu: 250m", "eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/fargate-webhook"},
		},
		"with more values": {
			map[string]cty.Value{"values": cty.ListVal([]cty.Value{
				cty.StringVal("image: {repository: other.example/a, digest: 'sha256:" + strings.Repeat("0", 64) + "'}"), cty.StringVal("replicas: 3"),
			})},
			[]string{`image: "other.example/a@sha256:0`, "replicas: 3"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := helmTemplate(t, releaseValues(t, c.variables))
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("there is no %q in\n%s", want, got)
				}
			}
		})
	}
}

// releaseValues evaluates the values of the release with variables, and the defaults of the others.
func releaseValues(t *testing.T, variables map[string]cty.Value) (documents []string) {
	t.Helper()
	body := parse(t)
	given := map[string]cty.Value{"cluster_name": cty.StringVal("prod")}
	var expression hclsyntax.Expression
	for _, block := range body.Blocks {
		if standard := block.Body.Attributes["default"]; block.Type == "variable" && standard != nil {
			value, diagnostics := standard.Expr.Value(nil)
			if diagnostics.HasErrors() {
				t.Fatal(diagnostics)
			}
			given[block.Labels[0]] = value
		}
		if block.Type == "resource" && block.Labels[0] == "helm_release" {
			expression = block.Body.Attributes["values"].Expr
		}
	}
	maps.Copy(given, variables)
	for name := range variables {
		if !declarations(body)["var."+name] {
			t.Fatalf("the variable %s isn't declared", name)
		}
	}
	value, diagnostics := expression.Value(&hcl.EvalContext{
		Variables: map[string]cty.Value{
			"var":          cty.ObjectVal(given),
			"data":         object("aws_region", object("current", object("region", cty.StringVal("us-west-2")))),
			"aws_iam_role": object("fargate_webhook", object("arn", cty.StringVal("arn:aws:iam::111122223333:role/fargate-webhook"))),
		},
		Functions: map[string]function.Function{"concat": stdlib.ConcatFunc, "yamlencode": yamlencode},
	})
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	for _, document := range value.AsValueSlice() {
		documents = append(documents, document.AsString())
	}
	return documents
}

func object(name string, value cty.Value) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{name: value})
}

// yamlencode stands in for Terraform's: JSON is YAML too.
var yamlencode = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowNull: true}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		text, err := json.Marshal(args[0], args[0].Type())
		return cty.StringVal(string(text)), err
	},
})

// helmTemplate returns what Helm prints about the chart in the repository with values.
func helmTemplate(t *testing.T, documents []string) string {
	t.Helper()
	args := []string{"tool", "helm", "template", "fargate-webhook", filepath.Join(deploy, "chart"), "--namespace=fargate-webhook", "--kube-version=1.34.0"}
	for i, document := range documents {
		name := filepath.Join(t.TempDir(), strconv.Itoa(i)+".yaml")
		if err := os.WriteFile(name, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--values", name)
	}
	out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
	if (err != nil) != strings.Contains(string(out), "Error: ") {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
