package fargate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"
)

// quantityTexts are what users write, odd and even.
func quantityTexts(name corev1.ResourceName) []string {
	if name == corev1.ResourceCPU {
		return []string{"0", "1n", "1u", "1m", "10m", "50m", "83m", "100m", "0.1", "125m", "0.25", "250m", "251m", "333m", "500m", "1", "1.5", "2", "4000m", "1e1", "16", "1k"}
	}
	return []string{"0", "1", "1k", "1e3", "100M", "0.1Mi", "1Mi", "12.8Mi", "40Mi", "64Mi", "100Mi", "100.5Mi", "128Mi", "200M", "256Mi", "257Mi", "300Mi", "0.5Gi", "512Mi", "1000Mi", "1Gi", "1.5Gi", "2Gi", "5G", "8Gi", "16Gi", "120Gi", "1Ei"}
}

// ofCommon draws common values much more often than the rest.
func ofCommon(name corev1.ResourceName) *rapid.Generator[resource.Quantity] {
	all := quantityTexts(name)
	return rapid.Custom(func(t *rapid.T) resource.Quantity {
		top := len(all) - 1
		if rapid.IntRange(0, 9).Draw(t, "common") > 0 {
			top = 12
		}
		return resource.MustParse(all[rapid.IntRange(0, top).Draw(t, "quantity")])
	})
}

// requirements draws one container's resources as the API server hands them
// over: never a limit below the request, and a request wherever there is a
// limit (F3.10).
func requirements(t *rapid.T) corev1.ResourceRequirements {
	var r corev1.ResourceRequirements
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		set := func(list *corev1.ResourceList, q resource.Quantity) {
			if *list == nil {
				*list = corev1.ResourceList{}
			}
			(*list)[name] = q
		}
		a, b := ofCommon(name).Draw(t, "a"), ofCommon(name).Draw(t, "b")
		if a.Cmp(b) > 0 {
			a, b = b, a
		}
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 0:
		case 1:
			set(&r.Requests, a)
		case 2:
			set(&r.Requests, b)
			set(&r.Limits, b)
		case 3:
			set(&r.Requests, a)
			set(&r.Limits, b)
		}
	}
	return r
}

// podSpecs draws pod specs with 0 to 5 init containers, some of them native
// sidecars, and up to most containers.
func podSpecs(most int) *rapid.Generator[*corev1.PodSpec] {
	return rapid.Custom(func(t *rapid.T) *corev1.PodSpec {
		always := corev1.ContainerRestartPolicyAlways
		spec := &corev1.PodSpec{}
		for i := range rapid.IntRange(0, 5).Draw(t, "init containers") {
			c := corev1.Container{Name: fmt.Sprintf("init-%d", i), Resources: requirements(t)}
			if rapid.Bool().Draw(t, "sidecar") {
				c.RestartPolicy = &always
			}
			spec.InitContainers = append(spec.InitContainers, c)
		}
		for i := range rapid.IntRange(0, most).Draw(t, "containers") {
			spec.Containers = append(spec.Containers, corev1.Container{Name: fmt.Sprintf("main-%d", i), Resources: requirements(t)})
		}
		return spec
	})
}
