package scan_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/kinds"
)

// corpus is a folder beside the repository with manifests of public projects.
const corpus = "../../../shared/corpus"

// No object of the corpus is refused, as it stands in its manifest and as an update of itself.
func TestCorpusPasses(t *testing.T) {
	passed, most := 0, 0
	ofCorpus(t, func(path string, k *kinds.Kind, object json.RawMessage) {
		s, _ := shape(k)
		body := []byte(`{"request":{"object":` + string(object) + `,"oldObject":` + string(object) + `}}`)
		memory, err := s.Body(body)
		if err != nil {
			t.Errorf("%s: %s: %v", path, k.Kind, err)
		}
		passed++
		most = max(most, memory)
	})
	if passed < 1000 {
		t.Errorf("only %d objects were scanned", passed)
	}
	t.Logf("%d objects passed; the largest takes %d bytes, twice", passed, most)
}

// ofCorpus visits the objects of the corpus that are judged. It skips the test where the corpus isn't
// there.
func ofCorpus(t *testing.T, visit func(path string, k *kinds.Kind, object json.RawMessage)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpus, "*", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the corpus of real manifests is not beside the repository")
	}
	for _, path := range files {
		for _, object := range objectsOf(t, path) {
			var of metav1.TypeMeta
			if json.Unmarshal(object, &of) != nil {
				continue // the file is a template
			}
			if k := kinds.Find(of.APIVersion, of.Kind); k != nil {
				visit(path, k, object)
			}
		}
	}
}

// objectsOf returns the objects of a manifest as JSON.
func objectsOf(t *testing.T, path string) []json.RawMessage {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it is only read
	var objects []json.RawMessage
	decoder := yaml.NewYAMLOrJSONDecoder(file, 4096)
	for {
		var object json.RawMessage
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			return objects // what kubectl refuses too; TestCorpus of review lists these
		}
		objects = append(objects, object)
	}
}

// No pod that is generated is refused, nor the largest one that somebody might run.
func TestLawGeneratedPodsPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := fargatetest.Defaulted(fargatetest.PodSpecs(1, 50).Draw(t, "spec"))
		pods, _ := shape(kinds.Pods)
		if _, err := pods.Body([]byte(wrapped(string(fargatetest.JSON(t, &corev1.Pod{Spec: *spec}))))); err != nil {
			t.Fatal(err)
		}
	})
}

// A pod of 500 containers with 50 variables each, as the API server sends it, passes with its
// managedFields and a long annotation, also as an update.
func TestLargePodPasses(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name: "large", Annotations: map[string]string{"kubectl.kubernetes.io/last-applied-configuration": string(make([]byte, 200<<10))},
		ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl", FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:containers":{}}}`)}},
	}}
	for range 500 {
		c := fargatetest.Container("web", "100m", "1", "1Gi", "2Gi")
		c.Image, c.TerminationMessagePath, c.TerminationMessagePolicy, c.ImagePullPolicy = "registry.example/web:1", "/dev/termination-log", "File", "Always"
		for range 50 {
			c.Env = append(c.Env, corev1.EnvVar{Name: "SOME_VARIABLE", Value: "some value of it"})
		}
		pod.Spec.Containers = append(pod.Spec.Containers, c)
	}
	object, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	pods, _ := shape(kinds.Pods)
	memory, err := pods.Body([]byte(`{"request":{"object":` + string(object) + `,"oldObject":` + string(object) + `}}`))
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d bytes of JSON, twice, take %d bytes", len(object), memory)
}
