package sizing

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
)

// A pod that the API server's LimitRanger accepts is accepted after admission too, and what
// admission adds to others stays within what a LimitRange allows a container.
func TestLawLimitRangerAcceptsWhatItAccepted(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		spec := fargatetest.PodSpecs(1, 3).Draw(t, "spec")
		spec.InitContainers = spec.InitContainers[:min(1, len(spec.InitContainers))]
		limitRange := drawLimitRange(t)
		if rapid.Bool().Draw(t, "pod only") {
			limitRange.Spec.Limits = limitRange.Spec.Limits[1:]
		}
		if _, ok := For(Requested(spec)); !ok {
			t.Skip("no size holds it")
		}
		pod := &corev1.Pod{Spec: *fargatetest.Defaulted(spec)}
		after, _ := admitted(t, pod, NewTerms("Fit", nil, []*corev1.LimitRange{limitRange}, nil))
		after.Spec = *fargatetest.Defaulted(&after.Spec)
		if naiveLimitRanger(limitRange, &pod.Spec) == nil {
			accepted++
			if err := naiveLimitRanger(limitRange, &after.Spec); err != nil {
				t.Errorf("the LimitRanger refuses it after admission: %v", err)
			}
		}
		before := slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers)
		for i, c := range slices.Concat(after.Spec.InitContainers, after.Spec.Containers) {
			for _, item := range limitRange.Spec.Limits {
				for name, limit := range c.Resources.Limits {
					was := before[i].Resources
					if q := was.Limits[name]; item.Type != corev1.LimitTypeContainer || q.Sign() > 0 || limit.Sign() == 0 {
						continue
					}
					only := item
					only.Max, only.MaxLimitRequestRatio = onlyNamed(item.Max, name), onlyNamed(item.MaxLimitRequestRatio, name)
					if request, most := was.Requests[name], only.Max[name]; len(only.Max) > 0 && request.Cmp(most) > 0 {
						continue // nothing may help it
					}
					if err := constrain(&only, c.Resources.Requests, c.Resources.Limits); err != nil {
						t.Errorf("%s: %v", c.Name, err)
					}
				}
			}
		}
	})
	if accepted == 0 {
		t.Error("the LimitRanger accepted none")
	}
}

func onlyNamed(list corev1.ResourceList, name corev1.ResourceName) corev1.ResourceList {
	if q, ok := list[name]; ok {
		return corev1.ResourceList{name: q}
	}
	return nil
}

// naiveLimitRanger checks a pod as the API server's admission plugin LimitRanger does, in its
// arithmetic (plugin/pkg/admission/limitranger).
func naiveLimitRanger(r *corev1.LimitRange, spec *corev1.PodSpec) error {
	var errs []error
	for i := range r.Spec.Limits {
		item := &r.Spec.Limits[i]
		if item.Type == corev1.LimitTypeContainer {
			for _, c := range slices.Concat(spec.Containers, spec.InitContainers) {
				errs = append(errs, constrain(item, c.Resources.Requests, c.Resources.Limits))
			}
			continue
		}
		requests := podSum(spec, func(r *corev1.ResourceRequirements) corev1.ResourceList { return r.Requests })
		limits := podSum(spec, func(r *corev1.ResourceRequirements) corev1.ResourceList { return r.Limits })
		errs = append(errs, constrain(item, requests, limits))
	}
	return errors.Join(errs...)
}

// podSum sums up what is there: containers and sidecars, or an init container with the sidecars
// before it.
func podSum(spec *corev1.PodSpec, of func(*corev1.ResourceRequirements) corev1.ResourceList) corev1.ResourceList {
	out, sidecars, most := corev1.ResourceList{}, corev1.ResourceList{}, corev1.ResourceList{}
	add := func(to, list corev1.ResourceList) {
		for name, q := range list {
			sum := to[name].DeepCopy()
			sum.Add(q)
			to[name] = sum
		}
	}
	raise := func(to, list corev1.ResourceList) {
		for name, q := range list {
			if there, ok := to[name]; !ok || q.Cmp(there) > 0 {
				to[name] = q.DeepCopy()
			}
		}
	}
	for i := range spec.Containers {
		add(out, of(&spec.Containers[i].Resources))
	}
	for i := range spec.InitContainers {
		c := &spec.InitContainers[i]
		use := corev1.ResourceList{}
		if IsSidecar(c) {
			add(out, of(&c.Resources))
			add(sidecars, of(&c.Resources))
		} else {
			add(use, of(&c.Resources))
		}
		add(use, sidecars)
		raise(most, use)
	}
	raise(out, most)
	return out
}

// constrain checks sums or a container against the maxima and ratios of an item.
func constrain(item *corev1.LimitRangeItem, requests, limits corev1.ResourceList) error {
	for name, enforced := range item.Max {
		limit, ok := limits[name]
		request, requested := requests[name]
		r, l, most := comparable3(request, limit, enforced)
		switch {
		case !ok:
			return fmt.Errorf("maximum %s per %s: no limit", name, item.Type)
		case l > most || requested && r > most:
			return fmt.Errorf("maximum %s per %s is %s, but limit is %s and request is %s", name, item.Type, &enforced, &limit, &request)
		}
	}
	for name, enforced := range item.MaxLimitRequestRatio {
		r, l, _ := comparable3(requests[name], limits[name], enforced)
		if r == 0 || l == 0 {
			return fmt.Errorf("ratio of %s per %s: no request or limit", name, item.Type)
		}
		observed, most := float64(l)/float64(r), float64(enforced.Value())
		if enforced.Value() <= resource.MaxMilliValue {
			observed, most = observed*1000, float64(enforced.MilliValue())
		}
		if observed > most {
			return fmt.Errorf("ratio of %s per %s is %v, and may be %v", name, item.Type, observed, most)
		}
	}
	return nil
}

// comparable3 returns quantities in thousandths, if all of them fit.
func comparable3(request, limit, enforced resource.Quantity) (r, l, e int64) {
	if request.Value() <= resource.MaxMilliValue && limit.Value() <= resource.MaxMilliValue && enforced.Value() <= resource.MaxMilliValue {
		return request.MilliValue(), limit.MilliValue(), enforced.MilliValue()
	}
	return request.Value(), limit.Value(), enforced.Value()
}
