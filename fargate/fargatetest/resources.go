package fargatetest

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Quantities returns a resource list of CPU and memory, without those that are "".
func Quantities(cpu, memory string) corev1.ResourceList {
	list := corev1.ResourceList{}
	for name, text := range map[corev1.ResourceName]string{corev1.ResourceCPU: cpu, corev1.ResourceMemory: memory} {
		if text != "" {
			list[name] = resource.MustParse(text)
		}
	}
	return list
}

// Container returns a container with requests and limits; "" leaves one out.
func Container(name, cpu, cpuLimit, memory, memoryLimit string) corev1.Container {
	c := corev1.Container{Name: name}
	if list := Quantities(cpu, memory); len(list) > 0 {
		c.Resources.Requests = list
	}
	if list := Quantities(cpuLimit, memoryLimit); len(list) > 0 {
		c.Resources.Limits = list
	}
	return c
}

// LimitRange returns a LimitRange with limits.
func LimitRange(limits ...corev1.LimitRangeItem) *corev1.LimitRange {
	return &corev1.LimitRange{Spec: corev1.LimitRangeSpec{Limits: limits}}
}

// ResourcesText returns what a container requests and is limited to: "cpu/limit memory/limit".
func ResourcesText(c *corev1.Container) string {
	text := func(list corev1.ResourceList, name corev1.ResourceName) string {
		if q, ok := list[name]; ok {
			return q.String()
		}
		return "-"
	}
	r := &c.Resources
	return text(r.Requests, corev1.ResourceCPU) + "/" + text(r.Limits, corev1.ResourceCPU) + " " +
		text(r.Requests, corev1.ResourceMemory) + "/" + text(r.Limits, corev1.ResourceMemory)
}
