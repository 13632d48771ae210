package file

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
)

// head is what makes a document a ClusterConfig: two lines.
const head = "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\n"

// parsed is what a Source makes of a file with the data.
func parsed(path string, data []byte) ([]profiles.Profile, error) {
	entries, err := parse(path, data)
	return join(entries, []error{err})
}

// TestParseErrors gives the whole message: file, line, field, what is wrong, what to do.
func TestParseErrors(t *testing.T) {
	const profile = head + "fargateProfiles:\n" // the next line is line 4
	tests := []struct {
		name, data string
		want       []string
	}{
		{"empty", "", []string{"f.yaml: must not be empty: " + wanted}},
		{"comments only", "# nothing\n---\n", []string{"f.yaml: must not be empty: " + wanted}},
		{"not YAML", head + "fargateProfiles: [\n", []string{"f.yaml: not valid YAML: yaml: line 3: did not find expected node content"}},
		{"wrong kind", "apiVersion: v1\nkind: ConfigMap\n", []string{`f.yaml:1: an object of kind "ConfigMap", apiVersion "v1": ` + wanted}},
		{"no kind", "fargateProfiles: []\n", []string{"f.yaml:1: has no Fargate profiles: " + wanted}},
		{"wrong group", "apiVersion: example.com/v1\nkind: ClusterConfig\n", []string{`f.yaml:1: an object of kind "ClusterConfig", apiVersion "example.com/v1": ` + wanted}},
		{"a list", "- name: a\n", []string{"f.yaml:1: a list without Fargate profiles: " + wanted}},
		{"text", "hello\n", []string{"f.yaml:1: a string without Fargate profiles: " + wanted}},
		{"a second ClusterConfig with errors", head + "fargateProfiles: []\n---\n" + head,
			[]string{"f.yaml:5: fargateProfiles: missing: list the Fargate profiles of the cluster, or write [] if it has none"}},
		{"no fargateProfiles", head, []string{"f.yaml:1: fargateProfiles: missing: list the Fargate profiles of the cluster, or write [] if it has none"}},
		{"null fargateProfiles", head + "fargateProfiles:\n", []string{"f.yaml:1: fargateProfiles: missing: list the Fargate profiles of the cluster, or write [] if it has none"}},
		{"fargateProfiles twice", head + "fargateProfiles: []\nfargateProfiles: []\n", []string{`f.yaml:4: ClusterConfig: "fargateProfiles" is set twice, first in line 3: remove one of the two`}},
		{"fargateProfiles no list", head + "fargateProfiles: {}\n", []string{"f.yaml:3: fargateProfiles: must be a list, not a mapping"}},
		{"profile no mapping", profile + "- a\n", []string{"f.yaml:4: fargateProfiles[0]: must be a mapping, not a string"}},
		{"profile null", profile + "-\n", []string{"f.yaml:4: fargateProfiles[0]: must be a mapping, not a null"}},
		{"no name", profile + "- selectors: [{namespace: a}]\n", []string{"f.yaml:4: fargateProfiles[0].name: missing"}},
		{"null name", profile + "- name:\n  selectors: [{namespace: a}]\n", []string{"f.yaml:4: fargateProfiles[0].name: missing"}},
		{"empty name", profile + "- name: ''\n  selectors: [{namespace: a}]\n", []string{"f.yaml:4: fargateProfiles[0].name: must not be empty"}},
		{"number as name", profile + "- name: 12\n  selectors: [{namespace: a}]\n", []string{"f.yaml:4: fargateProfiles[0].name: must be a string, but 12 is a number: put it in quotes"}},
		{"date as name", profile + "- name: 2024-01-01\n  selectors: [{namespace: a}]\n", []string{"f.yaml:4: fargateProfiles[0].name: must be a string, but 2024-01-01 is a date: put it in quotes"}},
		{"one name twice", profile + "- name: a\n  selectors: [{namespace: a}]\n- name: a\n  selectors: [{namespace: b}]\n",
			[]string{`f.yaml:6: fargateProfiles[1].name: "a" is also the name of the profile at f.yaml:4: remove one of the two`}},
		{"unknown status", profile + "- name: a\n  status: active\n  selectors: [{namespace: a}]\n",
			[]string{`f.yaml:5: fargateProfiles[0].status: must be CREATING, ACTIVE, DELETING, CREATE_FAILED or DELETE_FAILED, not "active"`}},
		{"status of a wrong type", profile + "- name: a\n  status: [ACTIVE]\n  selectors: [{namespace: a}]\n",
			[]string{"f.yaml:5: fargateProfiles[0].status: must be a string, not a list"}},
		{"no selectors", profile + "- name: a\n", []string{"f.yaml:4: fargateProfiles[0].selectors: missing: a profile must have at least one selector"}},
		{"empty selectors", profile + "- name: a\n  selectors: []\n", []string{"f.yaml:5: fargateProfiles[0].selectors: must not be empty: a profile must have at least one selector"}},
		{"selectors no list", profile + "- name: a\n  selectors: {namespace: a}\n", []string{"f.yaml:5: fargateProfiles[0].selectors: must be a list, not a mapping"}},
		{"selector no mapping", profile + "- name: a\n  selectors: [b]\n", []string{"f.yaml:5: fargateProfiles[0].selectors[0]: must be a mapping, not a string"}},
		{"no namespace", profile + "- name: a\n  selectors:\n  - labels: {a: b}\n", []string{"f.yaml:6: fargateProfiles[0].selectors[0].namespace: missing"}},
		{"empty namespace", profile + "- name: a\n  selectors:\n  - namespace: \"\"\n", []string{"f.yaml:6: fargateProfiles[0].selectors[0].namespace: must not be empty"}},
		{"misspelt labels", profile + "- name: a\n  selectors:\n  - namespace: a\n    label: {a: b}\n",
			[]string{"f.yaml:7: fargateProfiles[0].selectors[0].label: unknown field: a selector may only have namespace and labels"}},
		{"labels as CloudFormation has them (F9.5)", profile + "- name: a\n  selectors:\n  - namespace: a\n    labels: [{Key: a, Value: b}]\n",
			[]string{"f.yaml:7: fargateProfiles[0].selectors[0].labels: must be a mapping, not a list"}},
		{"boolean label", profile + "- name: a\n  selectors:\n  - namespace: a\n    labels: {run: true}\n",
			[]string{`f.yaml:7: fargateProfiles[0].selectors[0].labels["run"]: must be a string, but true is a boolean: put it in quotes`}},
		{"boolean of the YAML that eksctl reads", profile + "- name: a\n  selectors:\n  - namespace: a\n    labels: {run: yes}\n",
			[]string{`f.yaml:7: fargateProfiles[0].selectors[0].labels["run"]: must be a string, but yes is a boolean: put it in quotes`}},
		{"label without a value", profile + "- name: a\n  selectors:\n  - namespace: a\n    labels:\n      run:\n",
			[]string{`f.yaml:8: fargateProfiles[0].selectors[0].labels["run"]: must be a string, not null: write "" for the empty string`}},
		{"label without a key", profile + "- name: a\n  selectors:\n  - namespace: a\n    labels: {\"\": b}\n",
			[]string{`f.yaml:7: fargateProfiles[0].selectors[0].labels[""]: a label key must not be empty`}},
		{"number as label key", profile + "- name: a\n  selectors:\n  - namespace: a\n    labels: {1: b}\n",
			[]string{"f.yaml:7: fargateProfiles[0].selectors[0].labels key: must be a string, but 1 is a number: put it in quotes"}},
		{"one label twice", profile + "- name: a\n  selectors:\n  - namespace: a\n    labels:\n      run: b\n      run: c\n",
			[]string{`f.yaml:9: fargateProfiles[0].selectors[0].labels: "run" is set twice, first in line 8: remove one of the two`}},
		{"merge of no mapping", profile + "- name: a\n  selectors:\n  - namespace: a\n    labels:\n      <<: b\n",
			[]string{"f.yaml:8: fargateProfiles[0].selectors[0].labels: must be a mapping, not a string"}},
		{"an anchor in itself", profile + "- name: a\n  selectors:\n  - namespace: a\n    labels: &l {<<: *l}\n",
			[]string{"f.yaml:7: fargateProfiles[0].selectors[0].labels: merges (<<) must not be nested more than 16 deep: write the fields out"}},
		{"all errors at once", profile + "- selectors: []\n- name: 1\n", []string{
			"f.yaml:4: fargateProfiles[0].name: missing",
			"f.yaml:4: fargateProfiles[0].selectors: must not be empty: a profile must have at least one selector",
			"f.yaml:5: fargateProfiles[1].name: must be a string, but 1 is a number: put it in quotes",
			"f.yaml:5: fargateProfiles[1].selectors: missing: a profile must have at least one selector",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list, err := parsed("f.yaml", []byte(test.data))
			if err == nil {
				t.Fatalf("no error, but profiles %v", list)
			}
			if diff := cmp.Diff(test.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if list != nil {
				t.Errorf("an error, and profiles %v all the same", list)
			}
		})
	}
}

func TestParseAccepts(t *testing.T) {
	one := []profiles.Profile{{Name: "a", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "apps"}}}}
	tests := []struct {
		name, data string
		want       []profiles.Profile
	}{
		{"no profiles, and said so", head + "fargateProfiles: []\n", []profiles.Profile{}},
		{"JSON", `{"apiVersion":"eksctl.io/v1alpha5","kind":"ClusterConfig","fargateProfiles":[{"name":"a","selectors":[{"namespace":"apps","labels":null}]}]}`, one},
		{"unknown fields of the profile", head + "fargateProfiles: [{name: a, newField: {x: [1]}, selectors: [{namespace: apps}]}]\n", one},
		{"null status", head + "fargateProfiles: [{name: a, status: null, selectors: [{namespace: apps}]}]\n", one},
		{"a later version of the group", "apiVersion: eksctl.io/v1\nkind: ClusterConfig\nfargateProfiles: [{name: a, selectors: [{namespace: apps}]}]\n", one},
		{"tagged strings", head + "fargateProfiles: [{name: !!str a, selectors: [{namespace: 'apps'}]}]\n", one},
		{"Windows line ends", strings.ReplaceAll(head+"fargateProfiles:\n- name: a\n  selectors:\n  - namespace: apps\n", "\n", "\r\n"), one},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parsed("f.yaml", []byte(test.data))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseTellsALimitedNumberOfErrors(t *testing.T) {
	_, err := parsed("f.yaml", []byte(head+"fargateProfiles:\n"+strings.Repeat("- a\n", 50)))
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != yamlfile.MaxErrors+1 || lines[yamlfile.MaxErrors] != "f.yaml: and 30 more errors" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

// TestParseAliasBomb is a small file that stands for a list of 25 million selectors.
func TestParseAliasBomb(t *testing.T) {
	var data strings.Builder
	data.WriteString(head + "base: &b\n  selectors:\n")
	data.WriteString(strings.Repeat("  - namespace: a\n", 5000))
	data.WriteString("fargateProfiles:\n")
	for i := range 5000 {
		fmt.Fprintf(&data, "- {<<: *b, name: p%d}\n", i)
	}
	_, err := parsed("f.yaml", []byte(data.String()))
	if err == nil || !strings.Contains(err.Error(), "values, counting an alias") {
		t.Errorf("got %.200v, want that it stands for too much", err)
	}
}
