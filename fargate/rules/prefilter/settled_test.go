package prefilter

import (
	"reflect"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/version"
	"pgregory.net/rapid"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/matchtest"
	"fargate-webhook/policy"
)

// created returns a pod with what the API server has added to its metadata before it calls webhooks.
func created(pod *corev1.Pod) *corev1.Pod {
	out := pod.DeepCopy()
	at := metav1.NewTime(time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC))
	out.Namespace, out.Name = fixtures.Namespace, "web"
	out.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubectl", Operation: metav1.ManagedFieldsOperationUpdate, Time: &at}}
	return out
}

// mutatedAgain returns what the second call changes in a pod.
func mutatedAgain(pod *corev1.Pod, p *policy.Policy) jsonpatch.Patch {
	request := fargate.Request{Operation: fargate.OperationCreate, Phase: fargate.Mutating, Namespace: fixtures.Namespace, Cluster: &fargatetest.Cluster{}}
	return fargate.Decide(pod, request, everywhere(), p).Patch
}

// Whatever another webhook does to a pod between our calls, the second one is made if it would change
// anything.
func TestUnsettled(t *testing.T) {
	p := strict()
	condition := compiled(t, Unsettled(p))
	always := corev1.ContainerRestartPolicyAlways
	sidecar := func(pod *corev1.Pod) {
		pod.Spec.Containers = append(pod.Spec.Containers, fargatetest.Container("proxy", "10m", "2", "40Mi", "1Gi"))
	}
	for name, c := range map[string]struct {
		change func(*corev1.Pod)
		sent   bool
	}{
		"nothing":       {func(*corev1.Pod) {}, false},
		"another label": {func(pod *corev1.Pod) { metav1.SetMetaDataLabel(&pod.ObjectMeta, "more", "x") }, false},
		"a volume":      {func(pod *corev1.Pod) { pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "more"}) }, false},
		"a variable": {func(pod *corev1.Pod) {
			pod.Spec.Containers[0].Env = append(pod.Spec.Containers[0].Env, corev1.EnvVar{Name: "MORE"})
		}, false},
		"a sidecar":               {sidecar, true},
		"a sidecar with a record": {func(pod *corev1.Pod) { sidecar(pod); pod.Annotations[sizing.RecordAnnotation] += " other=,:10m/2," }, true},
		"a container fewer":       {func(pod *corev1.Pod) { pod.Spec.InitContainers = nil }, true},
		"another name":            {func(pod *corev1.Pod) { pod.Spec.Containers[0].Name = "c" }, true},
		"a native sidecar":        {func(pod *corev1.Pod) { pod.Spec.InitContainers[0].RestartPolicy = &always }, true},
		"more CPU":                {func(pod *corev1.Pod) { pod.Spec.Containers[0].Resources.Requests = resources("1", "1Gi") }, true},
		"a limit":                 {func(pod *corev1.Pod) { pod.Spec.Containers[0].Resources.Limits = resources("1", "1Gi") }, true},
		"no resources":            {func(pod *corev1.Pod) { pod.Spec.Containers[0].Resources = corev1.ResourceRequirements{} }, true},
		"an overhead":             {func(pod *corev1.Pod) { pod.Spec.Overhead = resources("100m", "") }, true},
		"resources of the pod":    {func(pod *corev1.Pod) { pod.Spec.Resources = &corev1.ResourceRequirements{} }, true},
		"its own policy":          {func(pod *corev1.Pod) { pod.Annotations[sizing.ResourcesAnnotation] = "Guaranteed" }, true},
		"another policy in the record": {func(pod *corev1.Pod) {
			pod.Annotations[sizing.RecordAnnotation] = "Limits" + pod.Annotations[sizing.RecordAnnotation][3:]
		}, true},
		"the record removed":      {func(pod *corev1.Pod) { delete(pod.Annotations, sizing.RecordAnnotation) }, true},
		"all annotations removed": {func(pod *corev1.Pod) { pod.Annotations = nil }, true},
		"the claim removed":       {func(pod *corev1.Pod) { delete(pod.Labels, placement.ProfileLabel) }, true},
		"the scheduler changed":   {func(pod *corev1.Pod) { pod.Spec.SchedulerName = corev1.DefaultSchedulerName }, true},
		"no containers":           {func(pod *corev1.Pod) { pod.Spec.Containers = nil }, true},
	} {
		pod := admitted(t, created(typical(2)), p)
		c.change(pod)
		if sent := sends(t, condition, pod); sent != c.sent {
			t.Errorf("%s: sent: %v, want %v: %s", name, sent, c.sent, pod.Annotations[sizing.RecordAnnotation])
		}
	}
	if first := created(typical(2)); !sends(t, condition, first) {
		t.Error("a new pod isn't sent")
	}
}

// The second call changes nothing in a pod that isn't sent, however others changed it meanwhile.
func TestLawSettled(t *testing.T) {
	for _, r := range []policy.Resources{policy.ResourcesFit, policy.ResourcesGuaranteed, policy.ResourcesLimits, policy.ResourcesOff} {
		t.Run(string(r), func(t *testing.T) {
			p := strict()
			p.Resources = r
			checkKept(t, compiled(t, Unsettled(p)), func(t *rapid.T) *corev1.Pod { return changedMeanwhile(t, p) }, func(t *rapid.T, pod *corev1.Pod) {
				if patch := mutatedAgain(pod, p); len(patch) > 0 {
					t.Fatalf("the second call would change %v of %s", patch, text(pod))
				}
			})
		})
	}
}

// changedMeanwhile draws a pod that ours and EKS's webhook have changed, and then others at random.
func changedMeanwhile(t *rapid.T, p *policy.Policy) *corev1.Pod {
	draw := random(t)
	pod := admitted(t, created(&corev1.Pod{Spec: *fargatetest.PodSpecs(0, 4).Draw(t, "spec")}), p)
	before := pod.DeepCopy()
	for range draw.IntN(3) {
		part := reflect.ValueOf(&pod.Spec).Elem()
		switch i := draw.IntN(4); {
		case i == 0:
			part = reflect.ValueOf(&pod.ObjectMeta).Elem()
		case i == 1 && len(pod.Spec.Containers) > 0:
			part = reflect.ValueOf(&pod.Spec.Containers[0]).Elem()
		}
		draw.change(part)
	}
	pod = created(pod) // it stays the same admission
	for i := range min(len(pod.Spec.InitContainers), len(before.Spec.InitContainers)) {
		if sizing.IsSidecar(&before.Spec.InitContainers[i]) { // nobody makes one that has to end of it
			pod.Spec.InitContainers[i].RestartPolicy = before.Spec.InitContainers[i].RestartPolicy
		}
	}
	return pod
}

// Pods of the corpus are called for once, where they get a record and EKS claims them.
func TestCorpusIsSettled(t *testing.T) {
	p := strict()
	condition := compiled(t, Unsettled(p))
	recorded, kept := 0, 0
	for _, pod := range ofManifests(t, "../../../../shared/corpus", "../../../../shared/cases", "../../../test/e2e/testdata", "../../../examples") {
		pod = admitted(t, created(pod), p)
		if pod.Annotations[sizing.RecordAnnotation] == "" {
			continue
		}
		recorded++
		if !sends(t, condition, pod) {
			kept++
		}
	}
	t.Logf("of %d pods with a record %d are not sent again", recorded, kept)
	if kept*100 < recorded*85 {
		t.Errorf("only %d of %d pods are not sent again", kept, recorded)
	}
}

// Every version of Kubernetes that EKS supports evaluates the condition, within its budget.
func TestSettledOnEveryVersion(t *testing.T) {
	condition := []kinds.Condition{{Name: "settled", Expression: Unsettled(strict())}}
	small, large := typical(2), typical(1)
	large.Spec.InitContainers = nil
	for i := range mostContainers - 1 {
		c := fargatetest.Container("container-with-a-long-name-"+string(rune('a'+i)), "100m", "123456789n", "64Mi", "123456789")
		large.Spec.Containers = append(large.Spec.Containers, c)
	}
	for minor := uint(29); minor <= 37; minor++ {
		m := matchtest.Of(version.MajorMinor(1, minor)).Compile(t, condition)
		for name, pod := range map[string]*corev1.Pod{"small": small, "large": large} {
			if sends(t, m, admitted(t, created(pod), strict())) {
				t.Errorf("1.%d, %s: sent", minor, name)
			}
		}
		forged := admitted(t, created(small), strict())
		forged.Annotations[sizing.RecordAnnotation] = string(make([]byte, 1<<20))
		forged.Spec.Containers[0].Resources.Requests["x"] = resource.MustParse("1")
		sends(t, m, forged) // without an error
	}
}
