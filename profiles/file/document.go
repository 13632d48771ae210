package file

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
)

// Formats lists what is read, for help texts.
const Formats = "an eksctl ClusterConfig, the output of `eksctl get fargateprofile -o json|yaml`, `aws eks describe-fargate-profile` or " +
	"`terraform show -json`, a CloudFormation template, ACK FargateProfile or Cluster API AWSFargateProfile objects"

// wanted ends the errors about documents without profiles.
const wanted = "want Fargate profiles as one of these: " + Formats

// format is a form in which profiles are written down. What a document is shows in its content, not in the name of its file.
type format struct {
	is   func(document *yaml.Node) bool
	read func(r *yamlfile.Reader, document *yaml.Node, at string) []entry
}

// formats are all formats, of which a document has at most one.
func formats() []format {
	return []format{
		{isClusterConfig, readClusterConfig},
		{isBareList, readBareList},
		{isDescribed, readDescribed},
		{isACK, readACK},
		{isCAPA, readCAPA},
		{isCloudFormation, readCloudFormation},
		{isTerraform, readTerraform},
	}
}

// parse reads the profiles in data; path is the name for errors. The entries are only of use together with those of other files, or without
// an error.
func parse(path string, data []byte) ([]entry, error) {
	documents, err := yamlfile.Documents(path, data)
	if err != nil {
		return nil, err
	}
	if len(documents) == 0 {
		return nil, fmt.Errorf("%s: is empty: %s", path, wanted)
	}
	r := &yamlfile.Reader{Path: path, Old: true} // eksctl, CloudFormation and Kubernetes read YAML 1.1
	entries, known := []entry{}, false
	for _, document := range documents {
		found, isKnown := readDocument(r, document, "")
		entries, known = append(entries, found...), known || isKnown
	}
	for i := range entries {
		entries[i].path = path
	}
	if err := r.Err(); err != nil {
		return entries, err
	}
	if !known {
		return nil, fmt.Errorf("%s:%d: %s", path, documents[0].Line, unknown(documents[0]))
	}
	return entries, nil
}

// check returns what is wrong with entries as the profiles of one cluster.
func check(entries []entry) error {
	return errors.Join(append(checkNames(entries), checkClusters(entries)...)...)
}

// readDocument reads a document, or each item of a List, in whose form kubectl prints several objects. It returns false if it holds no
// profiles.
func readDocument(r *yamlfile.Reader, document *yaml.Node, at string) ([]entry, bool) {
	if at == "" && textOf(document, "kind") == "List" && textOf(document, "apiVersion") == "v1" {
		var entries []entry
		known := false
		if items := valueOf(document, "items"); items != nil && items.Kind == yaml.SequenceNode {
			for i, item := range items.Content {
				found, isKnown := readDocument(r, yamlfile.Resolve(item), fmt.Sprintf("items[%d]", i))
				entries, known = append(entries, found...), known || isKnown
			}
		}
		return entries, known
	}
	for _, format := range formats() {
		if format.is(document) {
			return format.read(r, document, at), true
		}
	}
	return nil, false
}

// unknown says what a document is that has none of the formats, and what to do.
func unknown(document *yaml.Node) string {
	kind, apiVersion := textOf(document, "kind"), textOf(document, "apiVersion")
	switch {
	case document.Kind != yaml.MappingNode:
		return fmt.Sprintf("is a %s without Fargate profiles: %s", yamlfile.Describe(document), wanted)
	case kind != "" || apiVersion != "":
		return fmt.Sprintf("is of kind %q, apiVersion %q: %s", kind, apiVersion, wanted)
	case valueOf(document, "fargateProfileNames") != nil:
		return "holds only the names of the Fargate profiles: run `aws eks describe-fargate-profile` for each of them"
	case valueOf(document, "lineage") != nil:
		return "is a Terraform state as Terraform keeps it: use the output of `terraform show -json`"
	}
	return "is no document with Fargate profiles: " + wanted
}

// ofKind says whether a document is a Kubernetes object of the kind, in any version of the API group.
func ofKind(document *yaml.Node, group, kind string) bool {
	return textOf(document, "kind") == kind && strings.HasPrefix(textOf(document, "apiVersion"), group+"/")
}
