package eks

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// requesting returns a container that requests CPU and memory, "" for none.
func requesting(cpu, memory string) corev1.Container {
	list := corev1.ResourceList{}
	if cpu != "" {
		list[corev1.ResourceCPU] = resource.MustParse(cpu)
	}
	if memory != "" {
		list[corev1.ResourceMemory] = resource.MustParse(memory)
	}
	return corev1.Container{Name: "c", Resources: corev1.ResourceRequirements{Requests: list}}
}

func TestSizeFor(t *testing.T) {
	for _, test := range []struct{ cpu, memory, want string }{ // F3.3 to F3.6
		{"", "", "0.25vCPU 0.5GB"}, {"250m", "256Mi", "0.25vCPU 0.5GB"}, {"250m", "257Mi", "0.25vCPU 1GB"}, {"250m", "512Mi", "0.25vCPU 1GB"},
		{"250m", "1Gi", "0.25vCPU 2GB"}, {"1", "8Gi", "2vCPU 9GB"}, {"250m", "1000Mi", "0.25vCPU 2GB"}, {"255m", "1000Mi", "0.5vCPU 2GB"},
		{"260m", "1750Mi", "0.5vCPU 2GB"}, {"255m", "1800Mi", "0.5vCPU 3GB"}, {"255m", "10Gi", "2vCPU 11GB"}, {"1", "512Mi", "1vCPU 2GB"},
		{"8", "16Gi", "8vCPU 20GB"}, {"16", "122624Mi", "16vCPU 120GB"}, {"16", "33Gi", "16vCPU 40GB"}, {"1m", "60Gi", "16vCPU 64GB"},
		{"16", "122625Mi", ""}, {"16001m", "1Gi", ""}, {"1", "9E", ""},
	} {
		got := ""
		if s, ok := sizeFor(&corev1.PodSpec{Containers: []corev1.Container{requesting(test.cpu, test.memory)}}); ok {
			got = s.String()
		}
		if got != test.want {
			t.Errorf("%s, %s: %q; want %q", test.cpu, test.memory, got, test.want)
		}
	}
}

// Init containers run before the others, sidecars beside them (F3.2, F3.7).
func TestSizeOfInitContainers(t *testing.T) {
	sidecar := requesting("250m", "1Gi")
	sidecar.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
	for name, test := range map[string]struct {
		init []corev1.Container
		want string
	}{
		"none":                     {nil, "0.5vCPU 2GB"},
		"smaller":                  {[]corev1.Container{requesting("500m", "1Gi")}, "0.5vCPU 2GB"},
		"larger in CPU":            {[]corev1.Container{requesting("2", "1Gi")}, "2vCPU 4GB"},
		"sidecar":                  {[]corev1.Container{sidecar}, "1vCPU 3GB"},
		"sidecar, then large init": {[]corev1.Container{sidecar, requesting("800m", "")}, "2vCPU 4GB"},
		"large init, then sidecar": {[]corev1.Container{requesting("800m", ""), sidecar}, "1vCPU 3GB"},
	} {
		spec := &corev1.PodSpec{InitContainers: test.init, Containers: []corev1.Container{requesting("250m", "768Mi"), requesting("250m", "768Mi")}}
		if s, ok := sizeFor(spec); !ok || s.String() != test.want {
			t.Errorf("%s: %s; want %s", name, s, test.want)
		}
	}
}

func TestStartFailure(t *testing.T) {
	for _, test := range []struct{ cpu, memory, want string }{
		{"250m", "1Gi", ""}, {"1", "1Gi", `failed to write "100000": write /sys/fs/cgroup/cpu`}, {"250m", "1025Mi", "memory.limit_in_bytes"},
	} {
		c := corev1.Container{Resources: corev1.ResourceRequirements{Limits: requesting(test.cpu, test.memory).Resources.Requests}}
		got := startFailure(&corev1.PodSpec{Containers: []corev1.Container{c}}, size{250, 1024})
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("limits %s, %s: %q; want %q", test.cpu, test.memory, got, test.want)
		}
	}
}
