package webhook

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/text"
	"fargate-webhook/policy"
)

// A pod may have thousands of containers, each with its problems. What is said of them is bounded,
// in bytes; the rest is counted.
const (
	// maxText is the longest message of a refusal.
	maxText = 16 << 10
	// maxPart is the most that one message or remedy takes of it.
	maxPart = 1 << 10
	// maxListed is how many findings are listed one by one, as causes of a refusal or in its audit
	// line.
	maxListed = 100
)

// refusalMessage is the message of a refusal, in its parts.
type refusalMessage struct {
	// headline says what happens: "Fargate can't run this pod".
	headline string
	// profile is the Fargate profile that takes the pods, if one does.
	profile string
	denied  []rules.Finding
	// optOut says how to keep the object off Fargate.
	optOut string
	// oneLine is for events and conditions, which have no lines.
	oneLine bool
}

// forController reports a request that a controller makes, as far as its user tells: the message
// ends up in an event or a condition of the workload.
func forController(user string) bool {
	return strings.HasPrefix(user, "system:serviceaccount:") || strings.HasPrefix(user, "system:kube-") || strings.HasPrefix(user, "system:node:")
}

// String returns the headline, a line for each problem with its fix, and how to go on. A fix that
// several problems of a rule share is given once, with the last of them.
func (m *refusalMessage) String() string {
	head := m.headline
	if m.profile != "" {
		head += " (profile " + m.profile + ")"
	}
	head += ":"
	tail := "Details: fargate-webhook explain " + m.explained()
	if !m.fixesOptOut() {
		tail = m.optOut + " " + tail
	}
	rest := func(n int) string { return fmt.Sprintf("… and %d more", n) }
	lines, lastOf := m.lines(maxText - len(head) - len(tail) - len(rest(len(m.denied))) - len("\n\n\n"))
	for i := range lines {
		if fix := (sharedFix{m.denied[i].Rule, m.denied[i].Remedy}); fix.text != "" && lastOf[fix] == i {
			lines[i] += " Fix: " + text.Truncate(fix.text, maxPart) + "."
		}
	}
	if more := len(m.denied) - len(lines); more > 0 {
		lines = append(lines, rest(more))
	}
	if !m.oneLine {
		return head + "\n- " + strings.Join(lines, "\n- ") + "\n" + tail
	}
	if len(lines) > 1 {
		for i := range lines {
			lines[i] = fmt.Sprintf("(%d) %s", i+1, lines[i])
		}
	}
	return strings.Join(append(append([]string{head}, lines...), tail), " ")
}

// fixesOptOut reports that every fix says what optOut does.
func (m *refusalMessage) fixesOptOut() bool {
	const said = "f its pods run on EC2 nodes, add the annotation " + placement.OptOut + " to the "
	return strings.Contains(m.optOut, said) &&
		!slices.ContainsFunc(m.denied, func(f rules.Finding) bool { return !strings.Contains(f.Remedy, said) })
}

// explained returns the rule to explain, or RULE when there are several.
func (m *refusalMessage) explained() string {
	for i := range m.denied {
		if m.denied[i].Rule != m.denied[0].Rule {
			return "RULE"
		}
	}
	return string(m.denied[0].Rule)
}

// sharedFix is a fix that findings of one rule share.
type sharedFix struct {
	rule policy.RuleID
	text string
}

// lines returns as many of the first findings as fit with their fixes, at least one, without the
// fixes, and the last one of each fix.
func (m *refusalMessage) lines(room int) (lines []string, lastOf map[sharedFix]int) {
	lastOf = map[sharedFix]int{}
	for i := range m.denied {
		f := &m.denied[i]
		fix := sharedFix{f.Rule, f.Remedy}
		line := fmt.Sprintf("%s: %s.", f.Rule, text.Truncate(f.Message, maxPart))
		room -= len("\n(1000) ") + len(line)
		if _, ok := lastOf[fix]; !ok {
			room -= len(" Fix: .") + min(len(f.Remedy), maxPart)
		}
		if room < 0 && i > 0 {
			break
		}
		lines = append(lines, line)
		lastOf[fix] = i
	}
	return lines, lastOf
}

// causes are the same for programs: one for each field.
func causes(denied []rules.Finding) []metav1.StatusCause {
	var list []metav1.StatusCause
	for i := range denied {
		f := &denied[i]
		message := text.Truncate(f.Message, maxPart)
		if f.Remedy != "" {
			message += "; " + text.Truncate(f.Remedy, maxPart)
		}
		fields := f.Fields
		if len(fields) == 0 {
			fields = []string{f.Field}
		}
		for _, field := range fields {
			if len(list) == maxListed {
				return list
			}
			list = append(list, metav1.StatusCause{Type: metav1.CauseType(f.Rule), Field: field, Message: message})
		}
	}
	return list
}
