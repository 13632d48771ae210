package file

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
)

const describedField = "fargateProfile"

// isDescribed says whether a document is what `aws eks describe-fargate-profile` prints, or what is inside of it (F9.1).
func isDescribed(document *yaml.Node) bool {
	return valueOf(document, describedField) != nil || valueOf(document, "fargateProfileName") != nil
}

// readDescribed reads a profile as the EKS API describes it (F9.1).
func readDescribed(r *yamlfile.Reader, document *yaml.Node, at string) []entry {
	if inner := valueOf(document, describedField); inner != nil {
		document, at = inner, yamlfile.Join(at, describedField)
	}
	e := readProfile(r, document, at, names{name: "fargateProfileName", selectors: "selectors", status: "status"})
	e.cluster.name = textOf(document, "clusterName")
	return []entry{e}
}

// isBareList says whether a document is a list of profiles, as `eksctl get fargateprofile` prints it (F9.2), or of such as the AWS CLI
// describes. One that can be told for a profile is enough: then what is wrong with the others is told.
func isBareList(document *yaml.Node) bool {
	if document.Kind != yaml.SequenceNode {
		return false
	}
	return len(document.Content) == 0 || slices.ContainsFunc(document.Content, func(item *yaml.Node) bool {
		item = yamlfile.Resolve(item)
		return isDescribed(item) || valueOf(item, "name") != nil && valueOf(item, "selectors") != nil
	})
}

// readBareList reads a list of profiles, each by its own form.
func readBareList(r *yamlfile.Reader, document *yaml.Node, at string) []entry {
	var entries []entry
	for i, item := range r.List(document, at) {
		field := fmt.Sprintf("%s[%d]", at, i)
		if isDescribed(yamlfile.Resolve(item)) {
			entries = append(entries, readDescribed(r, yamlfile.Resolve(item), field)...)
			continue
		}
		entries = append(entries, readProfile(r, item, field, eksctlNames()))
	}
	return entries
}
