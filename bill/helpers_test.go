package bill

import (
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/sizing"
)

// virginia returns the list prices of us-east-1.
func virginia(t rapid.TB) *Prices {
	t.Helper()
	prices, ok := In("us-east-1")
	if !ok {
		t.Fatal("no prices for us-east-1")
	}
	return &prices
}

// pod returns the spec of a pod whose containers request CPU and memory, in pairs.
func pod(requests ...string) *corev1.PodSpec {
	spec := &corev1.PodSpec{}
	for i := 0; i < len(requests); i += 2 {
		spec.Containers = append(spec.Containers, fargatetest.Container(string(rune('a'+i/2)), requests[i], "", requests[i+1], ""))
	}
	return spec
}

// billed returns the bill of pods as they stand, in us-east-1.
func billed(t rapid.TB, spec *corev1.PodSpec, use Use) Bill {
	t.Helper()
	size, ok := sizing.For(sizing.Requested(spec))
	if !ok {
		t.Fatalf("no size holds %v", sizing.Requested(spec))
	}
	return Of(&Workload{Spec: spec, Size: size, Use: use}, virginia(t))
}

// drawPod draws a pod that some size holds.
func drawPod(t *rapid.T) *corev1.PodSpec {
	return fargatetest.PodSpecs(1, 6).Filter(func(s *corev1.PodSpec) bool {
		_, ok := sizing.For(sizing.Requested(s))
		return ok
	}).Draw(t, "spec")
}

// drawPrices draws prices, most of them of the list.
func drawPrices(t *rapid.T) *Prices {
	prices, _ := In(rapid.SampledFrom(Regions()).Draw(t, "region"))
	if rapid.IntRange(0, 3).Draw(t, "given") == 0 {
		prices.VCPUHour = Rate(rapid.Int64Range(0, int64(maxRate)).Draw(t, "vCPU hour"))
		prices.GBHour = Rate(rapid.Int64Range(0, int64(maxRate)).Draw(t, "GB hour"))
		prices.Discount = Discount(rapid.Int64Range(0, int64(wholePrice)-1).Draw(t, "discount"))
	}
	return &prices
}

// drawUse draws how much pods run.
func drawUse(t *rapid.T) Use {
	pods := rapid.Int64Range(0, 1<<31-1)
	if rapid.Bool().Draw(t, "steady") {
		least := pods.Draw(t, "least")
		return Steady(least, least+pods.Draw(t, "more"))
	}
	seconds := func(label string) *int64 {
		if rapid.Bool().Draw(t, label) {
			return new(rapid.Int64Range(0, 1<<40).Draw(t, label))
		}
		return nil
	}
	b := Batch{
		AtOnce: pods.Draw(t, "at once"), Pods: pods.Draw(t, "pods"), Retries: pods.Draw(t, "retries"), Alone: rapid.Bool().Draw(t, "alone"),
		Deadline: seconds("deadline"), PodDeadline: seconds("pod deadline"), Kept: seconds("kept"),
	}
	return b.Within(Runs(rapid.Int64Range(0, 84*43800).Draw(t, "runs")))
}
