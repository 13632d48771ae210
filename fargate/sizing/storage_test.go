package sizing

import (
	"math/big"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// requestsStorage returns a container that requests ephemeral storage.
func requestsStorage(size string) corev1.Container {
	list := corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse(size)}
	return corev1.Container{Resources: corev1.ResourceRequirements{Requests: list}}
}

// Requests of up to 158254Mi fit the 175Gi that Fargate provides at most (F3.12).
func TestStorageFor(t *testing.T) {
	type containers = []corev1.Container
	always := corev1.ContainerRestartPolicyAlways
	sidecar := requestsStorage("60Gi")
	sidecar.RestartPolicy = &always
	limited := corev1.Container{Resources: corev1.ResourceRequirements{Limits: requestsStorage("160Gi").Resources.Requests}}
	spec := func(size string) corev1.PodSpec { return corev1.PodSpec{Containers: containers{requestsStorage(size)}} }
	withOverhead := spec("100Gi")
	withOverhead.Overhead = corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("60Gi")}
	type texts struct {
		requested, needed string
		fits              bool
	}
	for name, c := range map[string]struct {
		spec corev1.PodSpec
		want texts
	}{
		"nothing":        {corev1.PodSpec{Containers: make(containers, 1)}, texts{"0", "5Gi", true}},
		"within":         {spec("100Gi"), texts{"100Gi", "115Gi", true}},
		"beyond":         {spec("160Gi"), texts{"160Gi", "181Gi", false}},
		"1Mi beyond":     {spec("158255Mi"), texts{"158255Mi", "179201Mi", false}},
		"the most in Mi": {spec("158254Mi"), texts{"158254Mi", "175Gi", true}},
		// The edge, in the finest unit that the API keeps.
		"the most": {spec("165941918254545m"), texts{"158255Mi", "175Gi", true}},
		"1m more":  {spec("165941918254546m"), texts{"158255Mi", "179201Mi", false}},
		// It counts as the largest amount.
		"huge":           {spec("9E"), texts{"68719477Mi", "75596545Mi", false}},
		"overhead":       {withOverhead, texts{"160Gi", "181Gi", false}},
		"limit only":     {corev1.PodSpec{Containers: containers{limited}}, texts{"160Gi", "181Gi", false}},
		"init container": {corev1.PodSpec{InitContainers: containers{requestsStorage("100Gi")}, Containers: containers{requestsStorage("60Gi")}}, texts{"100Gi", "115Gi", true}},
		"sidecar":        {corev1.PodSpec{InitContainers: containers{sidecar}, Containers: containers{requestsStorage("100Gi")}}, texts{"160Gi", "181Gi", false}},
		"init container beside a sidecar": {
			corev1.PodSpec{InitContainers: containers{sidecar, requestsStorage("100Gi")}, Containers: containers{requestsStorage("1Gi")}}, texts{"160Gi", "181Gi", false},
		},
	} {
		s := StorageFor(&c.spec)
		if got := (texts{s.Requested(), s.Needed(), s.Fits()}); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
	if provided, requested := MaxStorage(); provided != "175Gi" || requested != "158254Mi" {
		t.Errorf("at most %s for %s, want 175Gi for 158254Mi", provided, requested)
	}
}

// The largest sum of requests agrees with fractions, which don't round (F3.12).
func TestStorageEdgeAgreesWithFractions(t *testing.T) {
	most := big.NewRat(175*gibibyte, 1)
	needed := func(requested int64) *big.Rat {
		sum := new(big.Rat).Mul(big.NewRat(requested, 1), big.NewRat(11, 10))
		return sum.Add(sum, big.NewRat(5*gibibyte, 1))
	}
	if needed(storageMostRequested).Cmp(most) > 0 || needed(storageMostRequested+1).Cmp(most) <= 0 {
		t.Errorf("%d milli-bytes is not the edge", int64(storageMostRequested))
	}
}

// A disk has at least 20Gi, and 5Gi of it are not the volume's (F3.12).
func TestDiskHolds(t *testing.T) {
	for _, c := range []struct {
		requested, volume, provided string
		ok                          bool
	}{
		{"0", "15Gi", "20Gi", true},
		{"0", "15361Mi", "20Gi", false},
		{"10Gi", "15Gi", "20Gi", true},
		{"100Gi", "110Gi", "115Gi", true},
		{"100Gi", "111Gi", "115Gi", false},
		{"0", "9E", "20Gi", false},
	} {
		spec := &corev1.PodSpec{Containers: []corev1.Container{requestsStorage(c.requested)}}
		if provided, ok := DiskHolds(spec, resource.MustParse(c.volume)); provided != c.provided || ok != c.ok {
			t.Errorf("%s requested, a volume of %s: %s, %v; want %s, %v", c.requested, c.volume, provided, ok, c.provided, c.ok)
		}
	}
}
