package bodies

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"
	admissionv1 "k8s.io/api/admission/v1"
)

// Namespace is that of the pods.
const Namespace = "apps"

// Label and Value are the label that the profile of the pods selects, which they lack.
const (
	Label = "run"
	Value = "on-fargate"
)

// Profiles returns the file of the profiles that decide about the pods of a namespace: one that selects
// them with a label, which they lack.
func Profiles(namespace string) string {
	return `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: bench}
fargateProfiles:
- name: apps
  selectors:
  - {namespace: ` + namespace + `, labels: {` + Label + `: ` + Value + `}}
`
}

//go:embed testdata
var recorded embed.FS

// Mutate returns the review of the creation of the pod that the mutating webhook gets.
func (s Size) Mutate() []byte {
	body, err := recorded.ReadFile(s.file())
	if err != nil {
		panic(err) // a test reads all of them
	}
	return body
}

func (s Size) file() string { return "testdata/" + strings.ReplaceAll(s.Name, " ", "") + ".json" }

// ClaimLabel is the label by which EKS claims a pod.
const ClaimLabel = "eks.amazonaws.com/fargate-profile"

// Claim is the patch by which EKS's webhook claims a pod (F2.5), after ours.
const Claim = `[{"op":"add","path":"/metadata/labels/eks.amazonaws.com~1fargate-profile","value":"apps"},` +
	`{"op":"add","path":"/spec/priorityClassName","value":"system-node-critical"},{"op":"add","path":"/spec/priority","value":2000001000},` +
	`{"op":"add","path":"/spec/schedulerName","value":"fargate-scheduler"}]`

// Validate returns the review that the validating webhook gets: after the mutating webhook at path
// of handler has changed the pod, and EKS's too.
func (s Size) Validate(handler http.Handler, path string) ([]byte, error) {
	patch, err := Patch(handler, path, s.Mutate())
	if err != nil {
		return nil, err
	}
	var review map[string]any
	if err := json.Unmarshal(s.Mutate(), &review); err != nil {
		return nil, err
	}
	request, _ := review["request"].(map[string]any)
	object, err := json.Marshal(request["object"])
	if err != nil {
		return nil, err
	}
	for _, text := range [][]byte{patch, []byte(Claim)} {
		decoded, err := jsonpatch.DecodePatch(text)
		if err != nil {
			return nil, err
		}
		if object, err = decoded.Apply(object); err != nil {
			return nil, fmt.Errorf("apply %s: %w", text, err)
		}
	}
	request["object"] = json.RawMessage(object)
	return json.Marshal(review)
}

// Patch returns the patch that a handler answers a review with.
func Patch(handler http.Handler, path string, body []byte) ([]byte, error) {
	answer, err := Ask(handler, path, body)
	if err != nil {
		return nil, err
	}
	var review admissionv1.AdmissionReview
	if err := json.Unmarshal(answer, &review); err != nil {
		return nil, err
	}
	if review.Response == nil || !review.Response.Allowed || len(review.Response.Patch) == 0 {
		return nil, fmt.Errorf("no patch in the answer %s", answer)
	}
	return review.Response.Patch, nil
}

// Ask returns what a handler answers a review with.
func Ask(handler http.Handler, path string, body []byte) ([]byte, error) {
	request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(body))) //nolint:noctx // nothing waits
	request.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		return nil, fmt.Errorf("status %d: %s", answer.Code, answer.Body)
	}
	return slices.Clone(answer.Body.Bytes()), nil
}
