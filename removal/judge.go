package removal

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// judge judges pods without the profile.
type judge struct {
	// index has the other profiles, and selectors are those of the profile.
	index     *profiles.Index
	selectors []profiles.Selector
	policy    *policy.Policy
}

func (j *judge) effect(w *Workload) Effect {
	var e Effect
	switch {
	case !w.Controlled:
		e = Effect{Outcome: NotReplaced, Reason: "it has no controller that would create it again"}
	case w.Job.ends(w.Pods) != "":
		e = Effect{Outcome: NotReplaced, Reason: w.Job.ends(w.Pods)}
	case w.Job.mayEnd(w.Pods):
		e = Effect{Outcome: Unknown, Reason: "the podFailurePolicy of its Job decides whether the Job replaces pods that are deleted or fails"}
	case w.Template != nil:
		e = j.created(w, &corev1.Pod{ObjectMeta: w.Template.ObjectMeta, Spec: w.Template.Spec})
	default:
		e = j.guess(w)
	}
	e.Namespace, e.Kind, e.Name, e.Pods = w.Namespace, w.Kind, w.Name, w.Pods
	return e
}

// created returns what becomes of a pod of the workload that is created now.
func (j *judge) created(w *Workload, pod *corev1.Pod) Effect {
	d := fargate.Decide(pod, fargate.Request{Operation: fargate.OperationCreate, Namespace: w.Namespace, Exempt: w.Exempt}, j.index, j.policy)
	for i := range d.Findings {
		if f := &d.Findings[i]; f.Action == policy.Deny {
			// One that another profile takes already, or that names the deleted one, is refused with any.
			helps := !d.Placement.Fargate && d.Placement.Pinned == ""
			return Effect{Outcome: Refused, Reason: fmt.Sprintf("[%s] %s", f.Rule, f.Message), Helps: helps}
		}
	}
	place := &d.Placement
	if !place.Fargate {
		return Effect{Outcome: NotFargate, Reason: place.Reason, Helps: !place.KeptOff && place.Pinned == ""}
	}
	return Effect{Outcome: Fargate, Profile: place.Profile, Adds: place.Labels, Reason: place.Reason}
}

// maxGuessed is how many labels of a pod may come from the webhook before nothing is guessed.
const maxGuessed = 6

// guess returns what becomes of pods whose template isn't known: what holds whichever of the labels
// that the profile asks for are the template's own, and which were added. Nothing records that.
func (j *judge) guess(w *Workload) Effect {
	own := maps.Clone(w.Pod.Labels)
	delete(own, placement.ProfileLabel) // EKS sets it on all pods that it claims
	added := j.maybeAdded(own)
	unknown := Effect{Outcome: Unknown, Reason: fmt.Sprintf("it depends on the labels of its pod template, which isn't known: %s", w.Unread), Helps: true}
	if len(added) > maxGuessed {
		return unknown
	}
	var e Effect
	for some := range 1 << len(added) {
		pod := &corev1.Pod{}
		pod.Labels, pod.Annotations = maps.Clone(own), w.Pod.Annotations
		for i, key := range added {
			if some&(1<<i) != 0 {
				delete(pod.Labels, key)
			}
		}
		switch got := j.created(w, pod); {
		case some == 0:
			e = got
		case got.Outcome != e.Outcome || got.Profile != e.Profile:
			return unknown
		case !maps.Equal(got.Adds, e.Adds):
			e.Adds = nil // not known
		}
	}
	e.Reason += "; judged by the labels of its pods, since its pod template isn't known: " + w.Unread
	return e
}

// maybeAdded returns the keys of the labels that the webhook may have added for the profile.
func (j *judge) maybeAdded(labels map[string]string) []string {
	var keys []string
	for _, selector := range j.selectors {
		for key, value := range selector.Labels {
			if has, ok := labels[key]; ok && profiles.NewPattern(value).Match(has) && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return keys
}
