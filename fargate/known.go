package fargate

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

// namespace is where traffic is asked about pods.
func (d *decider) namespace() *traffic.Namespace {
	known := cluster.ListingOnce(d.request.Cluster) // many workloads may be decided about
	n := &traffic.Namespace{
		Name: d.request.Namespace, Index: d.index, Adds: placement.AddsOf(d.settings), Places: d.places(known),
		FargateOnly: d.settings.Nodes == policy.NodesFargateOnly, Cluster: known,
	}
	if d.podsExempt {
		n.Adds = placement.Adds{Labels: policy.LabelsOff}
	}
	return n
}

// places returns the function that decides where a new pod of a known workload will run: as
// admission does when it is created, whatever the request is about.
func (d *decider) places(known cluster.Reader) func(*traffic.Workload) placement.Placement {
	created := Request{Operation: OperationCreate, Namespace: d.request.Namespace, Exempt: d.request.Exempt, Cluster: known, Done: d.request.Done}
	pods := &decider{request: &created, index: d.index, settings: d.settings, exempt: d.podsExempt}
	return func(w *traffic.Workload) placement.Placement {
		object, _ := w.Object.(runtime.Object) // nil where only the labels are known
		switch object.(type) {
		case *appsv1.DaemonSet:
			return daemonSetPlacement(placement.Placement{})
		case *corev1.Pod:
			if place, ok := placement.Claimed(w.Meta, w.Spec); ok {
				return place
			}
		}
		var t *template
		if kind := workloadKind(object); kind != nil {
			t = templateOf(object, kind.TemplatePath)
		}
		place := pods.place(t.podMeta(w.Meta), w.Spec)
		if !place.AddsSelectorLabels() {
			return place
		}
		p, _ := pods.placed(w.Meta, w.Spec, t, place) // what its resources are is not asked
		g := pods.guardRefusal(p)                     // found sooner than what selects the pod
		if g.withheld == nil {
			g = pods.guardSelection(p, t)
		}
		if g.withheld != nil {
			return *g.withheld
		}
		return place
	}
}
