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

// finding is what is found about a pod: the reason of its event.
type finding string

const (
	// matchesNow: its profile came after it.
	matchesNow finding = "FargateProfileMatchesNow"
	// wouldBeRefused: the same, but Fargate can't run it.
	wouldBeRefused finding = "FargateWouldRefuse"
	// notClaimed: its profile was there before it, and EKS didn't claim it.
	notClaimed finding = "FargateProfileDidNotClaim"
)

func findings() []finding { return []finding{matchesNow, wouldBeRefused, notClaimed} }

// longestMessage is what newer APIs allow for the text of an event, in bytes,
// less what may be added to it.
const longestMessage = 850

// describe says in words what was found, and what to do about it.
func describe(f finding, stranding *fargate.Stranding) string {
	profile := stranding.Placement.Profile
	switch f {
	case wouldBeRefused:
		message := fmt.Sprintf("Fargate profile %q would select this pod if it were created now, but it would be refused then: %s", profile, reasons(stranding.Refused))
		return text.Truncate(message, longestMessage) + " Mend the template that it comes from, and then delete it."
	case notClaimed:
		return text.Truncate(fmt.Sprintf("Fargate profile %q selects this pod, and was known when it was created, but EKS has not claimed it. %s "+
			"If that one hangs as well, see whether the profile is ACTIVE and what keeps EKS's own webhook from it.", profile, remedy(stranding)), longestMessage)
	default:
		return text.Truncate(fmt.Sprintf("EKS claims pods for Fargate only when they are created, and Fargate profile %q came after this one, which waits for another node. %s",
			profile, remedy(stranding)), longestMessage)
	}
}

// remedy says what takes the workload of a pod to Fargate.
func remedy(stranding *fargate.Stranding) string {
	var text string
	switch owner := stranding.Owner; {
	case owner == nil:
		text = "To have it on Fargate, delete it and create it again"
	case owner.Kind == "Job":
		text = fmt.Sprintf("To have it on Fargate, delete it: Job %q makes another, but counts this one as failed", owner.Name)
	default:
		text = fmt.Sprintf("To have it on Fargate, delete it, or run kubectl rollout restart: %s %q makes another", owner.Kind, owner.Name)
	}
	if labels := stranding.Placement.Labels; len(labels) > 0 {
		pairs := make([]string, 0, len(labels))
		for _, key := range slices.Sorted(maps.Keys(labels)) {
			pairs = append(pairs, key+"="+labels[key])
		}
		text += ". It is given the labels " + strings.Join(pairs, ", ") + " then"
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
