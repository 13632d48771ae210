package fargate

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
)

// IgnorePrefix and the id of a rule make the annotation by which an object, or a pod template, asks
// to ignore the rule. Its value is the reason; an empty one ignores nothing.
const IgnorePrefix = "fargate-webhook/ignore-"

// Ignored is a finding that an annotation asks to ignore.
type Ignored struct {
	rules.Finding
	// Reason is the annotation's value.
	Reason string `json:"reason"`
	// Refused is true where admission doesn't honour the annotation: it refuses the object, or its
	// pods, nevertheless.
	Refused bool `json:"refused,omitempty"`
}

// ignored splits the findings of an object into those that count and those that its annotations, or
// those of its pod template, ask to ignore. in says where that is honoured.
func ignored(object runtime.Object, findings []rules.Finding, in policy.IgnoreAnnotations) (counted []rules.Finding, ignored []Ignored) {
	var own, ofPods map[string]string
	if meta, ok := object.(metav1.Object); ok {
		own = meta.GetAnnotations()
	}
	if _, template := kinds.Template(object); template != nil {
		ofPods = template.Annotations
	}
	for i := range findings {
		f := &findings[i]
		reason, reasonOfPods := ignoreReason(own, f.Rule), ignoreReason(ofPods, f.Rule)
		if reason = cmp.Or(reason, reasonOfPods); reason == "" {
			counted = append(counted, *f)
			continue
		}
		// Pods have the annotations of their template, not those of the workload.
		honoured := in == policy.IgnoreAdmission && (!f.PodsRefused || reasonOfPods != "")
		ignored = append(ignored, Ignored{*f, reason, !honoured && (f.Action == policy.Deny || f.PodsRefused)})
	}
	return counted, ignored
}

// SplitIgnored does so for findings that admission doesn't make, such as what changes on other nodes:
// they count for nobody but the review that asks.
func SplitIgnored(object runtime.Object, findings []rules.Finding) (counted []rules.Finding, left []Ignored) {
	return ignored(object, findings, policy.IgnoreAdmission)
}

// Unignoring are the annotations of an object, or of its pod template, that ask to ignore something and
// don't: a path each, and whether only the reason is missing. isRule reports the id of a rule.
func Unignoring(object runtime.Object, isRule func(policy.RuleID) bool) (list []Unignored) {
	look := func(path string, annotations map[string]string) {
		for _, key := range slices.Sorted(maps.Keys(annotations)) {
			id, is := strings.CutPrefix(key, IgnorePrefix)
			if !is {
				continue
			}
			if known := isRule(policy.RuleID(id)); !known || strings.TrimSpace(annotations[key]) == "" {
				list = append(list, Unignored{Field: path + "[" + key + "]", Rule: policy.RuleID(id), Known: known})
			}
		}
	}
	if meta, ok := object.(metav1.Object); ok {
		look("metadata.annotations", meta.GetAnnotations())
	}
	if path, template := kinds.Template(object); template != nil {
		look(path+".metadata.annotations", template.Annotations)
	}
	return list
}

// Unignored is an annotation that ignores nothing: there is no such rule, or it gives no reason.
type Unignored struct {
	Field string
	Rule  policy.RuleID
	Known bool
}

// ignoreReason returns the reason to ignore a rule, "" for none.
func ignoreReason(annotations map[string]string, rule policy.RuleID) string {
	if len(annotations) == 0 {
		return ""
	}
	return strings.TrimSpace(annotations[IgnorePrefix+string(rule)])
}
