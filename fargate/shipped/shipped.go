// Package shipped recognizes the DaemonSets that AWS ships for EKS, under whatever name and in
// whatever namespace they are installed.
package shipped

import (
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
)

// addon is a DaemonSet that AWS ships.
type addon struct {
	// chart is its Helm chart or add-on. It is a name of the DaemonSet too.
	chart string
	// names are those that its manifests give to the DaemonSet, or to its pods by a label.
	names []string
	// source is where it is published.
	source string
}

// Labels by which manifests say what an object is. Those of chartKeys name a chart: a DaemonSet
// called "fluent-bit" there comes from the chart of that name, which isn't AWS's.
var (
	chartKeys = [...]string{"app.kubernetes.io/name", "app.kubernetes.io/part-of"}
	nameKeys  = [...]string{"k8s-app", "app", "name"}
)

// versionedKey is the label that names a chart with its version: "aws-for-fluent-bit-0.1.35".
const versionedKey = "helm.sh/chart"

// Recognition says which DaemonSet of AWS it is.
type Recognition struct {
	// Chart is the chart or add-on.
	Chart string
	// By is the name or label by which it was recognized: `its label k8s-app: aws-node`.
	By string
}

// Recognize returns the chart or add-on of AWS that a DaemonSet belongs to. ok is false for any
// other. Whoever writes a DaemonSet may give it such a name or label.
func Recognize(set *appsv1.DaemonSet) (found Recognition, ok bool) {
	for i := range table {
		a := &table[i]
		if a.named(set.Name) {
			return a.by("its name"), true
		}
		for _, labels := range [...]map[string]string{set.Labels, set.Spec.Template.Labels} {
			if key := a.labelled(labels); key != "" {
				return a.by(fmt.Sprintf("its label %s: %s", key, labels[key])), true
			}
		}
	}
	return Recognition{}, false
}

func (a *addon) by(what string) Recognition {
	return Recognition{Chart: a.chart, By: what}
}

func (a *addon) named(name string) bool { return name == a.chart || slices.Contains(a.names, name) }

// labelled returns the key of a label that names the add-on, "" for none.
func (a *addon) labelled(labels map[string]string) string {
	for _, key := range chartKeys {
		if labels[key] == a.chart {
			return key
		}
	}
	if isVersionOf(a.chart, labels[versionedKey]) {
		return versionedKey
	}
	for _, key := range nameKeys {
		if a.named(labels[key]) {
			return key
		}
	}
	return ""
}

// isVersionOf reports a value of helm.sh/chart that is the chart with a version after it.
func isVersionOf(chart, value string) bool {
	version, ok := strings.CutPrefix(value, chart+"-")
	if !ok || version == "" {
		return false
	}
	version = strings.TrimPrefix(version, "v")
	return version != "" && version[0] >= '0' && version[0] <= '9'
}
