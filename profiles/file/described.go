package file

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/manifest"
)

const describedField = "fargateProfile"

// isDescribed reports whether a document is the output of `aws eks describe-fargate-profile`, or
// the object in it (F9.1).
func isDescribed(document *yaml.Node) bool {
	return manifest.Value(document, describedField) != nil || manifest.Value(document, "fargateProfileName") != nil
}

// readDescribed reads a profile as the EKS API describes it (F9.1).
func readDescribed(r *yamlfile.Reader, document *yaml.Node, at string) []entry {
	if inner := manifest.Value(document, describedField); inner != nil {
		document, at = inner, yamlfile.Join(at, describedField)
	}
	e := entry{Profile: manifest.Read(r, document, at, manifest.Names{Name: "fargateProfileName", Selectors: "selectors", Status: "status"}, profiles.StatusActive)}
	e.cluster.name = manifest.Text(document, "clusterName")
	return []entry{e}
}

// isBareList reports whether a document is a list of profiles as `eksctl get fargateprofile` prints
// it (F9.2), or of profiles as the AWS CLI describes them. One item that is a profile is enough:
// what is wrong with the others is reported.
func isBareList(document *yaml.Node) bool {
	if document.Kind != yaml.SequenceNode {
		return false
	}
	return len(document.Content) == 0 || slices.ContainsFunc(document.Content, func(item *yaml.Node) bool {
		item = yamlfile.Resolve(item)
		return isDescribed(item) || manifest.Value(item, "name") != nil && manifest.Value(item, "selectors") != nil
	})
}

// readBareList reads a list of profiles, each in its own format.
func readBareList(r *yamlfile.Reader, document *yaml.Node, at string) []entry {
	var entries []entry
	for i, item := range r.List(document, at) {
		field := fmt.Sprintf("%s[%d]", at, i)
		if isDescribed(yamlfile.Resolve(item)) {
			entries = append(entries, readDescribed(r, yamlfile.Resolve(item), field)...)
			continue
		}
		entries = append(entries, entry{Profile: manifest.Read(r, item, field, eksctlNames(), profiles.StatusActive)})
	}
	return entries
}
