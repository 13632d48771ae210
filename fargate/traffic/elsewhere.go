package traffic

import (
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/placement"
)

// makers are the kinds of workload whose templates are looked up.
var makers = []*cluster.Kind{cluster.DaemonSets, cluster.ReplicaSets, cluster.StatefulSets, cluster.Jobs}

// keptOff returns the first workload, as `DaemonSet "agent"`, if workloads of the namespace make
// pods that a selector selects and none of these pods can run on Fargate: they belong to a
// DaemonSet (F2.9) or opt out (F1.17). It returns "" otherwise, and where workloads can't be looked
// up.
func (n *Namespace) keptOff(selector map[string]string) string {
	if n.Cluster == nil || len(selector) == 0 {
		return ""
	}
	first := ""
	for _, kind := range makers {
		workloads, err := n.Cluster.List(kind, n.Name)
		if err != nil {
			return ""
		}
		for _, workload := range workloads {
			template := templateOf(workload)
			if template == nil || workload.GetDeletionTimestamp() != nil || !contains(template.Labels, selector) {
				continue
			}
			if kind != cluster.DaemonSets && !placement.OptedOut(&template.ObjectMeta) {
				return ""
			}
			if first == "" {
				first = nameOf(kind, workload)
			}
		}
	}
	return first
}

// nameOf names a workload, or the one that made it: `Deployment "web"`.
func nameOf(kind *cluster.Kind, workload metav1.Object) string {
	if owner := metav1.GetControllerOfNoCopy(workload); owner != nil {
		return owner.Kind + " " + strconv.Quote(owner.Name)
	}
	return kind.Kind + " " + strconv.Quote(workload.GetName())
}

func templateOf(workload metav1.Object) *corev1.PodTemplateSpec {
	switch w := workload.(type) {
	case *appsv1.DaemonSet:
		return &w.Spec.Template
	case *appsv1.ReplicaSet:
		return &w.Spec.Template
	case *appsv1.StatefulSet:
		return &w.Spec.Template
	case *batchv1.Job:
		return &w.Spec.Template
	}
	return nil
}

// contains reports whether labels include all of a selector's.
func contains(labels, selector map[string]string) bool {
	for key, value := range selector {
		if has, ok := labels[key]; !ok || has != value {
			return false
		}
	}
	return true
}
