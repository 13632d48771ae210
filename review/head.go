package review

import (
	"encoding/json"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"
)

// deploymentType is that of Deployments, which stand for the ReplicaSets that they make.
var deploymentType = metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"}

// head is what is indexed of an object. The rest of it is decoded when it is judged.
type head struct {
	metav1.TypeMeta `json:",inline"`
	headMeta        `json:"metadata"`
	Spec            headSpec `json:"spec"`
}

type headMeta struct {
	Name      string            `json:"name"`
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
}

// headSpec is how a workload selects its pods, and which labels they have.
type headSpec struct {
	Selector    json.RawMessage `json:"selector"`
	Template    *headTemplate   `json:"template"`
	JobTemplate *struct {
		Spec struct {
			Template *headTemplate `json:"template"`
		} `json:"spec"`
	} `json:"jobTemplate"`
}

type headTemplate struct {
	Metadata struct {
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
}

// typed is the part of an object that every kind has.
type typed struct {
	metav1.TypeMeta `json:",inline"`
	headMeta        `json:"metadata"`
}

// headOf decodes what is indexed of an object. of is the type of an object that names none, as the
// items of a PodList.
func headOf(data []byte, of metav1.TypeMeta) (h head, err error) {
	if kjson.UnmarshalCaseSensitivePreserveInts(data, &h) != nil {
		// A custom resource may have fields of these names that are something else.
		var only typed
		if err := kjson.UnmarshalCaseSensitivePreserveInts(data, &only); err != nil {
			what := inWords(err)
			if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
				what = fmt.Errorf("%s: %w", wrong.Field, what)
			}
			return h, fmt.Errorf("not a Kubernetes object: %w", what)
		}
		h = head{TypeMeta: only.TypeMeta, headMeta: only.headMeta}
	}
	if h.Kind == "" && h.APIVersion == "" {
		h.TypeMeta = of
	}
	if h.Kind == "" || h.APIVersion == "" {
		return h, errors.New("not a Kubernetes object: it has no apiVersion or no kind")
	}
	return h, nil
}

// hasPods reports an object with a pod spec that decisions look up. Manifests may have tens of
// thousands of them, and decisions look up few.
func (h *head) hasPods() bool {
	switch h.Kind {
	case "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicationController", "Pod":
		return true
	}
	return false
}

// podLabels returns the labels of the pods of an object that has some.
func (h *head) podLabels() map[string]string {
	template := h.Spec.Template
	switch {
	case h.Kind == "Pod":
		return h.Labels
	case h.Spec.JobTemplate != nil:
		template = h.Spec.JobTemplate.Spec.Template
	}
	if template == nil {
		return nil
	}
	if h.TypeMeta != deploymentType {
		return template.Metadata.Labels
	}
	pods := metav1.ObjectMeta{Labels: template.Metadata.Labels}
	metav1.SetMetaDataLabel(&pods, appsv1.DefaultDeploymentUniqueLabelKey, hashOfDeployment)
	return pods.Labels
}

// selects returns the labels that the selector of a workload requires, which may be none. found is
// false for a workload without a selector.
func (h *head) selects() (labels map[string]string, found bool) {
	if h.Kind == "ReplicationController" {
		if json.Unmarshal(h.Spec.Selector, &labels) != nil || len(labels) == 0 {
			labels = h.podLabels()
		}
		return labels, len(labels) > 0
	}
	var selector *metav1.LabelSelector
	if json.Unmarshal(h.Spec.Selector, &selector) != nil || selector == nil {
		return nil, false
	}
	return selector.MatchLabels, true
}
