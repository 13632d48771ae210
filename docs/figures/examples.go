package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	jsonpatch "github.com/evanphx/json-patch/v5"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/cluster"
	ourpatch "fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
	policyfile "fargate-webhook/policy/file"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
)

// example is a pod before and after admission, with its Fargate size and usage.
type example struct {
	title         string
	before, after *corev1.Pod
	size          sizing.Size
	usage         sizing.Usage
}

// readExamples reads the examples in a directory and runs admission on them.
func readExamples(ctx context.Context, folder string) ([]example, error) {
	list, err := file.New(filepath.Join(folder, "profiles.yaml")).List(ctx)
	if err != nil {
		return nil, err
	}
	settings, err := policyfile.Load(filepath.Join(folder, "policy.yaml"), fargate.Vocabulary())
	if err != nil {
		return nil, err
	}
	m, err := readManifests(filepath.Join(folder, "pods.yaml"), filepath.Join(folder, "constrained.yaml"))
	if err != nil {
		return nil, err
	}
	examples := make([]example, 0, len(m.pods))
	for _, pod := range m.pods {
		e, err := judged(pod, m, profiles.NewIndex(list), &settings)
		if err != nil {
			return nil, fmt.Errorf("example %q: %w", pod.Name, err)
		}
		examples = append(examples, e)
	}
	return examples, nil
}

// judged runs admission on a pod. It returns an error if the pod gets no Fargate size.
func judged(pod *corev1.Pod, reader cluster.Reader, index *profiles.Index, p *policy.Policy) (example, error) {
	request := fargate.Request{Operation: fargate.OperationCreate, Namespace: pod.Namespace, Cluster: reader}
	d := fargate.Decide(pod, request, index, p)
	if d.Size == nil {
		return example{}, fmt.Errorf("no Fargate size: %s", d.Placement.Reason)
	}
	after, err := patched(pod, d.Patch)
	if err != nil {
		return example{}, err
	}
	return example{title: pod.Annotations["title"], before: pod, after: after, size: *d.Size, usage: *d.Usage}, nil
}

// patched returns a copy of the pod with the JSON patch applied, as the API server does.
func patched(pod *corev1.Pod, patch ourpatch.Patch) (*corev1.Pod, error) {
	if len(patch) == 0 {
		return pod, nil
	}
	operations, err := json.Marshal(patch)
	if err != nil {
		return nil, fmt.Errorf("encode the patch: %w", err)
	}
	raw, err := json.Marshal(pod)
	if err != nil {
		return nil, fmt.Errorf("encode the pod: %w", err)
	}
	decoded, err := jsonpatch.DecodePatch(operations)
	if err != nil {
		return nil, fmt.Errorf("read the patch: %w", err)
	}
	if raw, err = decoded.Apply(raw); err != nil {
		return nil, fmt.Errorf("apply the patch: %w", err)
	}
	var after corev1.Pod
	if err := json.Unmarshal(raw, &after); err != nil {
		return nil, fmt.Errorf("read the patched pod: %w", err)
	}
	return &after, nil
}
