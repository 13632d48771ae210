package deploy

import (
	"path/filepath"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"fargate-webhook/policy"
)

// The policy guards the label that exempts, and nobody has the right to exempt by default. What it
// refuses is tested on an API server: TestExemptLabelPolicy.
func TestExemptLabelPolicyIsComplete(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("policies", "*.yaml"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	kinds := map[string]int{}
	for _, object := range objectsOf(t, files[0]) {
		switch o := object.(type) {
		case *admissionv1.ValidatingAdmissionPolicy:
			kinds["policy"]++
			for _, v := range o.Spec.Variables {
				if !strings.Contains(v.Expression, `"`+policy.ExemptLabel+`"`) {
					t.Errorf("variable %s is about another label: %s", v.Name, v.Expression)
				}
			}
		case *admissionv1.ValidatingAdmissionPolicyBinding:
			kinds["binding"]++
			if len(o.Spec.ValidationActions) != 1 || o.Spec.ValidationActions[0] != admissionv1.Deny {
				t.Errorf("actions %v", o.Spec.ValidationActions)
			}
		case *rbacv1.ClusterRole:
			kinds["role"]++
			if len(o.Rules) != 1 || len(o.Rules[0].Verbs) != 1 || o.Rules[0].Verbs[0] != "exempt" {
				t.Errorf("rules %v", o.Rules)
			}
		default:
			t.Errorf("a %T", object)
		}
	}
	if kinds["policy"] != 1 || kinds["binding"] != 1 || kinds["role"] != 1 {
		t.Errorf("%v", kinds)
	}
}
