package file

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"fargate-webhook/profiles"
)

type object = map[string]any

// simple is a profile with fields of these names.
func simple(p profiles.Profile, name, selectors string) object {
	list := []object{}
	for _, selector := range p.Selectors {
		list = append(list, object{"namespace": selector.Namespace, "labels": selector.Labels})
	}
	return object{name: p.Name, selectors: list, "status": string(p.Status)}
}

// written is one value for each document with the profiles.
type written func(list []profiles.Profile) []any

// each makes a document of each profile.
func each(document func(p profiles.Profile) object) written {
	return func(list []profiles.Profile) []any {
		var documents []any
		for _, p := range list {
			documents = append(documents, document(p))
		}
		return documents
	}
}

// writers write profiles in each format; those that can't write a status get ACTIVE profiles only.
func writers() map[string]struct {
	write    written
	statuses bool
} {
	ack := func(p profiles.Profile) object {
		return object{"apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "FargateProfile", "spec": simple(p, "name", "selectors"),
			"status": object{"status": string(p.Status)}}
	}
	return map[string]struct {
		write    written
		statuses bool
	}{
		"ClusterConfig": {func(list []profiles.Profile) []any {
			items := []object{}
			for _, p := range list {
				items = append(items, simple(p, "name", "selectors"))
			}
			return []any{object{"apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig", "fargateProfiles": items}}
		}, true},
		"bare list": {func(list []profiles.Profile) []any {
			return []any{each(func(p profiles.Profile) object { return simple(p, "name", "selectors") })(list)}
		}, true},
		"described": {each(func(p profiles.Profile) object {
			return object{"fargateProfile": simple(p, "fargateProfileName", "selectors")}
		}), true},
		"ACK": {each(ack), true},
		"ACK List": {func(list []profiles.Profile) []any {
			return []any{object{"apiVersion": "v1", "kind": "List", "items": each(ack)(list)}}
		}, true},
		"CAPA": {each(func(p profiles.Profile) object {
			return object{"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "AWSFargateProfile", "spec": simple(p, "profileName", "selectors")}
		}), false},
		"CloudFormation": {each(cloudFormation), false},
		"Terraform": {each(func(p profiles.Profile) object {
			resource := object{"type": "aws_eks_fargate_profile", "mode": "managed", "values": simple(p, "fargate_profile_name", "selector")}
			return object{"format_version": "1.0", "values": object{"root_module": object{"child_modules": []any{object{"resources": []any{resource}}}}}}
		}), true},
	}
}

func cloudFormation(p profiles.Profile) object {
	selectors := []object{}
	for _, selector := range p.Selectors {
		labels := []object{}
		for key, value := range selector.Labels {
			labels = append(labels, object{"Key": key, "Value": value})
		}
		selectors = append(selectors, object{"Namespace": selector.Namespace, "Labels": labels})
	}
	return object{"Resources": object{"P": object{"Type": "AWS::EKS::FargateProfile", "Properties": object{
		"FargateProfileName": p.Name, "ClusterName": object{"Ref": "Cluster"}, "Selectors": selectors}}}}
}

// text writes documents as YAML, or as JSON one after the other.
func text(t *rapid.T, documents []any, asJSON bool) []byte {
	var data []byte
	for _, document := range documents {
		var part []byte
		var err error
		if asJSON {
			part, err = json.MarshalIndent(document, "", "\t")
		} else {
			part, err = yaml.Marshal(document)
			data = append(data, "---\n"...)
		}
		if err != nil {
			t.Fatal(err)
		}
		data = append(append(data, part...), '\n')
	}
	return data
}

func drawProfiles(t *rapid.T, statuses bool) []profiles.Profile {
	// The library that writes these files doesn't quote <<, which means something else in YAML.
	word := rapid.StringMatching(`[ -~é]{1,12}`).Filter(func(s string) bool { return s != "<<" })
	status := rapid.Just(profiles.StatusActive)
	if statuses {
		status = rapid.SampledFrom([]profiles.Status{profiles.StatusActive, profiles.StatusDeleting})
	}
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) profiles.Profile {
		return profiles.Profile{
			Name:   word.Draw(t, "name"),
			Status: status.Draw(t, "status"),
			Selectors: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) profiles.Selector {
				return profiles.Selector{Namespace: word.Draw(t, "namespace"), Labels: rapid.MapOfN(word, rapid.OneOf(word, rapid.Just("")), 0, 3).Draw(t, "labels")}
			}), 1, 3).Draw(t, "selectors"),
		}
	}), 1, 4, func(p profiles.Profile) string { return p.Name }).Draw(t, "profiles")
}

// What is written in any format, as YAML or JSON, is read back as it was.
func TestParseReadsWhatWasWritten(t *testing.T) {
	for name, w := range writers() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				want := drawProfiles(t, w.statuses)
				data := text(t, w.write(want), rapid.Bool().Draw(t, "JSON"))
				got, err := parsed("f", data)
				if err != nil {
					t.Fatalf("%v in\n%s", err, data)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("-want +got:\n%s", diff)
				}
			})
		})
	}
}

// FuzzParse: whatever a file holds, there is a list of sound profiles or an error that names the
// file.
func FuzzParse(f *testing.F) {
	seeds, err := filepath.Glob(filepath.Join("testdata", "*.*"))
	if err != nil || len(seeds) < 10 {
		f.Fatal(seeds, err)
	}
	for _, name := range seeds {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(head + "fargateProfiles: [{name: a, selectors: &s [{<<: *s}]}]\n"))
	f.Add([]byte("format_version: a\nvalues: {root_module: &m {child_modules: [*m, *m]}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := parsed("f.yaml", data)
		if err != nil {
			if list != nil || !strings.HasPrefix(err.Error(), "f.yaml") {
				t.Errorf("error %q with profiles %v: want none, and the name of the file", err, list)
			}
			return
		}
		if err := sound(list); err != nil {
			t.Error(err)
		}
	})
}

// sound says what no list without an error may have.
func sound(list []profiles.Profile) error {
	var names []string
	for _, profile := range list {
		names = append(names, profile.Name)
		if profile.Name == "" || len(profile.Selectors) == 0 || profile.Status == "" {
			return errors.New("a profile without name, selectors or status")
		}
		for _, selector := range profile.Selectors {
			if _, unnamed := selector.Labels[""]; selector.Namespace == "" || unnamed {
				return errors.New("a selector without a namespace, or a label without a key")
			}
		}
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != len(list) {
		return errors.New("two profiles of one name")
	}
	return nil
}
