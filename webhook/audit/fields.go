package audit

import (
	"maps"
	"slices"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// field is a field of a line. The table of fields is what lines, their JSON Schema and their
// documentation are made from.
type field struct {
	name string
	// always is true for a field that every line has.
	always bool
	// kind is the type of its values.
	kind kind
	// when says which lines have it, "" for all.
	when string
	// meaning says what it holds.
	meaning string
	// add adds it to a line, unless the line has no such field.
	add func(enc zapcore.ObjectEncoder, name string, l *Line) error
}

// fields are the fields of a line, in order. They only grow.
var fields = []field{
	{"time", true, timeKind, "", "when the request was answered, as RFC 3339 with fractions of a second", always(func(l *Line) zap.Field { return zap.Time("", l.Time) })},
	{"event", true, oneOf(string(Refused), string(Changed)), "", "`refused`: the request was refused; `changed`: the object was changed. With `observed`, what mode Enforce would do", text(func(l *Line) string { return string(l.Event) })},
	{"uid", true, textKind, "", "the UID of the AdmissionReview", text(func(l *Line) string { return l.UID })},
	{"user", true, textKind, "", "who made the request", text(func(l *Line) string { return l.User })},
	{"groups", true, textsKind, "", "the groups of the user; `…` stands for the rest of very many", always(func(l *Line) zap.Field { return zap.Strings("", l.Groups) })},
	{"caller", true, oneOf("client-certificate", "secret-path", "unproven"), "", "how the caller [proved to be the API server](operations.md#who-may-call)", text(func(l *Line) string { return l.Caller })},
	{"operation", true, oneOf("CREATE", "UPDATE"), "", "what was asked for", text(func(l *Line) string { return l.Operation })},
	{"resource", true, textKind, "", "the resource with its group: `pods`, `daemonsets.apps`", text(func(l *Line) string { return l.Resource })},
	{"subresource", false, textKind, "requests of a subresource", "its name, such as `resize`", optional(func(l *Line) string { return l.SubResource })},
	{"namespace", true, textKind, "", "the namespace of the request", text(func(l *Line) string { return l.Namespace })},
	{"name", true, textKind, "", "the name of the object; empty while it has none yet", text(func(l *Line) string { return l.Name })},
	{"generateName", true, textKind, "", "what the API server makes the name from, or empty", text(func(l *Line) string { return l.GenerateName })},
	{"owner", true, textKind, "", "the controller of the object, such as `ReplicaSet/web-5d9c7b`, or empty", text(func(l *Line) string { return l.Owner })},
	{"dryRun", true, boolKind, "", "whether nothing was to be stored", always(func(l *Line) zap.Field { return zap.Bool("", l.DryRun) })},
	{"profile", true, textKind, "", "the Fargate profile that takes the pods, or empty", text(func(l *Line) string { return l.Profile })},
	{"findings", true, listOf(findingKind), "", "what the request was refused for, or would be, at most 100: `rule`, `field` and `message`", always(func(l *Line) zap.Field { return zap.Objects("", l.Findings) })},
	{"observed", false, trueKind, "requests that mode Observe let through", "always true", when(func(l *Line) bool { return l.Observed }, func(*Line) zap.Field { return zap.Bool("", true) })},
	{"changes", false, textsKind, "objects that were changed, or would be", "the fields, at most 100", when(func(l *Line) bool { return len(l.Changes) > 0 }, func(l *Line) zap.Field { return zap.Strings("", l.Changes) })},
	{"more", false, countKind, "more than 100 findings", "how many are not listed", number(func(l *Line) int { return l.More })},
	{"labels", false, mapKind, "objects that get labels, or would", "the labels and their values", pairs(func(l *Line) map[string]string { return l.Labels })},
	{"annotations", false, mapKind, "objects that get annotations, or would", "the annotations and their values, except for the record of a pod's resources", pairs(func(l *Line) map[string]string { return l.Annotations })},
	{"pinned", false, textKind, "pods that are pinned to a Fargate profile, or would be", "the profile", optional(func(l *Line) string { return l.Pinned })},
	{"resources", false, listOf(resourcesKind), "pods whose resources are changed, or would be", "requests and limits of CPU and memory of these containers, at most 100: `container`, `before` and `after`", when(func(l *Line) bool { return len(l.Resources) > 0 }, func(l *Line) zap.Field { return zap.Objects("", l.Resources) })},
	{"moreResources", false, countKind, "more than 100 changed containers", "how many are not listed", number(func(l *Line) int { return l.MoreResources })},
	{"count", false, repeatsKind, "folded lines", "how many requests the line stands for; without it, one", when((*Line).folded, func(l *Line) zap.Field { return zap.Int("", l.Count) })},
	{"since", false, timeKind, "folded lines", "when the first of them was answered; `time`, `uid`, `groups`, the names, the messages and the values that are set are those of the last", when((*Line).folded, func(l *Line) zap.Field { return zap.Time("", l.Since) })},
}

// folded reports a line of several requests.
func (l *Line) folded() bool { return l.Count > 1 }

type adder = func(zapcore.ObjectEncoder, string, *Line) error

// always adds a field to every line.
func always(value func(*Line) zap.Field) adder {
	return func(enc zapcore.ObjectEncoder, name string, l *Line) error {
		f := value(l)
		f.Key = name
		f.AddTo(enc)
		return nil
	}
}

// when adds a field to some lines.
func when(has func(*Line) bool, value func(*Line) zap.Field) adder {
	add := always(value)
	return func(enc zapcore.ObjectEncoder, name string, l *Line) error {
		if !has(l) {
			return nil
		}
		return add(enc, name, l)
	}
}

// text adds a text to every line.
func text(value func(*Line) string) adder {
	return func(enc zapcore.ObjectEncoder, name string, l *Line) error {
		enc.AddString(name, value(l))
		return nil
	}
}

// optional adds a text that isn't empty.
func optional(value func(*Line) string) adder {
	return func(enc zapcore.ObjectEncoder, name string, l *Line) error {
		addIfAny(enc, name, value(l))
		return nil
	}
}

// number adds a number above 0.
func number(value func(*Line) int) adder {
	return when(func(l *Line) bool { return value(l) > 0 }, func(l *Line) zap.Field { return zap.Int("", value(l)) })
}

// pairs adds a map that isn't empty, in the order of its keys.
func pairs(value func(*Line) map[string]string) adder {
	return when(func(l *Line) bool { return len(value(l)) > 0 }, func(l *Line) zap.Field { return zap.Object("", sorted(value(l))) })
}

type sorted map[string]string

// MarshalLogObject implements zapcore.ObjectMarshaler.
func (s sorted) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	for _, key := range slices.Sorted(maps.Keys(s)) {
		enc.AddString(key, s[key])
	}
	return nil
}
