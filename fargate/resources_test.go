package fargate

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// resourcesPod returns a pod of namespace apps that requests 10m CPU with a limit of 500m, and no
// memory.
func resourcesPod(annotation string) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: corev1.PodSpec{
		Containers: []corev1.Container{fargatetest.Container("a", "10m", "500m", "", "")},
	}}
	if annotation != "" {
		pod.Annotations = map[string]string{sizing.ResourcesAnnotation: annotation}
	}
	return pod
}

// resourcesCluster has a LimitRange and a ResourceQuota on memory in namespace apps, and stricter
// ones in another.
func resourcesCluster() *fargatetest.Cluster {
	limited := func(namespace, cpu string) *corev1.LimitRange {
		l := fargatetest.LimitRange(corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, Max: fargatetest.Quantities(cpu, "")})
		l.Namespace, l.Name = namespace, "limits"
		return l
	}
	quota := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: "held", Name: "quota"},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourceLimitsMemory: resource.MustParse("10Gi")}},
	}
	ofClass := quota.DeepCopy()
	ofClass.Namespace = "class"
	ofClass.Spec.ScopeSelector = &corev1.ScopeSelector{MatchExpressions: []corev1.ScopedResourceSelectorRequirement{
		{ScopeName: corev1.ResourceQuotaScopePriorityClass, Operator: corev1.ScopeSelectorOpIn, Values: []string{"high"}},
	}}
	return &fargatetest.Cluster{Objects: []metav1.Object{limited("limited", "150m"), limited("other", "20m"), quota, ofClass}}
}

// A pod's resources follow its annotation, then the policy of its namespace, within the LimitRanges
// and ResourceQuotas of that namespace.
func TestDecideAppliesResourcesPolicy(t *testing.T) {
	for name, c := range map[string]struct {
		policy     policy.Resources
		underQuota policy.Quota
		annotation string
		namespace  string
		size, want string
	}{
		"Fit":                          {size: "0.25 vCPU / 512Mi", want: "250m/250m 256Mi/256Mi"},
		"Limits":                       {policy: policy.ResourcesLimits, size: "0.5 vCPU / 1Gi", want: "500m/500m 768Mi/768Mi"},
		"Off":                          {policy: policy.ResourcesOff, size: "0.25 vCPU / 512Mi", want: "10m/500m -/-"},
		"annotation Off":               {annotation: "Off", size: "0.25 vCPU / 512Mi", want: "10m/500m -/-"},
		"annotation Limits":            {annotation: "Limits", size: "0.5 vCPU / 1Gi", want: "500m/500m 768Mi/768Mi"},
		"annotation Fit":               {policy: policy.ResourcesLimits, annotation: "Fit", size: "0.25 vCPU / 512Mi", want: "250m/250m 256Mi/256Mi"},
		"annotation Fit, policy Off":   {policy: policy.ResourcesOff, annotation: "Fit", size: "0.25 vCPU / 512Mi", want: "250m/250m 256Mi/256Mi"},
		"annotation Guaranteed":        {annotation: "Guaranteed", size: "0.25 vCPU / 512Mi", want: "250m/250m 256Mi/256Mi"},
		"unknown annotation":           {annotation: "fit", size: "0.25 vCPU / 512Mi", want: "250m/250m 256Mi/256Mi"},
		"LimitRange":                   {namespace: "limited", size: "0.25 vCPU / 512Mi", want: "150m/250m 256Mi/256Mi"},
		"annotation Limits, but range": {namespace: "limited", annotation: "Limits", size: "0.5 vCPU / 1Gi", want: "500m/500m 768Mi/768Mi"},
		"quota":                        {namespace: "held", size: "0.25 vCPU / 512Mi", want: "10m/250m -/-"},
		"quota of another class":       {namespace: "class", size: "0.25 vCPU / 512Mi", want: "250m/250m 256Mi/256Mi"},
		"quota, annotation Limits":     {namespace: "held", annotation: "Limits", size: "0.25 vCPU / 512Mi", want: "10m/250m -/-"},
		"quota, the policy raises":     {namespace: "held", underQuota: policy.QuotaRaise, size: "0.25 vCPU / 512Mi", want: "250m/250m 256Mi/256Mi"},
	} {
		t.Run(name, func(t *testing.T) {
			p := policy.Default()
			if c.policy != "" {
				p.Resources = c.policy
			}
			if c.underQuota != "" {
				p.UnderQuota = c.underQuota
			}
			if c.namespace == "" {
				c.namespace = "apps"
			}
			pod := resourcesPod(c.annotation)
			d := Decide(pod, Request{Operation: OperationCreate, Phase: Mutating, Namespace: c.namespace, Cluster: resourcesCluster()}, fargatetest.Everywhere(), &p)
			if d.Trouble != nil {
				t.Fatal(d.Trouble)
			}
			after := fargatetest.Patched(t, pod, d.Patch)
			if got := fargatetest.ResourcesText(&after.Spec.Containers[0]); got != c.want || d.Size == nil || d.Size.String() != c.size {
				t.Errorf("size %v, container becomes %s, want %s and %s", d.Size, got, c.size, c.want)
			}
		})
	}
}

// A namespace whose LimitRanges or ResourceQuotas can't be looked up is not taken for one without:
// resources stay as they are, and the decision says why. Under policy Off nothing is looked up.
func TestDecideChangesNothingWhenConstraintsAreUnknown(t *testing.T) {
	broken := &fargatetest.Cluster{Err: errors.New("the cache has not synced")}
	request := Request{Operation: OperationCreate, Namespace: "apps", Cluster: broken}
	p := policy.Default()
	for _, annotation := range []string{"", "Limits"} {
		d := Decide(resourcesPod(annotation), request, fargatetest.Everywhere(), &p)
		if len(d.Patch) > 0 || !errors.Is(d.Trouble, broken.Err) || !strings.Contains(d.Trouble.Error(), `LimitRanges of namespace "apps"`) {
			t.Errorf("annotation %q: patch %v, trouble %v", annotation, d.Patch, d.Trouble)
		}
	}
	if d := Decide(resourcesPod("Off"), request, fargatetest.Everywhere(), &p); len(d.Patch) > 0 || d.Trouble != nil {
		t.Errorf("annotation Off: patch %v, trouble %v", d.Patch, d.Trouble)
	}
}

// The patch of a decision, applied to raw JSON, keeps every field that it isn't about, unknown ones
// included (L7).
func TestLawDecideKeepsUnknownFields(t *testing.T) {
	index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("apps", fargatetest.Selects("apps", "example.com/run", "on-fargate"))})
	p := policy.Default()
	rapid.Check(t, func(t *rapid.T) {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: *fargatetest.PodSpecs(0, 20).Draw(t, "spec")}
		if rapid.Bool().Draw(t, "labels") {
			pod.Labels, pod.Annotations = map[string]string{"a/b": "c"}, map[string]string{"d/e": "f"}
		}
		raw := fargatetest.WithUnknownFields(t, pod)
		d := Decide(pod, Request{Operation: OperationCreate, Phase: Mutating, Namespace: "apps"}, index, &p)
		var patched map[string]any
		fargatetest.Decode(t, fargatetest.PatchedJSON(t, fargatetest.JSON(t, raw), d.Patch), &patched)
		var after corev1.Pod
		fargatetest.Decode(t, fargatetest.JSON(t, patched), &after)
		// A pod that Fargate would refuse gets no labels.
		if labelled := after.Labels["example.com/run"] == "on-fargate"; labelled != d.Placement.Fargate || pod.Labels["a/b"] != after.Labels["a/b"] || pod.Annotations["d/e"] != after.Annotations["d/e"] {
			t.Errorf("labels %v, annotations %v", after.Labels, after.Annotations)
		}
		for _, document := range [2]map[string]any{raw, patched} {
			if metadata, ok := document["metadata"].(map[string]any); ok {
				delete(metadata, "labels")
				delete(metadata, "annotations")
			}
			for _, list := range [2]string{"initContainers", "containers"} {
				for _, c := range fargatetest.Containers(document, list) {
					delete(c, "resources")
				}
			}
		}
		if diff := cmp.Diff(raw, patched); diff != "" {
			t.Errorf("besides labels, annotations and resources, the patch changes\n%s", diff)
		}
	})
}

// As many containers as a request body holds are judged in time that grows no faster than their
// number, and stay as they are.
func TestDecideManyContainers(t *testing.T) {
	p := policy.Default()
	always := corev1.ContainerRestartPolicyAlways
	pod := &corev1.Pod{}
	for i := range 400_000 {
		c := corev1.Container{Name: "c"}
		if i%2 == 0 {
			c.RestartPolicy = &always
		}
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, c)
	}
	if d := Decide(pod, Request{Operation: OperationCreate, Namespace: "apps"}, fargatetest.Everywhere(), &p); len(d.Patch) > 0 || d.Size == nil || len(d.Findings) > 0 {
		t.Errorf("%d operations, size %v, findings %v", len(d.Patch), d.Size, d.Findings)
	}
}
