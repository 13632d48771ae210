// Package keda has the fields of KEDA's ScaledObjects that decisions use.
package keda

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	// Group is the API group.
	Group = "keda.sh"
	// Version is the API version.
	Version = "v1alpha1"
	// Kind is the kind.
	Kind = "ScaledObject"
	// Resource is the resource.
	Resource = "scaledobjects"
	// CPU is the type of a trigger that reads the CPU that pods use.
	CPU = "cpu"
	// Memory is the type of a trigger that reads the memory that pods use.
	Memory = "memory"
	// Utilization is the metric type of a trigger whose value is a percentage of the requests.
	Utilization = "Utilization"
)

// ScaledObject scales a workload: KEDA makes a HorizontalPodAutoscaler of it.
type ScaledObject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              Spec `json:"spec"`
}

// Spec has the fields that decisions use.
type Spec struct {
	ScaleTargetRef Target    `json:"scaleTargetRef"`
	Triggers       []Trigger `json:"triggers,omitempty"`
	// MinReplicaCount is the least while a trigger is active, IdleReplicaCount the number while
	// none is.
	MinReplicaCount  *int32 `json:"minReplicaCount,omitempty"`
	IdleReplicaCount *int32 `json:"idleReplicaCount,omitempty"`
	MaxReplicaCount  *int32 `json:"maxReplicaCount,omitempty"`
}

// Replicas returns the least and the most replicas, with the defaults filled in.
func (s *Spec) Replicas() (least, most int32) {
	most = 100
	if s.MaxReplicaCount != nil {
		most = *s.MaxReplicaCount
	}
	for _, stated := range [...]*int32{s.MinReplicaCount, s.IdleReplicaCount} {
		if stated != nil {
			least = *stated
		}
	}
	return least, most
}

// Target names the workload.
type Target struct {
	// APIVersion and Kind are empty for a Deployment of apps/v1.
	APIVersion string `json:"apiVersion,omitempty"`
	Kind       string `json:"kind,omitempty"`
	Name       string `json:"name"`
}

// Workload returns the target, with the defaults filled in.
func (t Target) Workload() (apiVersion, kind, name string) {
	return cmp.Or(t.APIVersion, "apps/v1"), cmp.Or(t.Kind, "Deployment"), t.Name
}

// Trigger is one reason to scale.
type Trigger struct {
	Type       string   `json:"type"`
	MetricType string   `json:"metricType,omitempty"`
	Metadata   Metadata `json:"metadata"`
}

// Metadata has the fields of a trigger's settings that decisions use.
type Metadata struct {
	// Type is the older place of the metric type.
	Type string `json:"type,omitempty"`
}

// DeepCopyObject returns a deep copy.
func (s *ScaledObject) DeepCopyObject() runtime.Object {
	out := *s
	s.DeepCopyInto(&out.ObjectMeta)
	out.Spec.Triggers = slices.Clone(s.Spec.Triggers)
	return &out
}

// Utilization reports whether the object scales by a percentage of the requests for CPU, or memory.
func (s *ScaledObject) Utilization(resource string) bool {
	for _, t := range s.Spec.Triggers {
		if t.Type == resource && cmp.Or(t.MetricType, t.Metadata.Type) == Utilization {
			return true
		}
	}
	return false
}
