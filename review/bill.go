package review

import (
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/bill"
	"fargate-webhook/fargate"
	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
)

// Bill is what the pods of an object cost in a month, by the prices of the report.
type Bill struct {
	// Pods is how many run at the same time.
	Pods Count `json:"pods"`
	// PodMonth is what one of them costs that runs all month.
	PodMonth bill.Money `json:"podMonth"`
	// Month is what all of them cost, Waste the part for CPU and memory that they don't request,
	// and Reserved the part for the memory that Fargate takes for itself.
	Month    Cost `json:"month"`
	Waste    Cost `json:"waste"`
	Reserved Cost `json:"reserved"`
	// Storage is the ephemeral storage of a pod that is billed; empty for none.
	Storage string `json:"storage,omitempty"`
	// Cheaper is the smallest step down to a cheaper size.
	Cheaper *Cheaper `json:"cheaper,omitempty"`
	// Containers are what the pod would be without each of them.
	Containers []Without `json:"containers,omitempty"`
	// Notes say what the figures rest on and leave out.
	Notes []string `json:"notes,omitempty"`

	full   bill.Bill
	prices *bill.Prices
}

// Count is a number that is between two others.
type Count struct {
	Least int64 `json:"least"`
	Most  int64 `json:"most"`
}

// Cost is an amount of money that is between two others. Most is null where there is no telling.
type Cost struct {
	Least bill.Money  `json:"least"`
	Most  *bill.Money `json:"most"`
}

// Cheaper is a smaller request that leads to a cheaper size.
type Cheaper struct {
	// Requests are what the pod would request, and Less how much less that is.
	Requests Amount     `json:"requests"`
	Less     Amount     `json:"less"`
	Size     Size       `json:"size"`
	PodMonth bill.Money `json:"podMonth"`
	Month    Cost       `json:"month"`
	Saved    Cost       `json:"saved"`
	// Text says it in words, for one pod.
	Text string `json:"text"`
}

// Without is what the pod would be without a container.
type Without struct {
	Name     string     `json:"name"`
	Sidecar  bool       `json:"nativeSidecar,omitempty"`
	Size     Size       `json:"size"`
	PodMonth bill.Money `json:"podMonth"`
	Month    Cost       `json:"month"`
	Saved    Cost       `json:"saved"`
}

// bill returns what the pods of an object cost, as it is once the API server has completed it; nil
// for objects without pods on Fargate, for pods that are refused, and for what an owner among the
// manifests makes, which is billed itself.
func (r *Reviewer) bill(completed runtime.Object, o *object, namespace string, decision *fargate.Decision, known *given) *Bill {
	meta, spec := podIn(completed)
	makesNone := o.meta.Kind == "PodTemplate" && o.meta.APIVersion == "v1"
	if makesNone || r.Prices == nil || spec == nil || !decision.Placement.Fargate || decision.Size == nil || refused(decision) || known.owns(&o.meta.ObjectMeta, namespace) {
		return nil
	}
	id := named{o.meta.APIVersion, o.meta.Kind, namespace, o.meta.Name}
	b := bill.Of(&bill.Workload{
		Spec: sizing.AsStated(meta, spec), Size: *decision.Size, Use: known.useOf(completed, id, o.json),
	}, r.Prices)
	return billOf(b, r.Prices)
}

// podIn returns metadata and spec of a pod, or of the template of a workload; nil for other objects.
func podIn(object runtime.Object) (*metav1.ObjectMeta, *corev1.PodSpec) {
	if pod, ok := object.(*corev1.Pod); ok {
		return &pod.ObjectMeta, &pod.Spec
	}
	if _, template := kinds.Template(object); template != nil {
		return &template.ObjectMeta, &template.Spec
	}
	return nil, nil
}

// refused reports that no pod of the object will run.
func refused(decision *fargate.Decision) bool {
	for i := range decision.Findings {
		if f := &decision.Findings[i]; f.Action == policy.Deny && !decision.Exempt || f.PodsRefused {
			return true
		}
	}
	return slices.ContainsFunc(decision.Ignored, func(i fargate.Ignored) bool { return i.Refused })
}

// owns reports whether the controller of an object is among the manifests.
func (g *given) owns(meta *metav1.ObjectMeta, namespace string) bool {
	owner := metav1.GetControllerOfNoCopy(meta)
	if owner == nil {
		return false
	}
	return g.has(owner.APIVersion, owner.Kind, namespace, owner.Name) || owner.Kind == "ReplicaSet" && g.deploys(meta.Labels, namespace)
}

// deploys reports whether a Deployment of the manifests selects pods with these labels. Its
// ReplicaSet, which the manifests don't have, has further labels of its own.
func (g *given) deploys(podLabels map[string]string, namespace string) bool {
	made := metav1.ObjectMeta{Labels: maps.Clone(podLabels)}
	metav1.SetMetaDataLabel(&made, appsv1.DefaultDeploymentUniqueLabelKey, hashOfDeployment)
	sets, err := g.Selecting(cluster.ReplicaSets, namespace, made.Labels)
	if err != nil { // which ends the review
		return false
	}
	return slices.ContainsFunc(sets, func(object metav1.Object) bool {
		set, ok := object.(*appsv1.ReplicaSet)
		owner := metav1.GetControllerOfNoCopy(object)
		if !ok || owner == nil || owner.Kind != "Deployment" || set.Spec.Selector == nil {
			return false
		}
		of := set.Spec.Selector.DeepCopy()
		delete(of.MatchLabels, appsv1.DefaultDeploymentUniqueLabelKey)
		selector, err := metav1.LabelSelectorAsSelector(of)
		return err == nil && !selector.Empty() && selector.Matches(labels.Set(podLabels))
	})
}

func billOf(b bill.Bill, prices *bill.Prices) *Bill {
	out := &Bill{
		Pods: Count{b.Use.PodsLeast, b.Use.PodsMost}, PodMonth: b.Pod, Month: Cost(b.Cost), Waste: Cost(b.Waste), Reserved: Cost(b.Reserved),
		Notes: b.Notes, full: b, prices: prices,
	}
	if b.Storage > 0 {
		out.Storage = sizing.Text(corev1.ResourceEphemeralStorage, b.Storage)
	}
	if c := b.Cheaper; c != nil {
		out.Cheaper = &Cheaper{
			Requests: amountOf(c.Requests), Less: amountOf(c.Less), Size: *sizeOf(&c.Size), PodMonth: c.Pod,
			Month: Cost(c.Cost), Saved: Cost(c.Saved), Text: c.Sentence(&b, prices),
		}
	}
	for i := range b.Containers {
		w := &b.Containers[i]
		out.Containers = append(out.Containers, Without{
			Name: w.Container, Sidecar: w.Sidecar, Size: *sizeOf(&w.Size), PodMonth: w.Pod, Month: Cost(w.Cost), Saved: Cost(w.Saved),
		})
	}
	return out
}
