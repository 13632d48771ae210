package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Claims for devices aren't among requests and limits.
func TestResourceClaimsHaveAFixOfTheirOwn(t *testing.T) {
	p := onFargate(&corev1.Pod{Spec: corev1.PodSpec{
		ResourceClaims: []corev1.PodResourceClaim{{Name: "gpu"}},
		Containers:     []corev1.Container{{Name: "app", Resources: corev1.ResourceRequirements{Claims: []corev1.ResourceClaim{{Name: "gpu"}}}}},
	}})
	const want = "remove spec.resourceClaims, and resources.claims of containers; a pod that needs the device has to run on EC2 nodes"
	if got := Findings(CheckPod(p, false)); len(got) != 1 || got[0].Remedy != want {
		t.Errorf("got %+v, want %q", got, want)
	}
}

func TestExtendedResource(t *testing.T) {
	two := corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("2"), "hugepages-2Mi": resource.MustParse("4Mi"), "cpu": resource.MustParse("1")}
	checkChange(t, ExtendedResource, func(p *corev1.Pod) {
		p.Spec.Resources = &corev1.ResourceRequirements{Limits: corev1.ResourceList{"hugepages-2Mi": resource.MustParse("4Mi")}}
		p.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "gpu"}}
		p.Spec.Containers[0].Resources = corev1.ResourceRequirements{Limits: two, Requests: two, Claims: []corev1.ResourceClaim{{Name: "gpu"}, {Name: "fpga"}}}
		p.Spec.InitContainers = []corev1.Container{{Name: "setup", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
			"a.example/x": resource.MustParse("1"), "b.example/x": resource.MustParse("0"),
		}}}}
	},
		finds(`init container "setup" (1 a.example/x), container "app" (4Mi hugepages-2Mi, 2 nvidia.com/gpu), spec.resources (4Mi hugepages-2Mi) `+
			"must not request a resource that Fargate doesn't have",
			"spec.initContainers[0].resources.requests[a.example/x]",
			"spec.containers[0].resources.limits[hugepages-2Mi]",
			"spec.containers[0].resources.limits[nvidia.com/gpu]",
			"spec.resources.limits[hugepages-2Mi]",
		),
		finds(`container "app" (fpga) must not use resource claims`, "spec.containers[0].resources.claims[1]"),
		finds(`resource claim "gpu" must be removed: Fargate has no device drivers`, "spec.resourceClaims[0]"),
	)
}
