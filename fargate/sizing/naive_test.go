package sizing

import (
	"fmt"
	"math/big"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"fargate-webhook/fargate/fargatetest"
)

// What follows computes in fractions, and shares nothing with the code that it checks: what Fargate
// provisions under both readings of native sidecars, from the printed table of sizes.

// reading is a way to sum up requests.
type reading int

const (
	asKubernetes reading = iota // the formula of Kubernetes (F3.7)
	asDocumented                // the text of AWS (F3.2)
)

var readings = [2]reading{asKubernetes, asDocumented}

// fraction returns a quantity as a fraction.
func fraction(q resource.Quantity) *big.Rat {
	out, ok := new(big.Rat).SetString(q.AsDec().String())
	if !ok {
		panic(fmt.Sprintf("%v is no number", q.AsDec()))
	}
	return out
}

func plus(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }

func larger(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return b
	}
	return a
}

func smaller(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// naiveSum sums up one amount of each container.
func (r reading) naiveSum(spec *corev1.PodSpec, of func(*corev1.ResourceRequirements) resource.Quantity) *big.Rat {
	init, sidecars, running := new(big.Rat), new(big.Rat), new(big.Rat)
	for _, c := range spec.InitContainers {
		amount := fraction(of(&c.Resources))
		sidecar := c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		switch {
		case r == asDocumented:
			init = larger(init, amount)
		case sidecar:
			sidecars = plus(sidecars, amount)
			init = larger(init, sidecars)
		default:
			init = larger(init, plus(sidecars, amount))
		}
	}
	for _, c := range spec.Containers {
		running = plus(running, fraction(of(&c.Resources)))
	}
	if r == asKubernetes {
		running = plus(running, sidecars)
	}
	return larger(init, running)
}

// naiveProvisioned is what a size has for containers, by resource, and the size as the table has
// it.
type naiveProvisioned struct {
	size   string
	amount map[corev1.ResourceName]*big.Rat
}

// provisioned searches the table for the smallest size of a pod, after the API server's defaults.
func (r reading) provisioned(pod *corev1.PodSpec) naiveProvisioned {
	spec := fargatetest.Defaulted(pod)
	overhead := fargatetest.Defaulted(&corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: spec.Overhead}}}})
	needs := func(name corev1.ResourceName) *big.Rat {
		of := func(r *corev1.ResourceRequirements) resource.Quantity { return r.Requests[name] }
		return plus(r.naiveSum(spec, of), fraction(overhead.Containers[0].Resources.Requests[name]))
	}
	cpu, memory := needs(corev1.ResourceCPU), needs(corev1.ResourceMemory)
	own := big.NewRat(256<<20, 1)
	var bestCPU, bestMemory *big.Rat
	for vcpu, memories := range naiveSizes() {
		for _, gib := range memories {
			c, m := new(big.Rat).SetFloat64(vcpu), new(big.Rat).SetFloat64(gib*(1<<30))
			if c.Cmp(cpu) < 0 || m.Cmp(plus(memory, own)) < 0 {
				continue
			}
			if bestCPU == nil || c.Cmp(bestCPU) < 0 || c.Cmp(bestCPU) == 0 && m.Cmp(bestMemory) < 0 {
				bestCPU, bestMemory = c, m
			}
		}
	}
	if bestCPU == nil {
		return naiveProvisioned{}
	}
	left := func(all *big.Rat, name corev1.ResourceName) *big.Rat {
		return new(big.Rat).Sub(all, fraction(overhead.Containers[0].Resources.Requests[name]))
	}
	return naiveProvisioned{
		size: fmt.Sprint(bestCPU, bestMemory),
		amount: map[corev1.ResourceName]*big.Rat{
			corev1.ResourceCPU:    left(bestCPU, corev1.ResourceCPU),
			corev1.ResourceMemory: left(new(big.Rat).Sub(bestMemory, own), corev1.ResourceMemory),
		},
	}
}

// limitOf returns a limit, nil for none: zero is none.
func limitOf(r *corev1.ResourceRequirements, name corev1.ResourceName) *big.Rat {
	if q, ok := r.Limits[name]; ok && q.Sign() > 0 {
		return fraction(q)
	}
	return nil
}
