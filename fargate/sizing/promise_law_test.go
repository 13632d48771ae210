package sizing

import (
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
)

// P1: no pod gets dearer. What Fargate provisions after admission equals what it provisions
// without, under both readings of native sidecars, within LimitRanges and under holds too. No
// request shrinks.
func TestLawNoPodGetsDearer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		after, plan := admitted(t, pod, drawTerms(t))
		for _, r := range readings {
			if was, is := r.provisioned(&pod.Spec), r.provisioned(&after.Spec); was.size != is.size || was.size == "" {
				t.Errorf("reading %d: %s became %s", r, was.size, is.size)
			}
		}
		if size, _ := For(Requested(&pod.Spec)); *plan.Size != size {
			t.Errorf("the plan says %v, want %v", plan.Size, size)
		}
		compare(pod, after, func(name corev1.ResourceName, c *corev1.Container, was, is stated) {
			if is.request < was.request {
				t.Errorf("%s %s: the request fell from %d to %d", c.Name, name, was.request, is.request)
			}
		})
	})
}

// P2: no container loses what it could use: after admission that is at least the smaller of its own
// limit, what a LimitRange allows it, and what Fargate provisions. A limit that it states comes
// down to what Fargate provisions, else it would not start (F3.9), and otherwise stays as it is
// written. Both hold under either reading.
func TestLawNoContainerLosesWhatItCouldUse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		pod.Spec = *fargatetest.Defaulted(&pod.Spec)
		var ranges []*corev1.LimitRange
		most := map[corev1.ResourceName]*big.Rat{}
		if rapid.Bool().Draw(t, "LimitRange") {
			item := corev1.LimitRangeItem{Type: rapid.SampledFrom([]corev1.LimitType{corev1.LimitTypeContainer, corev1.LimitTypePod}).Draw(t, "type")}
			item.Max = drawQuantities(t, "max")
			for name, q := range item.Max {
				most[name] = big.NewRat(thousandthsDown(q), milli)
			}
			ranges = append(ranges, fargatetest.LimitRange(item))
		}
		after, _ := admitted(t, pod, NewTerms(policy.ResourcesFit, nil, ranges, nil, drawHolds(t)...))
		before := slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers)
		sizes := [2]naiveProvisioned{asKubernetes: asKubernetes.provisioned(&pod.Spec), asDocumented: asDocumented.provisioned(&pod.Spec)}
		for i, c := range slices.Concat(after.Spec.InitContainers, after.Spec.Containers) {
			for _, name := range sized {
				was, is := limitOf(&before[i].Resources, name), limitOf(&c.Resources, name)
				for _, r := range readings {
					provisioned := sizes[r].amount[name]
					could, can := provisioned, provisioned
					for _, limit := range []*big.Rat{was, most[name]} {
						if limit != nil {
							could = smaller(could, limit)
						}
					}
					if is != nil {
						can = smaller(can, is)
					}
					if can.Cmp(could) < 0 {
						t.Errorf("%s %s, reading %d: it could use %s and can use %s", c.Name, name, r, could, can)
					}
					if was == nil && is != nil && is.Cmp(provisioned) > 0 {
						t.Errorf("%s %s, reading %d: the new limit %s is above %s", c.Name, name, r, is, provisioned)
					}
				}
				if was == nil {
					continue
				}
				// A limit below the request of the same container is for the API server to refuse.
				want := smaller(was, larger(sizes[asKubernetes].amount[name], fraction(before[i].Resources.Requests[name])))
				if want.Sign() == 0 {
					want = was // overhead leaves nothing
				}
				if is == nil || is.Cmp(want) != 0 {
					t.Errorf("%s %s: the limit %s became %v, want %s", c.Name, name, was, is, want)
				}
			}
		}
	})
}

// P5: what is held is not raised, and gets no limit that is counted. Without a request there is
// none.
func TestLawHeldRequestsStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		holds := drawHolds(t)
		resources := rapid.SampledFrom([]policy.Resources{policy.ResourcesFit, policy.ResourcesGuaranteed, policy.ResourcesLimits}).Draw(t, "policy")
		minimum := drawQuantities(t, "minimum")
		after, _ := admitted(t, pod, NewTerms(resources, minimum, nil, nil, holds...))
		compare(pod, after, func(name corev1.ResourceName, c *corev1.Container, was, is stated) {
			for _, h := range holds {
				if !h.holds(name) {
					continue
				}
				if was.request != is.request {
					t.Errorf("%s %s: the request %d became %d", c.Name, name, was.request, is.request)
				}
				if was.limit == 0 && is.limit > 0 && (h.Limits || is.request == 0) || was.limit > 0 && is.limit > was.limit {
					t.Errorf("%s %s: the limit %d became %d beside %d", c.Name, name, was.limit, is.limit, is.request)
				}
			}
		})
	})
}

// The API server takes what it took: no request rises above a limit that is written, even one of
// zero.
func TestLawRequestsStayWithinLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		pod.Spec = *fargatetest.Defaulted(&pod.Spec)
		before := slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers)
		after, _ := admitted(t, pod, drawTerms(t))
		for i, c := range slices.Concat(after.Spec.InitContainers, after.Spec.Containers) {
			for _, name := range sized {
				if aboveLimit(&c.Resources, name) && !aboveLimit(&before[i].Resources, name) {
					t.Errorf("%s %s: %v became %v", c.Name, name, before[i].Resources, c.Resources)
				}
			}
		}
	})
}

// aboveLimit reports a request that the API server refuses for its limit.
func aboveLimit(r *corev1.ResourceRequirements, name corev1.ResourceName) bool {
	limit, ok := r.Limits[name]
	request := r.Requests[name]
	return ok && request.Cmp(limit) > 0
}

// A second admission changes nothing, and neither does one of the pod as the API server shows it,
// with the defaults that it sets.
func TestLawFitIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		terms := drawTerms(t)
		after, _ := admitted(t, pod, terms)
		// A list that the first call emptied is absent once it is decoded again.
		if again, _ := admitted(t, after, terms); !cmp.Equal(after, again, cmpopts.EquateEmpty()) {
			t.Errorf("a second admission changes\n%s", cmp.Diff(after, again))
		}
		shown := after.DeepCopy()
		shown.Spec = *fargatetest.Defaulted(&after.Spec)
		again, _ := admitted(t, shown, terms)
		checkSame(t, "as shown", shown, again)
	})
}

// The order of containers changes no size and no limit and, except for the odd unit, no request.
func TestLawFitIgnoresOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		pod.Spec.InitContainers = nil
		after, afterReversed := bothOrders(t, pod, fitTerms())
		for i := range after.Spec.Containers {
			a, b := &after.Spec.Containers[i], &afterReversed.Spec.Containers[i]
			for _, name := range sized {
				if Limit(&a.Resources, name) != Limit(&b.Resources, name) {
					t.Errorf("%s %s: in reverse order the limit is %d, want %d", a.Name, name, Limit(&b.Resources, name), Limit(&a.Resources, name))
				}
			}
		}
	})
}

// A pod with one container ends with requests equal to limits: all that Fargate provisions, or its
// own limit if that is lower.
func TestLawSingleContainerIsGuaranteed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		pod.Spec.InitContainers, pod.Spec.Containers = nil, pod.Spec.Containers[:min(1, len(pod.Spec.Containers))]
		if len(pod.Spec.Containers) == 0 {
			t.Skip("no container")
		}
		provisioned := asKubernetes.provisioned(&pod.Spec).amount
		after := fit(t, pod)
		r := after.Spec.Containers[0].Resources
		for _, name := range sized {
			want := provisioned[name]
			if want.Sign() == 0 {
				continue // overhead leaves nothing
			}
			if q := pod.Spec.Containers[0].Resources.Limits[name]; q.Sign() > 0 {
				want = smaller(want, fraction(fargatetest.Defaulted(&pod.Spec).Containers[0].Resources.Limits[name]))
			}
			if request, limit := statedOf(&r, name).request, statedOf(&r, name).limit; request != limit || new(big.Rat).SetFrac64(request, 1000).Cmp(want) != 0 {
				t.Errorf("%s: request %d, limit %d, want %s", name, request, limit, want)
			}
		}
	})
}
