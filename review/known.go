package review

import (
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/autoscaling"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/internal/spool"
)

// known returns what is known of an object that is looked up: its name, what it is found by, and
// where it is.
func (e *entry) known(ref spool.Ref) (name string, by keys, k kept) {
	if e.lookedUp != nil {
		if limits, ok := e.lookedUp.(*corev1.LimitRange); ok {
			defaultLimitRange(limits)
		}
		if selector := traffic.PodSelector(e.lookedUp); selector != nil {
			by.selects, by.requires = true, selector.MatchLabels
		}
		_, _, by.target, _ = autoscaling.Target(e.lookedUp)
		return e.Name, by, kept{object: e.lookedUp}
	}
	k = kept{json: ref, deployment: e.TypeMeta == deploymentType}
	by.requires, by.selects = e.selects()
	by.labels = e.podLabels()
	// The revision of a ReplicaSet says which others of its Deployment are former ones.
	by.unlabelled = e.Kind == "ReplicaSet"
	return nameOf(e), by, k
}

// nameOf returns the name of an object; for a Deployment that of its ReplicaSet.
func nameOf(e *entry) string {
	if e.TypeMeta == deploymentType {
		return replicaSetName(e.Name)
	}
	return e.Name
}

// replicaSetName returns the name of the ReplicaSet of a Deployment, "" for one whose name will be
// generated.
func replicaSetName(deployment string) string {
	if deployment == "" {
		return ""
	}
	return deployment + "-" + hashOfDeployment
}

// lookedUpAs returns a decoded object as others look it up.
func lookedUpAs(object any, deployment bool) metav1.Object {
	if d, ok := object.(*appsv1.Deployment); ok && deployment {
		return replicaSetOf(d)
	}
	found, _ := object.(metav1.Object) // every kind that is looked up is one
	return found
}

// replicaSetOf returns the ReplicaSet that a Deployment makes: its selector matches no other pods.
func replicaSetOf(d *appsv1.Deployment) *appsv1.ReplicaSet {
	set := &appsv1.ReplicaSet{Spec: appsv1.ReplicaSetSpec{Selector: &metav1.LabelSelector{}, Template: *d.Spec.Template.DeepCopy()}}
	if d.Name != "" {
		set.Name = replicaSetName(d.Name)
		set.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))}
	}
	metav1.SetMetaDataAnnotation(&set.ObjectMeta, fargate.DesiredReplicasAnnotation, strconv.Itoa(int(valueOr(d.Spec.Replicas, 1))))
	if d.Spec.Selector != nil {
		d.Spec.Selector.DeepCopyInto(set.Spec.Selector)
	}
	metav1.AddLabelToSelector(set.Spec.Selector, appsv1.DefaultDeploymentUniqueLabelKey, hashOfDeployment)
	metav1.SetMetaDataLabel(&set.Spec.Template.ObjectMeta, appsv1.DefaultDeploymentUniqueLabelKey, hashOfDeployment)
	return set
}

// hashOfDeployment stands for the hash that a Deployment gives to the pods of its ReplicaSet.
const hashOfDeployment = "of-deployment"
