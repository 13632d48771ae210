package webhook

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.uber.org/zap"
	"pgregory.net/rapid"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
	"fargate-webhook/webhook/audit"
)

// The answer about a pod is the same whether or not the fields that no decision reads are decoded,
// with all of them set.
func TestLawUnreadFields(t *testing.T) {
	log, err := audit.Open(audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	quick := Handlers(Dependencies{Profiles: testProfiles(t), Policy: policy.Default(), Audit: log, Logger: zap.NewNop()})
	whole := Handlers(Dependencies{Profiles: testProfiles(t), Policy: policy.Default(), Audit: log, Logger: zap.NewNop()})
	for _, h := range whole {
		h := h.(*handler) //nolint:forcetypeassert // all are
		h.quick = h.all
	}
	rapid.Check(t, func(rt *rapid.T) {
		pod := typicalPod(1)
		spec := fargatetest.Defaulted(fargatetest.PodSpecs(1, 3).Draw(rt, "spec"))
		for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
			for i := range containers {
				fillUnread(reflect.ValueOf(&containers[i]).Elem())
			}
		}
		pod.Spec = *spec
		fillUnread(reflect.ValueOf(pod).Elem())
		for i := range pod.ManagedFields {
			fillUnread(reflect.ValueOf(&pod.ManagedFields[i]).Elem())
		}
		body := typicalReview(t, pod)
		for _, path := range []string{mutatePods, validatePods} {
			have, want := postTo(t, quick[path], path, body), postTo(t, whole[path], path, body)
			if have.Code != want.Code || have.Body.String() != want.Body.String() {
				rt.Fatalf("%s: %d %s\nwant %d %s", path, have.Code, have.Body, want.Code, want.Body)
			}
		}
	})
}

// fillUnread sets the unread fields of a structure.
func fillUnread(v reflect.Value) {
	for _, name := range unread[v.Type()] {
		fill(v.FieldByName(name), 4)
	}
}

// fill sets everything down to a depth.
func fill(v reflect.Value, depth int) {
	if depth == 0 {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if _, parsed := reflect.TypeAssert[json.Unmarshaler](v); parsed {
			return // its text has a form of its own
		}
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth)
	case reflect.Struct:
		if _, parsed := reflect.TypeAssert[json.Unmarshaler](v.Addr()); parsed {
			return
		}
		for _, field := range v.Fields() {
			fill(field, depth-1)
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32, reflect.Int64:
		v.SetInt(7)
	default:
	}
}

// No code of a decision mentions the fields of containers that aren't decoded: a rule that is to
// read one has to take it off the list.
func TestNobodyReadsUnread(t *testing.T) {
	skipped := unread[reflect.TypeFor[corev1.Container]()]
	for _, root := range []string{"../fargate", "../kinds", "../policy", "../webhook", "../internal/owner"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && (d.Name() == "fixtures" || d.Name() == "fargatetest") {
				return filepath.SkipDir
			}
			if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if selector, ok := n.(*ast.SelectorExpr); ok && slices.Contains(skipped, selector.Sel.Name) {
					t.Errorf("%s reads %s, which isn't decoded: see unread in webhook/decode.go", path, selector.Sel.Name)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(skipped) == 0 || len(unread) != 3 {
		t.Error("the list has changed: see which fields this test has to look for")
	}
}
