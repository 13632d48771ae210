package kinds

import (
	"slices"
	"strings"
)

// AddedAnnotation on an object records what admission added to it when it was created: keys of
// annotations and paths of fields, separated by commas. An update that leaves these out gets them
// back. One that sets the record itself, such as to "", gets back only what the record still names.
const AddedAnnotation = "fargate-webhook/added"

// maxAdded is the longest record in bytes that is read. What admission adds to an object are a few
// constant keys and paths, with less than 300 bytes together. A record beyond 4 KiB is somebody
// else's, and nothing is restored by it.
const maxAdded = 4 << 10

// Added returns what the annotations of an object record as added, in order.
// It is nothing if the record is longer than any of ours.
func Added(annotations map[string]string) []string {
	record := annotations[AddedAnnotation]
	if len(record) > maxAdded {
		return nil
	}
	var keys []string
	for key := range strings.SplitSeq(record, ",") {
		if key = strings.TrimSpace(key); key != "" {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// WithAdded returns the value of the record after keys have been added. Only these are in it if it
// would be too long to be read otherwise.
func WithAdded(annotations map[string]string, keys ...string) string {
	all := joined(slices.Concat(Added(annotations), keys))
	if len(all) > maxAdded {
		return joined(keys)
	}
	return all
}

// joined returns a record of keys.
func joined(keys []string) string {
	keys = slices.Clone(keys)
	slices.Sort(keys)
	return strings.Join(slices.Compact(keys), ",")
}
