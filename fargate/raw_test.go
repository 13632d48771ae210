package fargate

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"
)

// rawWithUnknownFields is a pod as generic JSON, with fields that no API
// server has yet in the pod, its spec, its containers and their resources.
func rawWithUnknownFields(t *rapid.T, pod *corev1.Pod) map[string]any {
	raw := decodedPod(t, mustMarshal(t, pod))
	raw["novelty"] = true
	if spec, ok := raw["spec"].(map[string]any); ok {
		spec["novelty"] = []any{"a", map[string]any{"b": nil}}
	}
	for _, key := range [2]string{"initContainers", "containers"} {
		for _, c := range containersOf(raw, key) {
			c["novelty"] = "of a container"
		}
	}
	return raw
}

// containersOf are the containers of a list of a raw pod.
func containersOf(pod map[string]any, key string) []map[string]any {
	spec, _ := pod["spec"].(map[string]any)
	list, _ := spec[key].([]any)
	containers := make([]map[string]any, 0, len(list))
	for _, c := range list {
		if c, ok := c.(map[string]any); ok {
			containers = append(containers, c)
		}
	}
	return containers
}

func decodedPod(t *rapid.T, data []byte) map[string]any {
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func mustMarshal(t *rapid.T, value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
