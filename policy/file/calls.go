package file

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/policy"
)

// calls reads how the API server calls the webhook, by kind.
func (r *reader) calls(fields yamlfile.Fields) policy.Calls {
	return policy.Calls{
		FailurePolicies: perKind(r, fields, "failurePolicy", func(node *yaml.Node, at string) policy.FailurePolicy {
			return chosen(r, node, at, policy.FailurePolicyFail, policy.FailurePolicyIgnore)
		}),
		Timeouts:  perKind(r, fields, "timeoutSeconds", r.seconds),
		Prefilter: choice(r, fields, "", "prefilter", policy.PrefilterOn, policy.PrefilterOn, policy.PrefilterOff),
	}
}

// perKind reads a mapping from kinds, and "default" for the others, to values. It returns nil if
// the field isn't set.
func perKind[T any](r *reader, fields yamlfile.Fields, name string, read func(node *yaml.Node, at string) T) map[string]T {
	node, ok := r.stated(fields, "", name)
	if !ok {
		return nil
	}
	stated := r.Fields(node, name)
	known := slices.Concat([]string{policy.AllKinds}, r.known.Kinds)
	r.Only(stated, name, name, known...)
	values := map[string]T{}
	for _, kind := range known {
		if value, ok := r.stated(stated, name, kind); ok {
			values[kind] = read(value, yamlfile.Join(name, kind))
		}
	}
	return values
}

// seconds reads a timeout that the API server accepts.
func (r *reader) seconds(node *yaml.Node, at string) int32 {
	scalar := yamlfile.Resolve(node)
	n, err := strconv.ParseInt(scalar.Value, 10, 32)
	if err != nil || yamlfile.Describe(scalar) != "number" || n < 1 || n > policy.MaxTimeout {
		r.Fail(node, at, "must be a whole number of seconds from 1 to %d", policy.MaxTimeout)
		return 0
	}
	return int32(n)
}
