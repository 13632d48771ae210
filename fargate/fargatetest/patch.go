package fargatetest

import (
	"encoding/json"

	patches "github.com/evanphx/json-patch/v5"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/jsonpatch"
)

// PatchedJSON applies a patch to JSON as the API server does.
func PatchedJSON(t rapid.TB, raw []byte, patch jsonpatch.Patch) []byte {
	t.Helper()
	if len(patch) == 0 {
		return raw
	}
	operations := JSON(t, patch)
	decoded, err := patches.DecodePatch(operations)
	if err != nil {
		t.Fatalf("decode %s: %v", operations, err)
	}
	out, err := decoded.Apply(raw)
	if err != nil {
		t.Fatalf("apply %s: %v", operations, err)
	}
	return out
}

// Patched returns a pod with a patch applied.
func Patched(t rapid.TB, pod *corev1.Pod, patch jsonpatch.Patch) *corev1.Pod {
	t.Helper()
	var out corev1.Pod
	Decode(t, PatchedJSON(t, JSON(t, pod), patch), &out)
	return &out
}

// JSON encodes a value.
func JSON(t rapid.TB, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Decode decodes JSON into out.
func Decode(t rapid.TB, data []byte, out any) {
	t.Helper()
	if err := json.Unmarshal(data, out); err != nil {
		t.Fatalf("decode %s: %v", data, err)
	}
}

// WithUnknownFields returns a pod as generic JSON, with fields in the pod, its spec and its
// containers that no API server has yet.
func WithUnknownFields(t rapid.TB, pod *corev1.Pod) map[string]any {
	t.Helper()
	var raw map[string]any
	Decode(t, JSON(t, pod), &raw)
	raw["unknown"] = true
	if spec, ok := raw["spec"].(map[string]any); ok {
		spec["unknown"] = []any{"a", map[string]any{"b": nil}}
	}
	for _, list := range [2]string{"initContainers", "containers"} {
		for _, c := range Containers(raw, list) {
			c["unknown"] = "of a container"
		}
	}
	return raw
}

// Containers returns the containers in a list of a pod as generic JSON.
func Containers(pod map[string]any, list string) []map[string]any {
	spec, _ := pod["spec"].(map[string]any)
	items, _ := spec[list].([]any)
	containers := make([]map[string]any, 0, len(items))
	for _, item := range items {
		if c, ok := item.(map[string]any); ok {
			containers = append(containers, c)
		}
	}
	return containers
}
