package fargate

import (
	"math/big"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestEphemeralStorage(t *testing.T) {
	asks := func(size string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse(size)}
		}
	}
	checkTold(t, RuleEphemeralStorage, asks("100Gi"))
	checkTold(t, RuleEphemeralStorage, asks("160Gi"),
		"spec.containers: ephemeral-storage requests sum up to 160Gi, for which Fargate would have to provide 181Gi; it provides 175Gi at most, so they may sum up to 158254Mi")
	checkTold(t, RuleEphemeralStorage, asks("158255Mi"),
		"spec.containers: ephemeral-storage requests sum up to 158255Mi, for which Fargate would have to provide 179201Mi; it provides 175Gi at most, so they may sum up to 158254Mi")
	checkTold(t, RuleEphemeralStorage, asks("158254Mi"))
	// The border, in the finest unit that the API keeps.
	checkTold(t, RuleEphemeralStorage, asks("165941918254545m"))
	checkTold(t, RuleEphemeralStorage, asks("165941918254546m"),
		"spec.containers: ephemeral-storage requests sum up to 158255Mi, for which Fargate would have to provide 179201Mi; it provides 175Gi at most, so they may sum up to 158254Mi")
	// No machine has as much: it is counted as the most that amounts hold.
	checkTold(t, RuleEphemeralStorage, asks("9E"),
		"spec.containers: ephemeral-storage requests sum up to 68719477Mi, for which Fargate would have to provide 75596545Mi; it provides 175Gi at most, so they may sum up to 158254Mi")
	checkTold(t, RuleEphemeralStorage, func(p *corev1.Pod) {
		asks("100Gi")(p)
		p.Spec.Overhead = corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("60Gi")}
	}, "spec.containers: ephemeral-storage requests sum up to 160Gi, for which Fargate would have to provide 181Gi; it provides 175Gi at most, so they may sum up to 158254Mi")
}

// TestStorageMost computes the border another way: in fractions that don't round (F3.12).
func TestStorageMost(t *testing.T) {
	most := big.NewRat(175*gibibyte, 1)
	provided := func(asked int64) *big.Rat {
		tenths := new(big.Rat).Mul(big.NewRat(asked, 1), big.NewRat(11, 10))
		return tenths.Add(tenths, big.NewRat(5*gibibyte, 1))
	}
	if provided(storageMostAsked).Cmp(most) > 0 || provided(storageMostAsked+1).Cmp(most) <= 0 {
		t.Errorf("%d milli-bytes are not the border", int64(storageMostAsked))
	}
}
