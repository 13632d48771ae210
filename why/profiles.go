package why

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/profiles"
)

// Profile says whether a pod matches a Fargate profile as it stands.
type Profile struct {
	Name    string `json:"name"`
	Status  string `json:"status"`
	Matches bool   `json:"matches"`
	// Says is what the pod has or lacks for it.
	Says string `json:"says"`
}

// profilesOf compares a pod with each profile, in the order of their names.
func profilesOf(s *Subject, index *profiles.Index) []Profile {
	list := make([]Profile, 0, len(s.Profiles))
	for i := range s.Profiles {
		list = append(list, profileOf(s.Pod, &s.Profiles[i], index))
	}
	slices.SortStableFunc(list, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func profileOf(pod *corev1.Pod, profile *profiles.Profile, index *profiles.Index) Profile {
	p := Profile{Name: profile.Name, Status: string(profile.Status)}
	if profile.Status != profiles.StatusActive {
		p.Says = "only an ACTIVE profile takes pods"
		return p
	}
	nearest := placement.Nearest(placement.OfProfile(index.Selectors(pod.Namespace), profile.Name), pod.Labels, nil)
	switch {
	case nearest == nil:
		p.Says = "selects only " + selected(profile)
	case nearest.Matches(pod.Labels):
		p.Matches, p.Says = true, fmt.Sprintf("selector %d", nearest.Order+1)
	default:
		p.Says = "lacks " + strings.Join(lacks(nearest, pod.Labels), ", ")
	}
	return p
}

// lacks returns what a pod lacks to match a selector: "run=on-fargate (has run=other)".
func lacks(selector *profiles.CompiledSelector, labels map[string]string) []string {
	var missing []string
	for label := range selector.Missing(labels) {
		text := label.Key.String() + "=" + label.Value.String()
		if has, ok := labels[label.Key.String()]; ok {
			text += fmt.Sprintf(" (it has %s=%s)", label.Key, has)
		}
		missing = append(missing, text)
	}
	return missing
}

// selected returns the namespaces of a profile's selectors.
func selected(profile *profiles.Profile) string {
	var names []string
	for _, s := range profile.Selectors {
		if !slices.Contains(names, s.Namespace) {
			names = append(names, s.Namespace)
		}
	}
	slices.Sort(names)
	if len(names) == 1 {
		return "namespace " + names[0]
	}
	return "namespaces " + strings.Join(names, ", ")
}

// labelsThatMatter returns the labels of a pod that selectors of its namespace look at, and the one
// that names a profile.
func labelsThatMatter(pod *corev1.Pod, index *profiles.Index) map[string]string {
	found := map[string]string{}
	for key, value := range pod.Labels {
		if key == placement.ProfileLabel {
			found[key] = value
		}
		for _, selector := range index.Selectors(pod.Namespace) {
			for i := range selector.Labels {
				if selector.Labels[i].Key.Match(key) {
					found[key] = value
				}
			}
		}
	}
	return found
}

// annotationsThatMatter returns the annotations of a pod that EKS or the webhook writes or reads.
func annotationsThatMatter(pod *corev1.Pod) map[string]string {
	found := map[string]string{}
	for key, value := range pod.Annotations {
		if key == placement.ComputeTypeKey || key == "CapacityProvisioned" || key == "Logging" || strings.HasPrefix(key, "fargate-webhook/") && key != "fargate-webhook/resources-applied" {
			found[key] = value
		}
	}
	return found
}
