package sizing

import corev1 "k8s.io/api/core/v1"

// peak is the most that the containers of a pod need of a resource at any time, as the Kubernetes
// scheduler counts it (F3.7): the larger of all that run together, and of each init container with
// the sidecars that started before it. Init containers are added first, in the order of the spec.
type peak struct{ running, starting int64 }

func (p *peak) addInit(amount int64, sidecar bool) {
	if sidecar {
		p.add(amount)
		return
	}
	p.starting = max(p.starting, min(p.running+amount, ceiling))
}

func (p *peak) add(amount int64) { p.running = min(p.running+amount, ceiling) }

func (p *peak) most() int64 { return max(p.running, p.starting) }

// peakOf returns the peak of an amount of each container.
func peakOf(spec *corev1.PodSpec, of func(*corev1.Container) int64) int64 {
	var p peak
	for i := range spec.InitContainers {
		c := &spec.InitContainers[i]
		p.addInit(of(c), IsSidecar(c))
	}
	for i := range spec.Containers {
		p.add(of(&spec.Containers[i]))
	}
	return p.most()
}
