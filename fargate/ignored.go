package fargate

import (
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
}

// ignored splits the findings of an object into those that count and those that its annotations, or
// those of its pod template, ask to ignore.
func ignored(object runtime.Object, findings []rules.Finding) (counted []rules.Finding, ignored []Ignored) {
	var from []map[string]string
	if meta, ok := object.(metav1.Object); ok {
		from = append(from, meta.GetAnnotations())
	}
	if _, template := kinds.Template(object); template != nil {
		from = append(from, template.Annotations)
	}
	for i := range findings {
		if reason := ignoreReason(from, findings[i].Rule); reason != "" {
			ignored = append(ignored, Ignored{findings[i], reason})
			continue
		}
		counted = append(counted, findings[i])
	}
	return counted, ignored
}

func ignoreReason(annotations []map[string]string, rule policy.RuleID) string {
	for _, from := range annotations {
		if len(from) == 0 {
			continue
		}
		if reason := strings.TrimSpace(from[IgnorePrefix+string(rule)]); reason != "" {
			return reason
		}
	}
	return ""
}
