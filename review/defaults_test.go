package review

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"fargate-webhook/kinds"
)

// limitRange returns a LimitRange with limits in YAML, as the API server stores it.
func limitRange(t *testing.T, limits string) *corev1.LimitRange {
	t.Helper()
	limit := new(corev1.LimitRange)
	if err := yaml.UnmarshalStrict([]byte("limits: "+limits), &limit.Spec); err != nil {
		t.Fatal(err)
	}
	defaultLimitRange(limit)
	return limit
}

// The defaults of a LimitRange are those that the API server sets.
func TestDefaultLimitRange(t *testing.T) {
	for name, c := range map[string]struct{ given, want string }{
		"the largest is the default":  {"{type: Container, max: {cpu: 2}}", "{type: Container, max: {cpu: 2}, default: {cpu: 2}, defaultRequest: {cpu: 2}}"},
		"a default stays":             {"{type: Container, max: {cpu: 2}, default: {cpu: 1}}", "{type: Container, max: {cpu: 2}, default: {cpu: 1}, defaultRequest: {cpu: 1}}"},
		"a default request stays":     {"{type: Container, default: {cpu: 1}, defaultRequest: {cpu: 100m}}", "{type: Container, default: {cpu: 1}, defaultRequest: {cpu: 100m}}"},
		"the smallest comes last":     {"{type: Container, max: {cpu: 2}, min: {cpu: 1, memory: 1Gi}}", "{type: Container, max: {cpu: 2}, min: {cpu: 1, memory: 1Gi}, default: {cpu: 2}, defaultRequest: {cpu: 2, memory: 1Gi}}"},
		"a ratio gives no default":    {"{type: Container, maxLimitRequestRatio: {cpu: 2}}", "{type: Container, maxLimitRequestRatio: {cpu: 2}}"},
		"those for pods have no such": {"{type: Pod, max: {cpu: 2}, min: {cpu: 1}}", "{type: Pod, max: {cpu: 2}, min: {cpu: 1}}"},
	} {
		t.Run(name, func(t *testing.T) {
			var want corev1.LimitRangeItem
			if err := yaml.UnmarshalStrict([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, limitRange(t, "["+c.given+"]").Spec.Limits[0]); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A review sets the defaults that the API server sets before it calls a webhook.
func TestDefaulted(t *testing.T) {
	for name, c := range map[string]struct {
		limits     []string
		spec, want string
	}{
		"nothing to fill in": {nil, "{containers: [{name: a}]}", "{containers: [{name: a}]}"},
		"a limit is a request (F3.10)": {
			nil,
			"{containers: [{name: a, resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 100m}}}], initContainers: [{name: i, resources: {limits: {cpu: 2}}}]}",
			"{containers: [{name: a, resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 100m, memory: 1Gi}}}], initContainers: [{name: i, resources: {limits: {cpu: 2}, requests: {cpu: 2}}}]}",
		},
		"a LimitRange fills in what is missing": {
			[]string{"[{type: Container, default: {cpu: 1}, defaultRequest: {cpu: 200m, memory: 1Gi}}, {type: Pod, max: {cpu: 9}}]"},
			"{containers: [{name: a}, {name: b, resources: {requests: {cpu: 50m}}}], initContainers: [{name: i}]}",
			"{containers: [{name: a, resources: {limits: {cpu: 1}, requests: {cpu: 200m, memory: 1Gi}}}, {name: b, resources: {limits: {cpu: 1}, requests: {cpu: 50m, memory: 1Gi}}}]," +
				" initContainers: [{name: i, resources: {limits: {cpu: 1}, requests: {cpu: 200m, memory: 1Gi}}}]}",
		},
		"a limit is a request before the LimitRange has one": {
			[]string{"[{type: Container, defaultRequest: {cpu: 200m}}]"},
			"{containers: [{name: a, resources: {limits: {cpu: 1}}}]}",
			"{containers: [{name: a, resources: {limits: {cpu: 1}, requests: {cpu: 1}}}]}",
		},
		"a default limit is no request": {
			[]string{"[{type: Container, default: {cpu: 1}, defaultRequest: {cpu: 200m}}]"},
			"{containers: [{name: a}]}",
			"{containers: [{name: a, resources: {limits: {cpu: 1}, requests: {cpu: 200m}}}]}",
		},
		"the last item of the first LimitRange": {
			[]string{"[{type: Container, defaultRequest: {cpu: 1}}, {type: Container, defaultRequest: {cpu: 2}}]", "[{type: Container, defaultRequest: {cpu: 3, memory: 3Gi}}]"},
			"{containers: [{name: a}]}",
			"{containers: [{name: a, resources: {requests: {cpu: 2, memory: 3Gi}}}]}",
		},
		"ports of the node (S35)": {
			nil,
			"{hostNetwork: true, containers: [{name: a, ports: [{containerPort: 80}, {containerPort: 81, hostPort: 8081}]}], initContainers: [{name: i, ports: [{containerPort: 82}]}]}",
			"{hostNetwork: true, containers: [{name: a, ports: [{containerPort: 80, hostPort: 80}, {containerPort: 81, hostPort: 8081}]}], initContainers: [{name: i, ports: [{containerPort: 82, hostPort: 82}]}]}",
		},
		"ports of the pod": {nil, "{containers: [{name: a, ports: [{containerPort: 80}]}]}", "{containers: [{name: a, ports: [{containerPort: 80}]}]}"},
	} {
		t.Run(name, func(t *testing.T) {
			var limits []*corev1.LimitRange
			for _, text := range c.limits {
				limits = append(limits, limitRange(t, text))
			}
			want := podOf(t, "Pod", c.want)
			for _, kind := range []string{"Pod", "StatefulSet"} {
				object := podOf(t, kind, c.spec)
				before := object.DeepCopyObject()
				got := defaulted(object, limits)
				if diff := cmp.Diff(kinds.PodSpec(want), kinds.PodSpec(got)); diff != "" {
					t.Errorf("%s: -want +got:\n%s", kind, diff)
				}
				if diff := cmp.Diff(before, object); diff != "" {
					t.Errorf("%s: the object itself was changed:\n%s", kind, diff)
				}
			}
		})
	}
}

// podOf returns a Pod or a StatefulSet with a pod spec.
func podOf(t *testing.T, kind, spec string) runtime.Object {
	t.Helper()
	text := "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: " + spec + "}"
	if kind != "Pod" {
		text = "{apiVersion: apps/v1, kind: " + kind + ", metadata: {name: a}, spec: {template: {spec: " + spec + "}}}"
	}
	s, problems := streamOf(t, text)
	if len(problems) > 0 || len(s.manifests) != 1 {
		t.Fatal(problems)
	}
	data, err := s.get(s.manifests[0].json)
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.object(&s.manifests[0], data)
	if err != nil {
		t.Fatal(err)
	}
	return o.judged
}
