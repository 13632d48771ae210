package sizing

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"
)

// A quantity with billions of digits is read as fast as any other: the API server calls webhooks
// before it validates (S41). What is out of range becomes the nearest amount.
func TestAmountInHugeQuantities(t *testing.T) {
	for text, want := range map[string]int64{
		"1e2000000000": ceiling, "-1e2000000000": 0, "0e2000000000": 0, "0": 0, "-1": 0, "1n": 1, "1500m": 1500,
		"72057594037926": 72057594037926000, "72057594037927": ceiling, "8E": ceiling, "1e400": ceiling,
	} {
		done := make(chan Amount, 1)
		go func() { done <- AmountIn(corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(text)}) }()
		select {
		case got := <-done:
			if got.MilliCPU != want {
				t.Errorf("%s: got %d, want %d", text, got.MilliCPU, want)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s takes longer than 5s", text)
		}
	}
}

// Amounts compare and combine by resource, and stay within 0 and the ceiling.
func TestAmountArithmetic(t *testing.T) {
	small, large, wide := amount("1", "1Gi"), amount("2", "2Gi"), amount("3", "512Mi")
	for name, c := range map[string]struct{ got, want Amount }{
		"at least":         {small.AtLeast(wide), amount("3", "1Gi")},
		"at most":          {small.AtMost(wide), amount("1", "512Mi")},
		"sum":              {small.plus(large), amount("3", "3Gi")},
		"sum, ceiling":     {small.plus(unlimited()), unlimited()},
		"difference":       {large.Minus(small), amount("1", "1Gi")},
		"difference, zero": {small.Minus(wide), amount("0", "512Mi")},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %v, want %v", name, c.got, c.want)
		}
	}
	if !small.Within(large) || !small.Within(small) || small.Within(wide) || wide.Within(small) {
		t.Error("Within doesn't compare by resource")
	}
}

// Amounts read as Kubernetes users write them, and a list of them reads back as the same amount.
func TestAmountText(t *testing.T) {
	for _, c := range []struct {
		amount      Amount
		cpu, memory string
	}{
		{Amount{}, "0", "0"},
		{amount("0.25", "268435456"), "250m", "256Mi"},
		{amount("2000m", "1024Mi"), "2", "1Gi"},
		{amount("1", "1001"), "1", "1001"},
		{amount("1", "1500m"), "1", "1500m"},
		{amount("1", "10G"), "1", "10G"},
		{amount("1", "1000000000"), "1", "1G"},
		{amount("1", "1024k"), "1", "1000Ki"},
	} {
		if cpu, memory := c.amount.CPU(), c.amount.Memory(); cpu != c.cpu || memory != c.memory {
			t.Errorf("%v: got %s and %s, want %s and %s", c.amount, cpu, memory, c.cpu, c.memory)
		}
		if got := AmountIn(c.amount.List()); got != c.amount {
			t.Errorf("%v: its list reads %v", c.amount, got)
		}
	}
}

// Amounts are written as the API writes quantities.
func TestLawQuantityIsCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.OneOf(
			rapid.Int64Range(-2000, 2_000_000), rapid.Int64Range(0, ceiling),
			rapid.Map(rapid.Int64Range(0, 1<<20), func(n int64) int64 { return n * mebibyte }),
			rapid.Map(rapid.Int64Range(0, 1<<20), func(n int64) int64 { return n << 10 * milli }),
		).Draw(t, "thousandths")
		for name, want := range map[corev1.ResourceName]string{
			corev1.ResourceCPU:    resource.NewMilliQuantity(amount, resource.DecimalSI).String(),
			corev1.ResourceMemory: resource.NewMilliQuantity(amount, resource.DecimalSI).String(),
		} {
			if name == corev1.ResourceMemory && amount%milli == 0 {
				want = resource.NewQuantity(amount/milli, resource.BinarySI).String()
			}
			if got := Quantity(name, amount); got != want {
				t.Fatalf("%d of %s is %q, want %q", amount, name, got, want)
			}
		}
	})
}
