package fargate

import (
	"errors"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/kinds/keda"
	"fargate-webhook/kinds/vpa"
	"fargate-webhook/policy"
)

// autoscaler returns a HorizontalPodAutoscaler of a workload with utilization targets for the
// resources.
func autoscaler(apiVersion, kind, name string, resources ...corev1.ResourceName) *autoscalingv2.HorizontalPodAutoscaler {
	h := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: name}}
	h.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{APIVersion: apiVersion, Kind: kind, Name: name}
	for _, resource := range resources {
		h.Spec.Metrics = append(h.Spec.Metrics, autoscalingv2.MetricSpec{
			Type:     autoscalingv2.ResourceMetricSourceType,
			Resource: &autoscalingv2.ResourceMetricSource{Name: resource, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType}},
		})
	}
	return h
}

// replicaSetOf returns the ReplicaSet web-1 of a controller.
func replicaSetOf(apiVersion, kind, name string) *appsv1.ReplicaSet {
	return &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{
		Namespace: "apps", Name: "web-1", OwnerReferences: []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: name, Controller: new(true)}},
	}}
}

// scaledPod returns a pod of the ReplicaSet web-1 that requests 10m and 10Mi.
func scaledPod() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "pod", OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-1", Controller: new(true)}}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{fargatetest.Container("a", "10m", "", "10Mi", "")}},
	}
}

// Requests that an autoscaler of a pod, or of a workload, counts are not raised, and the decision
// names it.
func TestDecideKeepsCountedRequests(t *testing.T) {
	web := []metav1.Object{autoscaler("apps/v1", "Deployment", "web", corev1.ResourceCPU), replicaSetOf("apps/v1", "Deployment", "web")}
	template := corev1.PodTemplateSpec{Spec: scaledPod().Spec}
	named := metav1.ObjectMeta{Name: "web"}
	bare := scaledPod()
	bare.OwnerReferences = nil
	updated := scaledPod()
	updated.Annotations = map[string]string{vpa.UpdatesAnnotation: "Pod resources updated by web: container 0: cpu request"}
	nightly := &batchv1.CronJob{ObjectMeta: named}
	nightly.Spec.JobTemplate.Spec.Template = template
	recommended := &vpa.VerticalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "v"}}
	recommended.Spec.TargetRef = vpa.Target{APIVersion: "batch/v1", Kind: "CronJob", Name: "web"}
	scaled := &keda.ScaledObject{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "s"}}
	scaled.Spec.ScaleTargetRef = keda.Target{Name: "web"}
	scaled.Spec.Triggers = []keda.Trigger{{Type: keda.Memory, MetricType: keda.Utilization}}
	rollout := []metav1.Object{autoscaler("argoproj.io/v1alpha1", "Rollout", "web", corev1.ResourceMemory), replicaSetOf("argoproj.io/v1alpha1", "Rollout", "web")}
	const cpuKept, memoryKept, raised = "10m 256Mi", "250m 10Mi", "250m 256Mi"
	for name, c := range map[string]struct {
		object  runtime.Object
		cluster []metav1.Object
		want    string
		heldBy  string
	}{
		"no autoscaler":      {scaledPod(), nil, raised, ""},
		"pod":                {scaledPod(), web, cpuKept, `HorizontalPodAutoscaler "web" (cpu utilization)`},
		"bare pod":           {bare, web, raised, ""},
		"pod of a Rollout":   {scaledPod(), rollout, memoryKept, `HorizontalPodAutoscaler "web" (memory utilization)`},
		"annotated by VPA":   {updated, nil, "10m 10Mi", `VerticalPodAutoscaler "web" (cpu and memory)`},
		"Deployment":         {&appsv1.Deployment{ObjectMeta: named, Spec: appsv1.DeploymentSpec{Template: template}}, web, cpuKept, `HorizontalPodAutoscaler "web" (cpu utilization)`},
		"StatefulSet":        {&appsv1.StatefulSet{ObjectMeta: named, Spec: appsv1.StatefulSetSpec{Template: template}}, web, raised, ""},
		"another":            {&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "web-2"}, Spec: appsv1.DeploymentSpec{Template: template}}, web, raised, ""},
		"CronJob under VPA":  {nightly, []metav1.Object{recommended}, "10m 10Mi", `VerticalPodAutoscaler "v" (cpu and memory)`},
		"Deployment of KEDA": {&appsv1.Deployment{ObjectMeta: named, Spec: appsv1.DeploymentSpec{Template: template}}, []metav1.Object{scaled}, memoryKept, `ScaledObject "s" (memory utilization)`},
	} {
		t.Run(name, func(t *testing.T) {
			d := Decide(c.object, Request{Operation: OperationCreate, Namespace: "apps", Cluster: &fargatetest.Cluster{Objects: c.cluster}}, fargatetest.Everywhere(), policyWith())
			var heldBy []string
			for _, hold := range d.Holds {
				heldBy = append(heldBy, hold.Reason)
			}
			after := fargatetest.Patched(t, scaledPod(), d.Patch).Spec.Containers[0].Resources.Requests
			if got := after.Cpu().String() + " " + after.Memory().String(); d.Trouble != nil || got != c.want || strings.Join(heldBy, ", ") != c.heldBy {
				t.Errorf("requests %s, held by %v, trouble %v; want %s, %s", got, heldBy, d.Trouble, c.want, c.heldBy)
			}
		})
	}
}

// partlyBroken fails for one kind.
type partlyBroken struct {
	fargatetest.Cluster
	kind *cluster.Kind
}

var errNotSynced = errors.New("the cache has not synced")

// List fails for the kind.
func (b *partlyBroken) List(kind *cluster.Kind, namespace string) ([]metav1.Object, error) {
	if kind == b.kind {
		return nil, errNotSynced
	}
	return b.Cluster.List(kind, namespace)
}

// Autoscalers that can't be looked up are not taken for none: resources stay as they are, and the
// decision says why.
func TestDecideChangesNothingWhenAutoscalersAreUnknown(t *testing.T) {
	for _, kind := range []*cluster.Kind{cluster.HorizontalPodAutoscalers, cluster.VerticalPodAutoscalers, cluster.ScaledObjects} {
		request := Request{Operation: OperationCreate, Namespace: "apps", Cluster: &partlyBroken{kind: kind}}
		d := Decide(scaledPod(), request, fargatetest.Everywhere(), policyWith())
		if len(d.Patch) > 0 || !errors.Is(d.Trouble, errNotSynced) || !strings.Contains(d.Trouble.Error(), kind.Kind+`s of namespace "apps"`) {
			t.Errorf("%s: patch %v, trouble %v", kind.Kind, d.Patch, d.Trouble)
		}
	}
}

// No autoscaler is fooled (P5): no request that it counts is raised, whatever the pod and the
// policy.
func TestLawCountedRequestsAreNotRaised(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var counted []corev1.ResourceName
		for _, resource := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			if rapid.Bool().Draw(t, string(resource)) {
				counted = append(counted, resource)
			}
		}
		if len(counted) == 0 {
			counted = append(counted, corev1.ResourceCPU)
		}
		pod := scaledPod()
		pod.Spec = *fargatetest.PodSpecs(0, 6).Draw(t, "spec")
		p := policyWith(func(p *policy.Policy) {
			p.Resources = rapid.SampledFrom([]policy.Resources{policy.ResourcesFit, policy.ResourcesGuaranteed, policy.ResourcesLimits}).Draw(t, "policy")
			if rapid.Bool().Draw(t, "minimum") {
				p.Minimum = fargatetest.Quantities("100m", "100Mi")
			}
		})
		reader := &fargatetest.Cluster{Objects: []metav1.Object{autoscaler("apps/v1", "Deployment", "web", counted...), replicaSetOf("apps/v1", "Deployment", "web")}}
		d := Decide(pod, Request{Operation: OperationCreate, Phase: Mutating, Namespace: "apps", Cluster: reader}, fargatetest.Everywhere(), p)
		after := fargatetest.Patched(t, pod, d.Patch)
		for list, before := range [2][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
			now := [2][]corev1.Container{after.Spec.InitContainers, after.Spec.Containers}[list]
			for i := range before {
				for _, resource := range counted {
					// The API server copies a limit without a request into the request (F3.10).
					was, ok := before[i].Resources.Requests[resource]
					if limit, limited := before[i].Resources.Limits[resource]; !ok && limited {
						was = limit
					}
					if is := now[i].Resources.Requests[resource]; is.Cmp(was) > 0 {
						t.Errorf("container %q: %s request %s raised to %s", before[i].Name, resource, was.String(), is.String())
					}
				}
			}
		}
	})
}
