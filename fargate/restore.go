package fargate

import (
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/lbc"
)

// Restore makes an object that an API server has stored one that could be created: it takes away
// what admission added, as far as our records say, what EKS set in a pod that it claimed, and the
// node of a pod. Labels that admission added to a pod stay, since nothing records them, and so does
// the label by which EKS claimed it: it may be the pod's own.
func Restore(object runtime.Object) {
	switch o := object.(type) {
	case *corev1.Pod:
		restorePod(o)
	case *corev1.Service:
		restoreAnnotations(&o.ObjectMeta, map[string]string{
			lbc.ServiceTypeAnnotation: lbc.TypeExternal, lbc.ServiceTargetTypeAnnotation: lbc.TargetTypeIP,
		})
	case *networkingv1.Ingress:
		restoreAnnotations(&o.ObjectMeta, map[string]string{lbc.IngressTargetTypeAnnotation: lbc.TargetTypeIP})
	case *lbc.TargetGroupConfiguration:
		restoreTargetGroups(o)
	case *appsv1.DaemonSet:
		restoreDaemonSet(o)
	}
}

// claimAnnotations are what EKS writes on a pod that it runs on Fargate (F2.6).
var claimAnnotations = [...]string{sizing.ProvisionedAnnotation, "Logging"}

func restorePod(pod *corev1.Pod) {
	sizing.Restore(pod)
	if _, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]; mirror {
		return
	}
	spec := &pod.Spec
	if _, labelled := pod.Labels[placement.ProfileLabel]; labelled && spec.SchedulerName == placement.Scheduler {
		spec.SchedulerName = ""
		if spec.PriorityClassName == placement.PriorityClass {
			spec.PriorityClassName, spec.Priority, spec.PreemptionPolicy = "", nil, nil
		}
		for _, key := range claimAnnotations {
			delete(pod.Annotations, key)
		}
	}
	spec.NodeName = ""
}

// restoreAnnotations removes those of our annotations that were added and still have our value.
func restoreAnnotations(meta *metav1.ObjectMeta, ours map[string]string) {
	for _, key := range kinds.Added(meta.Annotations) {
		if want, isOurs := ours[key]; isOurs && meta.Annotations[key] == want {
			forget(meta, key)
		}
	}
}

// forget removes an annotation, and what was added from the record.
func forget(meta *metav1.ObjectMeta, added string) {
	meta.Annotations = maps.Clone(meta.Annotations)
	delete(meta.Annotations, added)
	rest := slices.DeleteFunc(kinds.Added(meta.Annotations), func(key string) bool { return key == added })
	delete(meta.Annotations, kinds.AddedAnnotation)
	if len(rest) > 0 {
		meta.Annotations[kinds.AddedAnnotation] = kinds.WithAdded(nil, rest...)
	}
}

func restoreTargetGroups(c *lbc.TargetGroupConfiguration) {
	props := c.Spec.DefaultConfiguration
	if props == nil || props.TargetType == nil || *props.TargetType != lbc.TargetTypeIP || !slices.Contains(kinds.Added(c.Annotations), objects.DefaultTargetType) {
		return
	}
	props.TargetType = nil
	if *props == (lbc.TargetGroupProps{}) {
		c.Spec.DefaultConfiguration = nil
	}
	forget(&c.ObjectMeta, objects.DefaultTargetType)
}

// restoreDaemonSet removes the requirement that keeps the pods off Fargate nodes.
func restoreDaemonSet(set *appsv1.DaemonSet) {
	required := placement.RequiredNodeSelector(&set.Spec.Template.Spec)
	if required == nil || !slices.Contains(kinds.Added(set.Annotations), steeredPath) {
		return
	}
	for i := range required.NodeSelectorTerms {
		term := &required.NodeSelectorTerms[i]
		last := len(term.MatchExpressions) - 1
		if last >= 0 && equality.Semantic.DeepEqual(term.MatchExpressions[last], offFargate()) {
			term.MatchExpressions = term.MatchExpressions[:last]
		}
	}
	if terms := required.NodeSelectorTerms; len(terms) == 1 && len(terms[0].MatchExpressions)+len(terms[0].MatchFields) == 0 {
		affinity := set.Spec.Template.Spec.Affinity
		affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = nil
		if len(affinity.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution) == 0 {
			affinity.NodeAffinity = nil
		}
		if *affinity == (corev1.Affinity{}) {
			set.Spec.Template.Spec.Affinity = nil
		}
	}
	forget(&set.ObjectMeta, steeredPath)
}
