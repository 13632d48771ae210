package file

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fargate-webhook/profiles"
)

// Each format says the same two profiles, as its tool writes them (F9, S29).
func TestFormats(t *testing.T) {
	for name, leaving := range map[string]profiles.Status{
		"eksctl-get.yaml":         profiles.StatusDeleting,
		"eksctl-get.json":         profiles.StatusDeleting,
		"aws-describe.json":       profiles.StatusDeleting,
		"aws-describe-array.json": profiles.StatusDeleting,
		"ack.yaml":                profiles.StatusDeleting,
		"ack-list.json":           profiles.StatusDeleting,
		"terraform-state.json":    profiles.StatusDeleting,
		"terraform-plan.json":     profiles.StatusDeleting,
		"capa.yaml":               profiles.StatusActive,
		"cloudformation.yaml":     profiles.StatusActive,
		"cloudformation.json":     profiles.StatusActive,
	} {
		t.Run(name, func(t *testing.T) {
			want := []profiles.Profile{
				{Name: "apps-fargate-profile", Status: profiles.StatusActive,
					Selectors: []profiles.Selector{{Namespace: "apps", Labels: map[string]string{"run": "on-fargate"}}}},
				{Name: "leaving", Status: leaving, Selectors: []profiles.Selector{{Namespace: "old"}}},
			}
			got, err := New(filepath.Join("testdata", name)).List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestFormatErrors gives the whole message of what is peculiar to a format.
func TestFormatErrors(t *testing.T) {
	const (
		ack      = "apiVersion: eks.services.k8s.aws/v1alpha1\nkind: FargateProfile\n"
		template = "Resources:\n  P:\n    Type: AWS::EKS::FargateProfile\n    Properties:\n"
		tf       = `{"format_version":"1.0","values":{"root_module":{"resources":[{"address":"aws_eks_fargate_profile.a","mode":"managed","type":"aws_eks_fargate_profile",`
	)
	for name, c := range map[string]struct {
		data string
		want []string
	}{
		"list: an item that is no profile": {`[{"name":"a","selectors":[{"namespace":"a"}]},` + "\n{}]",
			[]string{"f:2: [1].name: missing", "f:2: [1].selectors: missing: a profile must have at least one selector"}},
		"aws: names only":      {`{"fargateProfileNames":["a"]}`, []string{"f:1: has only the names of the Fargate profiles: use the output of `aws eks describe-fargate-profile` for each of them"}},
		"aws: no selectors":    {"{\"fargateProfile\": {\n\"fargateProfileName\": \"a\", \"selectors\": []}}", []string{"f:2: fargateProfile.selectors: must not be empty: a profile must have at least one selector"}},
		"aws: no name":         {`{"fargateProfile": {"selectors": [{"namespace": "a"}]}}`, []string{"f:1: fargateProfile.fargateProfileName: missing"}},
		"aws: printed twice":   {"{\"fargateProfileName\":\"a\",\"selectors\":[{\"namespace\":\"a\"}]}\n{\"fargateProfileName\":\"a\",\"selectors\":[{\"namespace\":\"a\"}]}", []string{`f:2: fargateProfileName: "a" is also the name of the profile at f:1: remove one of the two`}},
		"aws: two clusters":    {`{"fargateProfileName":"a","clusterName":"one","selectors":[{"namespace":"a"}]}` + "\n" + `{"fargateProfileName":"b","clusterName":"two","selectors":[{"namespace":"a"}]}`, []string{`f:2: profile "b" belongs to cluster "two", but the profile at f:1 belongs to cluster "one": all profiles must belong to one cluster; remove the others`}},
		"ack: no spec":         {ack, []string{"f:1: spec: missing"}},
		"ack: unknown status":  {ack + "spec: {name: a, selectors: [{namespace: a}]}\nstatus: {status: Ready}\n", []string{`f:4: status.status: must be CREATING, ACTIVE, DELETING, CREATE_FAILED or DELETE_FAILED, not "Ready"`}},
		"ack: YAML 1.1":        {ack + "spec: {name: a, selectors: [{namespace: a, labels: {run: on}}]}\n", []string{`f:3: spec.selectors[0].labels["run"]: must be a string, but on is a boolean: put it in quotes`}},
		"ack: in a List":       {"kind: List\napiVersion: v1\nitems:\n- {apiVersion: v1, kind: Pod}\n- {apiVersion: eks.services.k8s.aws/v1, kind: FargateProfile, spec: {name: a}}\n", []string{"f:5: items[1].spec.selectors: missing: a profile must have at least one selector"}},
		"an empty List":        {"kind: List\napiVersion: v1\nitems: []\n", []string{`f:1: an object of kind "List", apiVersion "v1": ` + wanted}},
		"capa: no name":        {"apiVersion: infrastructure.cluster.x-k8s.io/v1beta2\nkind: AWSFargateProfile\nspec:\n  selectors: [{namespace: a}]\n", []string{"f:4: spec.profileName: missing"}},
		"cfn: no profile":      {"AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  A: {Type: 'AWS::S3::Bucket'}\n", []string{"f:3: Resources: must have a resource of type AWS::EKS::FargateProfile"}},
		"cfn: no properties":   {"Resources:\n  P: {Type: 'AWS::EKS::FargateProfile'}\n", []string{"f:2: Resources.P.Properties: missing"}},
		"cfn: no selectors":    {template + "      ClusterName: a\n", []string{"f:5: Resources.P.Properties.Selectors: missing: a profile must have at least one selector"}},
		"cfn: !Sub name":       {template + "      FargateProfileName: !Sub '${A}'\n      Selectors: [{Namespace: a}]\n", []string{"f:5: Resources.P.Properties.FargateProfileName: must not be !Sub: " + unresolved}},
		"cfn: !Ref namespace":  {template + "      Selectors:\n      - Namespace: !Ref A\n", []string{"f:6: Resources.P.Properties.Selectors[0].Namespace: must not be !Ref: " + unresolved}},
		"cfn: Ref value":       {template + "      Selectors:\n      - {Namespace: a, Labels: [{Key: a, Value: {Ref: A}}]}\n", []string{"f:6: Resources.P.Properties.Selectors[0].Labels[0].Value: must not be Ref: " + unresolved}},
		"cfn: Fn::Sub key":     {template + "      Selectors:\n      - {Namespace: a, Labels: [{Key: {'Fn::Sub': A}, Value: b}]}\n", []string{"f:6: Resources.P.Properties.Selectors[0].Labels[0].Key: must not be Fn::Sub: " + unresolved}},
		"cfn: !If selectors":   {template + "      Selectors: !If [A, [], []]\n", []string{"f:5: Resources.P.Properties.Selectors: must not be !If: " + unresolved}},
		"cfn: labels as a map": {template + "      Selectors:\n      - {Namespace: a, Labels: {a: b}}\n", []string{"f:6: Resources.P.Properties.Selectors[0].Labels: must be a list, not a mapping"}},
		"cfn: label twice":     {template + "      Selectors:\n      - {Namespace: a, Labels: [{Key: a, Value: b}, {Key: a, Value: c}]}\n", []string{`f:6: Resources.P.Properties.Selectors[0].Labels[1].Key: "a" is also the key of an earlier label of this selector: remove one of the two`}},
		"cfn: no value":        {template + "      Selectors:\n      - {Namespace: a, Labels: [{Key: a}]}\n", []string{`f:6: Resources.P.Properties.Selectors[0].Labels[0].Value: missing: must be a string; write "" for the empty string`}},
		"cfn: a condition":     {"Resources:\n  P:\n    Type: AWS::EKS::FargateProfile\n    Condition: Prod\n    Properties: {Selectors: [{Namespace: a}]}\n", []string{`f:4: Resources.P.Condition: must not be set: the condition "Prod" decides whether the profile exists, and ` + unresolved}},
		"cfn: a loop": {"AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Fn::ForEach::Ps: [A, [a], {'P${A}': {Type: 'AWS::EKS::FargateProfile'}}]\n",
			[]string{"f:3: Resources.Fn::ForEach::Ps: must not be an intrinsic function that makes Fargate profiles: " + unresolved}},
		"cfn: two clusters":   {template + "      ClusterName: !Ref A\n      Selectors: [{Namespace: a}]\n  Q: {Type: 'AWS::EKS::FargateProfile', Properties: {ClusterName: !Ref B, Selectors: [{Namespace: a}]}}\n", []string{`f:7: profile "Q" belongs to cluster "!Ref B", but the profile at f:3 belongs to cluster "!Ref A": all profiles must belong to one cluster; remove the others`}},
		"tf: no profile":      {`{"format_version":"1.0"}`, []string{"f:1: values: must have a resource of type aws_eks_fargate_profile: check that it is the state of the right configuration and workspace"}},
		"tf: kept state":      {`{"version":4,"lineage":"x","resources":[]}`, []string{"f:1: a Terraform state file: use the output of `terraform show -json`"}},
		"tf: unknown yet":     {tf + `"values":{"fargate_profile_name":"a"}}]}}}`, []string{"f:1: aws_eks_fargate_profile.a.selector: missing: a profile must have at least one selector"}},
		"tf: no values":       {tf + `"index":0}]}}}`, []string{"f:1: aws_eks_fargate_profile.a.values: missing"}},
		"tf: modules in turn": {"format_version: a\nvalues: {root_module: &m {child_modules: [*m]}}\n", []string{"f:2: values.root_module" + strings.Repeat(".child_modules[0]", maxModules) + ": modules must not be nested more than 32 deep", "f:1: values.root_module: must have a resource of type aws_eks_fargate_profile: check that it is the state of the right configuration and workspace"}},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := parsed("f", []byte(c.data))
			if err == nil {
				t.Fatalf("no error, but profiles %v", list)
			}
			if diff := cmp.Diff(c.want, strings.Split(err.Error(), "\n"), cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
