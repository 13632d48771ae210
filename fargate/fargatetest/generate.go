// Package fargatetest holds what tests of several packages share: profiles, a cluster of objects,
// and generators of pods for property tests.
package fargatetest

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"
)

// common is how many texts, from the first, are drawn much more often.
const common = 14

// quantityTexts returns quantities as users write them, common ones first.
func quantityTexts(name corev1.ResourceName) []string {
	if name == corev1.ResourceCPU {
		return []string{
			"0", "1n", "1u", "1m", "10m", "50m", "83m", "100m", "0.1", "125m", "0.25", "250m", "333m", "1.5m", "251m",
			"500m", "1", "1.5", "2", "4000m", "1e1", "16", "1e3", "1k", "9P",
		}
	}
	return []string{
		"0", "1", "1k", "1e3", "100M", "0.1Mi", "1Mi", "12.8Mi", "40Mi", "64Mi", "100Mi", "100.5Mi", "128Mi", "1500m",
		"200M", "256Mi", "257Mi", "300Mi", "0.5Gi", "512Mi", "1000Mi", "1Gi", "1.5Gi", "2Gi", "5G", "8Gi", "16Gi", "120Gi", "1Ei", "7E",
	}
}

// Quantity generates quantities of CPU or memory, common ones much more often.
func Quantity(name corev1.ResourceName) *rapid.Generator[resource.Quantity] {
	all := quantityTexts(name)
	return rapid.Custom(func(t *rapid.T) resource.Quantity {
		top := len(all) - 1
		if rapid.IntRange(0, 9).Draw(t, "common") > 0 {
			top = common - 1
		}
		return resource.MustParse(all[rapid.IntRange(0, top).Draw(t, "quantity")])
	})
}

// Requirements generates a container's resources as users write them: nothing, only a request, only
// a limit, or both, equal or with the limit above the request.
func Requirements() *rapid.Generator[corev1.ResourceRequirements] {
	return rapid.Custom(func(t *rapid.T) corev1.ResourceRequirements {
		var r corev1.ResourceRequirements
		for _, name := range [2]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			a, b := Quantity(name).Draw(t, "a"), Quantity(name).Draw(t, "b")
			if a.Cmp(b) > 0 {
				a, b = b, a
			}
			switch rapid.IntRange(0, 4).Draw(t, "form") {
			case 0:
			case 1:
				set(&r.Requests, name, a)
			case 2:
				set(&r.Limits, name, b)
			case 3:
				set(&r.Requests, name, b)
				set(&r.Limits, name, b)
			case 4:
				set(&r.Requests, name, a)
				set(&r.Limits, name, b)
			}
		}
		return r
	})
}

func set(list *corev1.ResourceList, name corev1.ResourceName, q resource.Quantity) {
	if *list == nil {
		*list = corev1.ResourceList{}
	}
	(*list)[name] = q
}

// PodSpecs generates pod specs with up to 5 init containers, some of them native sidecars, and
// between least and most containers.
func PodSpecs(least, most int) *rapid.Generator[*corev1.PodSpec] {
	return rapid.Custom(func(t *rapid.T) *corev1.PodSpec {
		always := corev1.ContainerRestartPolicyAlways
		spec := &corev1.PodSpec{}
		for i := range rapid.IntRange(0, 5).Draw(t, "init containers") {
			c := corev1.Container{Name: fmt.Sprintf("init-%d", i), Image: "image", Resources: Requirements().Draw(t, "resources")}
			if rapid.Bool().Draw(t, "sidecar") {
				c.RestartPolicy = &always
			}
			spec.InitContainers = append(spec.InitContainers, c)
		}
		for i := range rapid.IntRange(least, most).Draw(t, "containers") {
			spec.Containers = append(spec.Containers, corev1.Container{Name: fmt.Sprintf("main-%d", i), Image: "image", Resources: Requirements().Draw(t, "resources")})
		}
		return spec
	})
}

// Defaulted returns a copy of a spec as the API server passes it to admission: quantities are
// rounded up to thousandths, and a missing request is set to the limit (F3.10).
func Defaulted(spec *corev1.PodSpec) *corev1.PodSpec {
	out := spec.DeepCopy()
	for _, list := range [2][]corev1.Container{out.InitContainers, out.Containers} {
		for i := range list {
			Default(&list[i].Resources)
		}
	}
	return out
}

// Default changes a container's resources as [Defaulted] does.
func Default(r *corev1.ResourceRequirements) {
	for name, q := range r.Limits {
		if _, ok := r.Requests[name]; !ok {
			set(&r.Requests, name, q.DeepCopy())
		}
	}
	for _, quantities := range [2]corev1.ResourceList{r.Requests, r.Limits} {
		for name, q := range quantities {
			q.RoundUp(resource.Milli)
			quantities[name] = q
		}
	}
}
