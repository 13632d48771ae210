package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"fargate-webhook/fargate/cluster"
)

// manifests holds the pods of the examples, and the LimitRanges and ResourceQuotas by namespace. It
// is a cluster.Reader; the examples have no volumes, so admission looks up nothing else.
type manifests struct {
	pods   []*corev1.Pod
	ranges map[string][]*corev1.LimitRange
	quotas map[string][]*corev1.ResourceQuota
}

// List returns the LimitRanges or ResourceQuotas of a namespace, and nothing of other kinds.
func (m *manifests) List(kind *cluster.Kind, namespace string) ([]metav1.Object, error) {
	var list []metav1.Object
	switch kind {
	case cluster.LimitRanges:
		for _, object := range m.ranges[namespace] {
			list = append(list, object)
		}
	case cluster.ResourceQuotas:
		for _, object := range m.quotas[namespace] {
			list = append(list, object)
		}
	}
	return list, nil
}

// Get always returns a NotGivenError.
func (m *manifests) Get(kind *cluster.Kind, namespace, name string) (metav1.Object, error) {
	return nil, &cluster.NotGivenError{Kind: kind.Kind, Namespace: namespace, Name: name}
}

// readManifests reads the objects in files, in order.
func readManifests(paths ...string) (*manifests, error) {
	m := &manifests{ranges: map[string][]*corev1.LimitRange{}, quotas: map[string][]*corev1.ResourceQuota{}}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read examples: %w", err)
		}
		documents := utilyaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(data)))
		for buffer := make([]byte, len(data)+1); ; {
			n, err := documents.Read(buffer)
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				err = m.add(buffer[:n])
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	return m, nil
}

// add decodes a YAML document strictly. It returns an error for kinds other than Pod, LimitRange
// and ResourceQuota.
func (m *manifests) add(document []byte) error {
	var is metav1.TypeMeta
	if err := yaml.Unmarshal(document, &is); err != nil {
		return fmt.Errorf("read an object: %w", err)
	}
	var pod corev1.Pod
	var limitRange corev1.LimitRange
	var quota corev1.ResourceQuota
	var err error
	switch is.Kind {
	case "Pod":
		err = yaml.UnmarshalStrict(document, &pod)
		m.pods = append(m.pods, &pod)
	case "LimitRange":
		err = yaml.UnmarshalStrict(document, &limitRange)
		m.ranges[limitRange.Namespace] = append(m.ranges[limitRange.Namespace], &limitRange)
	case "ResourceQuota":
		err = yaml.UnmarshalStrict(document, &quota)
		m.quotas[quota.Namespace] = append(m.quotas[quota.Namespace], &quota)
	default:
		err = errors.New("kind must be Pod, LimitRange or ResourceQuota")
	}
	if err != nil {
		return fmt.Errorf("read kind %q: %w", is.Kind, err)
	}
	return nil
}
