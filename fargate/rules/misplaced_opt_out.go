package rules

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
)

// MisplacedOptOut is about an opt-out or a profile pin that has no effect, because it is in the
// wrong place, of the wrong kind, or has another value. The opt-out is an annotation of the pod
// (F1.17, S9), the pin a label of the pod (F1.7), and neither belongs to the workload. The webhook
// itself takes the annotation of a DaemonSet or Service for the opt-out of that object.
var MisplacedOptOut = &Rule{
	ID:       "misplaced-opt-out",
	Default:  policy.Warn,
	Severity: Medium,
	Title:    "an opt-out or profile pin has no effect where it is",
	What: "The opt-out must be the annotation " + placement.OptOut + " of the pod or pod template, in lower case: not a label or node selector, and not on the workload, on a " +
		"CronJob's job template or on the Namespace. A DaemonSet or Service opts out by the same annotation of its own, not by a label. The pin " + placement.ProfileLabel +
		" must be a label of the pod or pod template: not an annotation or node selector, and not on the workload. Namespaces are seen by review only.",
	Why: "EKS reads both from the pod only. One in the wrong place is ignored silently, and the pod runs where its author didn't want it.",
	Fix: "move it to the metadata of the pod, or of the pod template",
	References: []string{
		"Amazon EKS user guide, “Migrate from EKS Fargate to EKS Auto Mode”",
		guideProfiles,
	},
	Facts: []string{"F1.7", "F1.17", "F1.18"},
	Check: Check{
		Pod: misplacedInPod, States: OnFargate | Elsewhere,
		Object: misplacedInObject,
	},
}

// ownMeta is the path of an object's own metadata.
const ownMeta = "metadata"

func misplacedInPod(p *Pod) []Violation {
	if p.Placement.KeptOff && !placement.OptedOut(p.Meta) {
		return nil // neither would have an effect
	}
	where := ownMeta
	if p.TemplatePath != "" {
		where = p.TemplatePath + "." + ownMeta
	}
	effective := placement.EffectiveIn(p.Meta, where)
	own := placement.Spot{Meta: p.Meta, Path: ownMeta}
	found := misplaced(nil, false, append(own.MisplacedIn(effective), placement.MisplacedInSelector(p.Spec, "spec.nodeSelector", effective)...))
	for _, spot := range p.Around {
		found = misplaced(found, true, spot.MisplacedIn(effective))
	}
	return found
}

func misplacedInObject(object any) []Violation {
	switch o := object.(type) {
	case *appsv1.DaemonSet:
		return misplacedInDaemonSet(o)
	case *corev1.Service:
		return misplacedInService(o)
	case *metav1.ObjectMeta:
		return misplacedInNamespace(o)
	}
	return nil
}

// misplacedInDaemonSet leaves out pins: EKS claims no pods of a DaemonSet.
func misplacedInDaemonSet(d *appsv1.DaemonSet) []Violation {
	const template = "spec.template."
	pods := &d.Spec.Template
	effective := placement.Effective{OptedOut: placement.OptedOut(&d.ObjectMeta) || placement.OptedOut(&pods.ObjectMeta), Pinned: true, Path: ownMeta, Of: " of the DaemonSet"}
	own, ofPods := placement.Spot{Meta: &d.ObjectMeta, Path: ownMeta}, placement.Spot{Meta: &pods.ObjectMeta, Path: template + ownMeta}
	found := misplaced(nil, false, own.MisplacedIn(effective))
	found = misplaced(found, false, ofPods.MisplacedIn(effective))
	return misplaced(found, false, placement.MisplacedInSelector(&pods.Spec, template+"spec.nodeSelector", effective))
}

func misplacedInService(s *corev1.Service) []Violation {
	own := placement.Spot{Meta: &s.ObjectMeta, Path: ownMeta}
	return misplaced(nil, false, own.MisplacedIn(placement.Effective{OptedOut: placement.OptedOut(&s.ObjectMeta), Pinned: true, Path: ownMeta, Of: " of the Service"}))
}

// misplacedInNamespace is asked by a review only: admission sees no Namespaces.
func misplacedInNamespace(meta *metav1.ObjectMeta) []Violation {
	own := placement.Spot{Meta: meta, Path: ownMeta, Of: "the Namespace"}
	found := misplaced(nil, false, own.MisplacedIn(placement.Effective{Path: ownMeta, Of: " of each pod or pod template"}))
	for i := range found {
		found[i].WarnOnly = true
	}
	return found
}

func misplaced(found []Violation, ofWorkload bool, add []placement.Misplaced) []Violation {
	for _, m := range add {
		found = Keep(found, Violation{Field: m.Field, Problem: m.Problem, Fix: m.Fix, OfWorkload: ofWorkload})
	}
	return found
}
