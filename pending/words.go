package pending

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/text"
)

// finding is the result of judging a pod, and the reason of its event.
type finding string

const (
	// matchesNow: the pod is older than its profile.
	matchesNow finding = "FargateProfileMatchesNow"
	// wouldBeRefused: the pod is older than its profile, and Fargate can't run it.
	wouldBeRefused finding = "FargateWouldRefuse"
	// notClaimed: the pod is newer than its profile, but EKS has not scheduled it on Fargate.
	notClaimed finding = "FargateProfileDidNotClaim"
)

func findings() []finding { return []finding{matchesNow, wouldBeRefused, notClaimed} }

// longestMessage limits the message of an event, in bytes. The events.k8s.io API allows 1024; the
// rest is for what is appended.
const longestMessage = 850

// describe returns the message of an event: what was found, and what to do.
func describe(f finding, stranding *fargate.Stranding) string {
	profile := stranding.Placement.Profile
	switch f {
	case wouldBeRefused:
		message := fmt.Sprintf("Fargate profile %q selects this pod now, but Fargate can't run it: %s", profile, reasons(stranding.Refused))
		return text.Truncate(message, longestMessage) + " Fix the pod template, then delete the pod."
	case notClaimed:
		return text.Truncate(fmt.Sprintf("Fargate profile %q selects this pod and is older than it, but EKS has not scheduled it on Fargate. %s "+
			"If the new pod stays Pending too, check that the profile is ACTIVE and that EKS's own admission webhook works.", profile, remedy(stranding)), longestMessage)
	default:
		return text.Truncate(fmt.Sprintf("EKS schedules a pod on Fargate only if a Fargate profile selects it when it is created, and this pod is older than profile %q. %s",
			profile, remedy(stranding)), longestMessage)
	}
}

// remedy returns what to do to run the workload of a pod on Fargate.
func remedy(stranding *fargate.Stranding) string {
	var text string
	switch owner := stranding.Owner; {
	case owner == nil:
		text = "To run it on Fargate, delete it and create it again"
	case owner.Kind == "Job":
		text = fmt.Sprintf("To run it on Fargate, delete it: Job %q creates a new pod, but counts this one as failed", owner.Name)
	default:
		text = fmt.Sprintf("To run it on Fargate, delete it or run kubectl rollout restart: %s %q creates a new pod", owner.Kind, owner.Name)
	}
	if labels := stranding.Placement.Labels; len(labels) > 0 {
		pairs := make([]string, 0, len(labels))
		for _, key := range slices.Sorted(maps.Keys(labels)) {
			pairs = append(pairs, key+"="+labels[key])
		}
		text += ". The webhook adds to the new pod: " + strings.Join(pairs, ", ")
	}
	return text + "."
}

func reasons(refused []rules.Finding) string {
	texts := make([]string, 0, len(refused))
	for i := range refused {
		texts = append(texts, fmt.Sprintf("[%s] %s", refused[i].Rule, refused[i].Message))
	}
	return strings.Join(texts, "; ") + "."
}
