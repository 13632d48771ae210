package kinds

import (
	"slices"
	"strings"
)

// AddedAnnotation on an object records what admission added to it when it was created: keys of
// annotations and paths of fields, separated by commas. An update that leaves these out gets them
// back. One that sets the record itself, such as to "", gets back only what the record still names.
const AddedAnnotation = "fargate-webhook/added"

// Added returns what the annotations of an object record as added, in order.
func Added(annotations map[string]string) []string {
	var keys []string
	for key := range strings.SplitSeq(annotations[AddedAnnotation], ",") {
		if key = strings.TrimSpace(key); key != "" {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// WithAdded returns the value of the record after keys have been added.
func WithAdded(annotations map[string]string, keys ...string) string {
	all := slices.Concat(Added(annotations), keys)
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ",")
}
