package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestExtendedResource(t *testing.T) {
	two := corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("2"), "hugepages-2Mi": resource.MustParse("4Mi"), "cpu": resource.MustParse("1")}
	checkTold(t, RuleExtendedResource, func(p *corev1.Pod) {
		p.Spec.Resources = &corev1.ResourceRequirements{Limits: corev1.ResourceList{"hugepages-2Mi": resource.MustParse("4Mi")}}
		p.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "gpu"}}
		p.Spec.Containers[0].Resources = corev1.ResourceRequirements{Limits: two, Requests: two, Claims: []corev1.ResourceClaim{{Name: "gpu"}, {Name: "fpga"}}}
		p.Spec.InitContainers = []corev1.Container{{Name: "setup", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
			"a.example/x": resource.MustParse("1"), "b.example/x": resource.MustParse("0"),
		}}}}
	},
		`spec.initContainers[0].resources.requests[a.example/x]: init container "setup": 1 of a.example/x is asked for, and Fargate has none`,
		`spec.containers[0].resources.limits[hugepages-2Mi]: container "app": 4Mi of hugepages-2Mi is asked for, and Fargate has none`,
		`spec.containers[0].resources.limits[nvidia.com/gpu]: container "app": 2 of nvidia.com/gpu is asked for, and Fargate has none`,
		`spec.containers[0].resources.claims[1]: container "app": resource claim "fpga" is used`,
		`spec.resources.limits[hugepages-2Mi]: the pod: 4Mi of hugepages-2Mi is asked for, and Fargate has none`,
		`spec.resourceClaims[0]: resource claim "gpu" is made, and Fargate has no device drivers`,
	)
}
