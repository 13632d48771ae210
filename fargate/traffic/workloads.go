package traffic

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
)

// Workload makes pods, or is one.
type Workload struct {
	// Object is nil for a pod of which only the labels are known.
	Object metav1.Object
	// Meta and Spec are those of its pods.
	Meta *metav1.ObjectMeta
	Spec *corev1.PodSpec

	// order is that of its kind among makers.
	order int
}

// makers are the kinds of workload that are looked up, in the order in which they are named.
var makers = [...]*cluster.Kind{
	cluster.DaemonSets, cluster.ReplicaSets, cluster.StatefulSets, cluster.ReplicationControllers, cluster.Jobs, cluster.CronJobs, cluster.Pods,
}

// workloads returns the known workloads of the namespace whose pods have the labels of a selector,
// nil for all, by kind and name. It leaves out those that are being deleted and former revisions of
// a Deployment.
func (n *Namespace) workloads(selector map[string]string) ([]Workload, error) {
	var all []Workload
	for order, kind := range makers {
		objects, err := cluster.Labelled(n.Cluster, kind, n.Name, selector)
		if err != nil {
			return nil, err
		}
		first := len(all)
		for _, object := range objects {
			w := Workload{Object: object, order: order}
			if w.Meta, w.Spec = PodTemplate(object); w.Meta != nil && contains(w.Meta.Labels, selector) && object.GetDeletionTimestamp() == nil {
				all = append(all, w)
			}
		}
		if kind == cluster.ReplicaSets && len(all) > first {
			newest := newestRevisions(objects)
			current := slices.DeleteFunc(all[first:], func(w Workload) bool { return newest.supersedes(w.Object) })
			all = all[:first+len(current)]
		}
	}
	slices.SortFunc(all, func(a, b Workload) int {
		return cmp.Or(cmp.Compare(a.order, b.order), strings.Compare(a.Object.GetName(), b.Object.GetName()))
	})
	return all, nil
}

// String returns `pods of Deployment "web"`, naming what made the workload if there is such, or
// `Pod "web"`.
func (w *Workload) String() string {
	if owner := metav1.GetControllerOfNoCopy(w.Object); owner != nil {
		return "pods of " + owner.Kind + " " + strconv.Quote(owner.Name)
	}
	name := makers[w.order].Kind + " " + strconv.Quote(w.Object.GetName())
	if w.isBarePod() {
		return name
	}
	return "pods of " + name
}

func (w *Workload) isBarePod() bool {
	return makers[w.order] == cluster.Pods && metav1.GetControllerOfNoCopy(w.Object) == nil
}

// run returns `pods of Deployment "web", which run`.
func (w *Workload) run() string {
	if w.isBarePod() {
		return w.String() + ", which runs"
	}
	return w.String() + ", which run"
}

// dontRun returns `new pods of Deployment "web" don't run`.
func (w *Workload) dontRun() string {
	if w.isBarePod() {
		return w.String() + " doesn't run"
	}
	return "new " + w.String() + " don't run"
}

// PodTemplate returns the template of a workload, or the pod itself unless it has ended; nil for none.
func PodTemplate(workload metav1.Object) (*metav1.ObjectMeta, *corev1.PodSpec) {
	switch w := workload.(type) {
	case *appsv1.DaemonSet:
		return ofTemplate(&w.Spec.Template)
	case *appsv1.ReplicaSet:
		return ofTemplate(&w.Spec.Template)
	case *cluster.ReplicaSet:
		return &w.PodMeta, w.PodSpec
	case *appsv1.StatefulSet:
		return ofTemplate(&w.Spec.Template)
	case *corev1.ReplicationController:
		return ofTemplate(w.Spec.Template)
	case *batchv1.Job:
		return ofTemplate(&w.Spec.Template)
	case *batchv1.CronJob:
		return ofTemplate(&w.Spec.JobTemplate.Spec.Template)
	case *corev1.Pod:
		if w.Status.Phase != corev1.PodSucceeded && w.Status.Phase != corev1.PodFailed {
			return &w.ObjectMeta, &w.Spec
		}
	}
	return nil, nil
}

func ofTemplate(t *corev1.PodTemplateSpec) (*metav1.ObjectMeta, *corev1.PodSpec) {
	if t == nil {
		return nil, nil
	}
	return &t.ObjectMeta, &t.Spec
}

// RevisionAnnotation numbers the ReplicaSets of a Deployment: the highest is the current one.
const RevisionAnnotation = "deployment.kubernetes.io/revision"

// revisions are the current revisions of Deployments, by name.
type revisions map[string]int

// newestRevisions finds the current revisions among ReplicaSets.
func newestRevisions(objects []metav1.Object) revisions {
	newest := revisions{}
	for _, object := range objects {
		if name, revision := revisionOf(object); revision > newest[name] {
			newest[name] = revision
		}
	}
	return newest
}

// supersedes reports the ReplicaSet of a former revision of a Deployment, which is kept to roll
// back to. One without a revision is such if it has no replicas.
func (r revisions) supersedes(object metav1.Object) bool {
	deployment, revision := revisionOf(object)
	if deployment == "" {
		return false
	}
	if revision > 0 {
		return revision < r[deployment]
	}
	switch set := object.(type) {
	case *appsv1.ReplicaSet:
		return set.Spec.Replicas != nil && *set.Spec.Replicas == 0
	case *cluster.ReplicaSet:
		return set.Idle
	}
	return false
}

// revisionOf returns the Deployment of a ReplicaSet, "" for none, and its revision there, 0 if it
// isn't known.
func revisionOf(object metav1.Object) (deployment string, revision int) {
	owner := metav1.GetControllerOfNoCopy(object)
	if owner == nil || owner.Kind != "Deployment" {
		return "", 0
	}
	revision, err := strconv.Atoi(object.GetAnnotations()[RevisionAnnotation])
	if err != nil {
		return owner.Name, 0
	}
	return owner.Name, revision
}
