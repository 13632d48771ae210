package file

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles/manifest"
)

// Formats lists the formats that are read, for help texts.
const Formats = "an eksctl ClusterConfig, the output of `eksctl get fargateprofile -o json|yaml`, `aws eks describe-fargate-profile` or " +
	"`terraform show -json`, a CloudFormation template, ACK FargateProfile or Cluster API AWSFargateProfile objects"

// wanted ends the errors about documents without profiles.
const wanted = "must be one of these: " + Formats

// format is a format of profiles. It is detected by the content of a document, not by the name of
// its file.
type format struct {
	is   func(document *yaml.Node) bool
	read func(r *yamlfile.Reader, document *yaml.Node, at string) []entry
}

// formats returns all formats. A document is of one of them at most.
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

// parse reads the profiles in data. Errors name path. Entries that come with an error are
// incomplete: use them only to find more errors.
func parse(path string, data []byte) ([]entry, error) {
	documents, err := yamlfile.Documents(path, data)
	if err != nil {
		return nil, err
	}
	if len(documents) == 0 {
		return nil, fmt.Errorf("%s: must not be empty: %s", path, wanted)
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

// check returns an error if entries can't be the profiles of one cluster.
func check(entries []entry) error {
	return errors.Join(append(checkNames(entries), checkClusters(entries)...)...)
}

// readDocument reads a document, or each item of a List, as kubectl prints several objects. It
// returns false if the document is of none of the formats.
func readDocument(r *yamlfile.Reader, document *yaml.Node, at string) ([]entry, bool) {
	if at == "" && manifest.Text(document, "kind") == "List" && manifest.Text(document, "apiVersion") == "v1" {
		var entries []entry
		known := false
		if items := manifest.Value(document, "items"); items != nil && items.Kind == yaml.SequenceNode {
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

// unknown describes a document that has none of the formats, and says what to do.
func unknown(document *yaml.Node) string {
	kind, apiVersion := manifest.Text(document, "kind"), manifest.Text(document, "apiVersion")
	switch {
	case document.Kind != yaml.MappingNode:
		return fmt.Sprintf("a %s without Fargate profiles: %s", yamlfile.Describe(document), wanted)
	case kind != "" || apiVersion != "":
		return fmt.Sprintf("an object of kind %q, apiVersion %q: %s", kind, apiVersion, wanted)
	case manifest.Value(document, "fargateProfileNames") != nil:
		return "has only the names of the Fargate profiles: use the output of `aws eks describe-fargate-profile` for each of them"
	case manifest.Value(document, "lineage") != nil:
		return "a Terraform state file: use the output of `terraform show -json`"
	}
	return "has no Fargate profiles: " + wanted
}
