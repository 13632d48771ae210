package shipped

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
)

// Every row is recognized by name and by each label, on the DaemonSet and on its pods.
func TestEveryRowIsRecognized(t *testing.T) {
	seen := map[string]bool{}
	for i := range table {
		a := &table[i]
		if a.chart == "" || a.source == "" {
			t.Errorf("row %d, %q, must have a chart and a source", i, a.chart)
		}
		markers := map[string][]string{versionedKey: {a.chart + "-1.2.3", a.chart + "-v0.1"}}
		for _, key := range chartKeys {
			markers[key] = []string{a.chart}
		}
		for _, key := range nameKeys {
			markers[key] = append([]string{a.chart}, a.names...)
		}
		for _, name := range append([]string{a.chart}, a.names...) {
			if seen[name] {
				t.Errorf("%q is in two rows", name)
			}
			seen[name] = true
			set := &appsv1.DaemonSet{}
			set.Name = name
			check(t, set, a.chart, "its name")
		}
		for key, values := range markers {
			for _, value := range values {
				labels := map[string]string{"other": "x", key: value}
				own, ofPods := &appsv1.DaemonSet{}, &appsv1.DaemonSet{}
				own.Labels, ofPods.Spec.Template.Labels = labels, labels
				check(t, own, a.chart, "its label "+key+": "+value)
				check(t, ofPods, a.chart, "its label "+key+": "+value)
			}
		}
	}
}

func check(t *testing.T, set *appsv1.DaemonSet, chart, by string) {
	t.Helper()
	if got, ok := Recognize(set); !ok || got.Chart != chart || got.By != by {
		t.Errorf("%s, labels %v: got %v %+v, want %s by %s", set.Name, set.Labels, ok, got, chart, by)
	}
}

// Names that only look alike, and charts of others, are not AWS's.
func TestOthersAreNotRecognized(t *testing.T) {
	for _, labels := range []map[string]string{
		{"app.kubernetes.io/name": "fluent-bit", "helm.sh/chart": "fluent-bit-0.47.9"},
		{"app.kubernetes.io/name": "dcgm-exporter", "app": "dcgm-exporter"},
		{"app.kubernetes.io/name": "node-exporter", "app.kubernetes.io/part-of": "kube-prometheus"},
		{"helm.sh/chart": "kube-proxy-exporter-1.0.0"},
		{"helm.sh/chart": "aws-for-fluent-bit-"}, {"helm.sh/chart": "aws-for-fluent-bit"}, {"helm.sh/chart": "aws-for-fluent-bit-v"},
		{"k8s-app": "aws-node-2"}, {"k8s-app": ""}, {"other": "aws-node"}, nil,
	} {
		set := &appsv1.DaemonSet{}
		set.Name, set.Labels, set.Spec.Template.Labels = "agent", labels, labels
		if got, ok := Recognize(set); ok {
			t.Errorf("%v is taken for %+v", labels, got)
		}
	}
}
