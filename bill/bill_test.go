package bill

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/sizing"
)

// The examples of F10.7.
func TestGoldenSizes(t *testing.T) {
	for size, want := range map[sizing.Size]string{
		{MilliCPU: 2000, GiB2: 18}: "$88.30",
		{MilliCPU: 1000, GiB2: 16}: "$55.51",
		{MilliCPU: 250, GiB2: 1}:   "$9.01",
		{MilliCPU: 500, GiB2: 2}:   "$18.02",
		{MilliCPU: 250, GiB2: 2}:   "$10.63",
	} {
		if got := virginia(t).of(size.Amount(), 0).during(Month).In(USD); got != want {
			t.Errorf("%s costs %s, want %s", size, got, want)
		}
	}
}

func TestCheaperStep(t *testing.T) {
	stored := pod("1", "8Gi")
	stored.Containers[0].Resources.Requests[corev1.ResourceEphemeralStorage] = fargatetest.Quantities("1", "100Gi")[corev1.ResourceMemory]
	overhead := pod("1", "8Gi")
	overhead.Overhead = fargatetest.Quantities("500m", "8000Mi")
	overhead.Containers[0] = fargatetest.Container("a", "500m", "", "192Mi", "")
	for name, c := range map[string]struct {
		spec *corev1.PodSpec
		want string
	}{
		"the 256 MiB of Fargate": {pod("1", "8Gi"), "1 vCPU + 8 GiB is billed as 2 vCPU / 9 GB ($88.30 a month in us-east-1); 256 MiB less: $55.51"},
		"a little CPU":           {pod("260m", "1750Mi"), "0.26 vCPU + 1750 MiB is billed as 0.5 vCPU / 2 GB ($21.26 a month in us-east-1); 0.01 vCPU less: $13.88"},
		"of two containers":      {pod("500m", "4Gi", "500m", "4Gi"), "1 vCPU + 8 GiB is billed as 2 vCPU / 9 GB ($88.30 a month in us-east-1); 256 MiB less: $55.51"},
		"with storage":           {stored, "1 vCPU + 8 GiB is billed as 2 vCPU / 9 GB and 95 GB of storage ($96.00 a month in us-east-1); 256 MiB less: $63.21"},
		"not of the overhead":    {overhead, ""},
		"the smallest size":      {pod("250m", "256Mi"), ""},
		"nothing requested":      {&corev1.PodSpec{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := billed(t, c.spec, Steady(1, 1))
			got := ""
			if b.Cheaper != nil {
				got = b.Cheaper.Sentence(&b, virginia(t))
			}
			if got != c.want {
				t.Errorf("have %q\nwant %q", got, c.want)
			}
		})
	}
}

// A sidecar of 200m and 256Mi doubles the price of a pod of 250m and 256Mi.
func TestSidecar(t *testing.T) {
	native := pod("250m", "256Mi")
	native.InitContainers = []corev1.Container{
		fargatetest.Container("init", "100m", "", "100Mi", ""), fargatetest.Container("proxy", "200m", "", "256Mi", ""),
	}
	native.InitContainers[1].RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
	for name, c := range map[string]struct {
		spec *corev1.PodSpec
		want []string
	}{
		"container":      {pod("250m", "256Mi", "200m", "256Mi"), []string{"a 9.01", "b 9.01"}},
		"native sidecar": {native, []string{"proxy 9.01"}},
		"none":           {pod("250m", "256Mi"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := billed(t, c.spec, Steady(1, 1))
			var got []string
			for _, w := range b.Containers {
				got = append(got, w.Container+" "+w.Pod.String())
				if w.Saved.Least != b.Pod-w.Pod {
					t.Errorf("%s saves %s", w.Container, w.Saved.Least)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("have %q, want %q", got, c.want)
			}
			if want := Money(1802); name != "none" && b.Pod != want {
				t.Errorf("the pod costs %s, want %s", b.Pod, want)
			}
		})
	}
}

// Waste is what isn't requested; the memory that Fargate takes is no waste.
func TestWaste(t *testing.T) {
	for name, c := range map[string]struct {
		spec                  *corev1.PodSpec
		cost, waste, reserved Money
	}{
		"fits":       {pod("250m", "256Mi"), 901, 0, 81},
		"no request": {&corev1.PodSpec{}, 901, 820, 81},
		"half":       {pod("125m", "256Mi"), 901, 369, 81},
	} {
		t.Run(name, func(t *testing.T) {
			b := billed(t, c.spec, Steady(1, 1))
			if b.Cost.Least != c.cost || b.Waste.Least != c.waste || b.Reserved.Least != c.reserved {
				t.Errorf("cost %s, waste %s, reserved %s", b.Cost.Least, b.Waste.Least, b.Reserved.Least)
			}
		})
	}
}

// Storage above 20 GB costs: 100 GiB requested are 115 provisioned (F3.12).
func TestStorage(t *testing.T) {
	for name, c := range map[string]struct {
		request, region string
		want            Money
		notes           int
	}{
		"none":                {"0", "us-east-1", 901, 0},
		"within 20 GB":        {"13Gi", "us-east-1", 901, 0},
		"above":               {"100Gi", "us-east-1", 901 + 770, 0}, // 95 GB x 0.000111 x 730 h
		"its price not known": {"100Gi", "us-east-2", 901, 1},
	} {
		t.Run(name, func(t *testing.T) {
			spec := pod("250m", "256Mi")
			quantity := fargatetest.Quantities("1", c.request)[corev1.ResourceMemory]
			spec.Containers[0].Resources.Requests[corev1.ResourceEphemeralStorage] = quantity
			prices, _ := In(c.region)
			b := Of(&Workload{Spec: spec, Size: sizing.Size{MilliCPU: 250, GiB2: 1}, Use: Steady(1, 1)}, &prices)
			if b.Pod != c.want || len(b.Notes) != c.notes {
				t.Errorf("have %s, %q, want %s", b.Pod, b.Notes, c.want)
			}
		})
	}
}

// Where the resources policy makes the pod larger, smaller requests may not make it smaller.
func TestSizeOfPolicy(t *testing.T) {
	b := Of(&Workload{Spec: pod("1", "8Gi", "1", "1Gi"), Size: sizing.Largest(), Use: Steady(1, 1)}, virginia(t))
	if b.Cheaper != nil || b.Containers != nil || len(b.Notes) != 1 {
		t.Errorf("%+v", b)
	}
}

// A spec with hundreds of thousands of containers takes no quadratic time.
func TestManyContainers(t *testing.T) {
	spec := &corev1.PodSpec{Containers: make([]corev1.Container, 200_000)}
	if b := billed(t, spec, Steady(1, 1)); b.Containers != nil {
		t.Error("each container has a price")
	}
}
