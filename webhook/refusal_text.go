package webhook

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/internal/text"
)

// A pod may have thousands of containers, each with its findings. What is told
// of them is bounded, in bytes; the rest is counted.
const (
	// maxText is the longest message of a refusal.
	maxText = 16 << 10
	// maxPart is the most that one message or remedy takes of it.
	maxPart = 1 << 10
	// maxListed is how many findings are listed one by one, as causes of a
	// refusal or in its audit line.
	maxListed = 100
)

// advice is a remedy that findings of one rule share.
type advice struct {
	rule   fargate.RuleID
	remedy string
}

// refusalText is the one message that a user sees: all findings, and after the
// last one that it mends each remedy once.
func refusalText(denied []fargate.Finding, optOut string) string {
	const head, between = "fargate-webhook denied it: ", " ; "
	tail := ". " + optOut
	rest := func(n int) string { return fmt.Sprintf("%s… and %d more", between, n) }
	told, lastOf := fitting(denied, maxText-len(head)-len(tail)-len(rest(len(denied))))
	var message strings.Builder
	message.WriteString(head)
	for i, part := range told {
		if i > 0 {
			message.WriteString(between)
		}
		message.WriteString(part)
		if to := (advice{denied[i].Rule, denied[i].Remedy}); to.remedy != "" && lastOf[to] == i {
			message.WriteString("; " + text.Truncate(to.remedy, maxPart))
		}
	}
	if more := len(denied) - len(told); more > 0 {
		message.WriteString(rest(more))
	}
	message.WriteString(tail)
	return message.String()
}

// fitting are as many of the first findings as have room with their remedies,
// at least one, and which of them is the last for each remedy.
func fitting(denied []fargate.Finding, room int) (told []string, lastOf map[advice]int) {
	lastOf = map[advice]int{}
	for i := range denied {
		f := &denied[i]
		to := advice{f.Rule, f.Remedy}
		part := fmt.Sprintf("[%s] %s", f.Rule, text.Truncate(f.Message, maxPart))
		room -= len(" ; ") + len(part)
		if _, ok := lastOf[to]; !ok {
			room -= len("; ") + min(len(f.Remedy), maxPart)
		}
		if room < 0 && i > 0 {
			break
		}
		told = append(told, part)
		lastOf[to] = i
	}
	return told, lastOf
}

// causes are the same for programs, each with its field and its remedy.
func causes(denied []fargate.Finding) []metav1.StatusCause {
	list := make([]metav1.StatusCause, 0, min(len(denied), maxListed))
	for _, f := range denied[:min(len(denied), maxListed)] {
		message := text.Truncate(f.Message, maxPart)
		if f.Remedy != "" {
			message += "; " + text.Truncate(f.Remedy, maxPart)
		}
		list = append(list, metav1.StatusCause{Type: metav1.CauseType(f.Rule), Field: f.Field, Message: message})
	}
	return list
}
