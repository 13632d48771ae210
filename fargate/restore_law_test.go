package fargate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

var admitted = metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))

// stored returns a pod as the cluster shows it once admission has changed it, EKS has claimed it and
// it runs.
func stored(t rapid.TB, pod *corev1.Pod, p *policy.Policy) *corev1.Pod {
	pod = pod.DeepCopy()
	pod.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "tests", Time: &admitted}}
	decision := Decide(pod, Request{Operation: OperationCreate, Phase: Mutating, Namespace: "apps"}, fargatetest.Everywhere(), p)
	pod = fargatetest.Patched(t, pod, decision.Patch)
	pod.CreationTimestamp = metav1.NewTime(admitted.Add(time.Second))
	pod.Labels = map[string]string{placement.ProfileLabel: "all"}
	pod.Spec.SchedulerName, pod.Spec.PriorityClassName, pod.Spec.NodeName = placement.Scheduler, placement.PriorityClass, "fargate-ip-10-0-0-1"
	pod.Spec.Priority = new(int32)
	if pod.Annotations == nil {
		pod.Annotations = map[string]string{}
	}
	pod.Annotations["CapacityProvisioned"] = "0.25vCPU 0.5GB"
	return pod
}

// A live pod is judged by what it stated: whatever admission handed out is taken back, and so is
// what EKS set.
func TestLawRestoreGivesBackWhatAPodStated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := policy.Default()
		p.Resources = rapid.SampledFrom([]policy.Resources{policy.ResourcesFit, policy.ResourcesGuaranteed, policy.ResourcesLimits, policy.ResourcesOff}).Draw(t, "resources")
		stated := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "p"}, Spec: *fargatetest.Defaulted(fargatetest.PodSpecs(1, 4).Draw(t, "spec"))}
		live := stored(t, stated, &p)
		Restore(live)
		if !equality.Semantic.DeepEqual(live.Spec, stated.Spec) || len(live.Annotations) > 0 {
			t.Fatalf("-stated +restored:\n%s\n%v", cmp.Diff(stated.Spec, live.Spec), live.Annotations)
		}
	})
}

// A record that a pod was created with, as a copy of a live pod has it, says nothing of this pod; and
// what was changed since stays.
func TestRestoreLeavesWhatIsNotOurs(t *testing.T) {
	p := policy.Default()
	stated := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "p"}, Spec: corev1.PodSpec{Containers: []corev1.Container{fargatetest.Container("a", "100m", "", "128Mi", "")}}}
	for name, change := range map[string]func(*corev1.Pod){
		"another name": func(p *corev1.Pod) { p.Name = "q" },
		"another time": func(p *corev1.Pod) { p.CreationTimestamp = metav1.NewTime(admitted.Add(time.Hour)) },
		"resized": func(p *corev1.Pod) {
			p.Spec.Containers[0].Resources.Requests = fargatetest.Quantities("1", "1Gi")
			p.Spec.Containers[0].Resources.Limits = fargatetest.Quantities("1", "1Gi")
		},
	} {
		live := stored(t, stated, &p)
		change(live)
		before := live.DeepCopy()
		if Restore(live); !equality.Semantic.DeepEqual(before.Spec.Containers, live.Spec.Containers) {
			t.Errorf("%s: -before +after\n%s", name, cmp.Diff(before.Spec.Containers, live.Spec.Containers))
		}
	}
	mirror := stored(t, stated, &p)
	mirror.Annotations[corev1.MirrorPodAnnotationKey] = "x"
	if Restore(mirror); mirror.Spec.NodeName == "" {
		t.Error("the pod of a node's own manifest is on no node")
	}
}

// What admission added to other objects, and recorded, is taken away again. Whoever set the same has
// no record, and keeps it.
func TestRestoreUndoesAdmission(t *testing.T) {
	steering := policyWith(func(p *policy.Policy) { p.SteerDaemonSets = true })
	index := fargatetest.Everywhere()
	for name, object := range map[string]runtime.Object{
		"Service":   &corev1.Service{Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, Selector: map[string]string{"app": "web"}}},
		"Ingress":   noting(ingressTo("alb", "web"), "a", "b"),
		"DaemonSet": &appsv1.DaemonSet{Spec: appsv1.DaemonSetSpec{Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "agent"}}}}},
		"TargetGroupConfiguration": &lbc.TargetGroupConfiguration{Spec: lbc.TargetGroupConfigurationSpec{
			TargetReference: &lbc.Reference{Name: "web"},
		}},
	} {
		services := fargatetest.In("apps", fargatetest.Service("web", map[string]string{"app": "web"}))
		decision := Decide(object, Request{Operation: OperationCreate, Phase: Mutating, Namespace: "apps", Cluster: services}, index, steering)
		if len(decision.Patch) == 0 {
			t.Errorf("%s: admission adds nothing", name)
			continue
		}
		live := object.DeepCopyObject()
		raw := fargatetest.PatchedJSON(t, fargatetest.JSON(t, object), decision.Patch)
		fargatetest.Decode(t, raw, live)
		added := live.DeepCopyObject()
		Restore(live)
		meta, _ := live.(metav1.Object)
		if len(meta.GetAnnotations()) == 0 {
			meta.SetAnnotations(nil)
		}
		if !equality.Semantic.DeepEqual(live, object) {
			t.Errorf("%s: -before +after\n%s", name, cmp.Diff(object, live))
		}
		own, _ := added.(metav1.Object)
		annotations := own.GetAnnotations()
		delete(annotations, "fargate-webhook/added")
		own.SetAnnotations(annotations)
		before := added.DeepCopyObject()
		if Restore(added); !equality.Semantic.DeepEqual(before, added) {
			t.Errorf("%s without a record: -before +after\n%s", name, cmp.Diff(before, added))
		}
	}
}
