package eks

import (
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// size is what Fargate provisions for a pod.
type size struct {
	milliCPU, mebibytes int64
}

// sizes are the rows of F3.1: CPU, and from which memory to which in which steps.
var sizes = [...]struct{ milliCPU, least, most, step int64 }{
	{250, 512, 1024, 512}, {250, 2048, 2048, 1024},
	{500, 1024, 4096, 1024},
	{1000, 2048, 8192, 1024},
	{2000, 4096, 16384, 1024},
	{4000, 8192, 30720, 1024},
	{8000, 16384, 61440, 4096},
	{16000, 32768, 122880, 8192},
}

// addition is the memory that Fargate adds for its own programs (F3.2).
const addition = 256

// sizeFor returns the size of a pod: the larger of the sum over containers and the maximum over init
// containers, with the memory that Fargate adds, rounded up to a combination (F3.2). ok is false for
// more than the largest one.
func sizeFor(spec *corev1.PodSpec) (s size, ok bool) {
	cpu := requested(spec, corev1.ResourceCPU)
	memory := (requested(spec, corev1.ResourceMemory)+(1<<20)-1)/(1<<20) + addition
	for _, row := range sizes {
		if cpu > row.milliCPU || memory > row.most {
			continue
		}
		steps := (max(memory-row.least, 0) + row.step - 1) / row.step
		return size{row.milliCPU, row.least + steps*row.step}, true
	}
	return size{}, false
}

// farTooMuch is what a sum counts as at most, in thousandths: 36 TB of memory.
const farTooMuch = 1 << 55

// requested returns what a pod requests of a resource: thousandths of a CPU, or bytes. A sidecar, an
// init container that is restarted always, counts while those after it start, and then with the
// containers (F3.7). The sum is rounded, not the containers' parts of a byte.
func requested(spec *corev1.PodSpec, name corev1.ResourceName) int64 {
	var sum, sidecars, initial resource.Quantity
	for i := range spec.InitContainers {
		amount := spec.InitContainers[i].Resources.Requests[name]
		if isSidecar(&spec.InitContainers[i]) {
			sidecars.Add(amount)
			continue
		}
		amount = amount.DeepCopy()
		amount.Add(sidecars)
		if amount.Cmp(initial) > 0 {
			initial = amount
		}
	}
	for i := range spec.Containers {
		sum.Add(spec.Containers[i].Resources.Requests[name])
	}
	if sum.Add(sidecars); initial.Cmp(sum) > 0 {
		sum = initial
	}
	switch most := resource.NewQuantity(farTooMuch/1000, resource.DecimalSI); { // a quantity may be larger than an int64
	case sum.Cmp(*most) > 0:
		return farTooMuch / 1000
	case name == corev1.ResourceCPU:
		return sum.MilliValue()
	default:
		return sum.Value()
	}
}

func isSidecar(container *corev1.Container) bool {
	return container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// String formats a size as the annotation CapacityProvisioned does (F2.6).
func (s size) String() string {
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	return fmt.Sprintf("%svCPU %sGB", number(float64(s.milliCPU)/1000), number(float64(s.mebibytes)/1024))
}

// startFailure returns why no container of a pod with a limit above what is provisioned starts, in
// the words of the container runtime (F3.9), or "".
func startFailure(spec *corev1.PodSpec, provisioned size) string {
	for i := range spec.Containers {
		limits := spec.Containers[i].Resources.Limits
		if cpu := limits.Cpu().MilliValue(); cpu > provisioned.milliCPU {
			return fmt.Sprintf("failed to write %q: write /sys/fs/cgroup/cpu,cpuacct/kubepods/pod/cpu.cfs_quota_us: invalid argument", strconv.FormatInt(cpu*100, 10))
		}
		if memory := limits.Memory().Value(); memory > provisioned.mebibytes<<20 {
			return fmt.Sprintf("failed to write %q: write /sys/fs/cgroup/memory/kubepods/pod/memory.limit_in_bytes: invalid argument", strconv.FormatInt(memory, 10))
		}
	}
	return ""
}
