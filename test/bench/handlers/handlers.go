package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	jsonpatch "github.com/evanphx/json-patch/v5"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/test/bench/bodies"
	"fargate-webhook/test/bench/results"
)

// Measure compares the contenders for each size, mutating and validating.
func Measure(ctx context.Context, turns int, lasting time.Duration) ([]results.Handler, error) {
	ours, err := Ours(ctx)
	if err != nil {
		return nil, err
	}
	var all []results.Handler
	for _, size := range bodies.Sizes() {
		changed, err := Changed(ours[MutatePath], size)
		if err != nil {
			return nil, err
		}
		mutate, validate, err := Usual(changed)
		if err != nil {
			return nil, err
		}
		second, err := size.Validate(ours[MutatePath], MutatePath)
		if err != nil {
			return nil, err
		}
		for _, call := range []struct {
			name, path string
			body       []byte
			want       string
		}{
			{results.Mutate, MutatePath, size.Mutate(), `"patch":`},
			{results.Validate, ValidatePath, second, `"allowed":true`},
		} {
			took, err := compare([]contender{
				{results.Ours, asks(ours[call.path], call.path, call.body, call.want)},
				{results.Usual, asks(mutate, call.path, call.body, call.want)},
				{results.Allowing, asks(validate, call.path, call.body, `"allowed":true`)},
				{results.FloorTwice, decodes(decodeV2, call.body)},
				{results.Floor, decodes(decodeOnePass, call.body)},
				{results.FloorV1, decodes(decodeV1, call.body)},
			}, turns, lasting)
			if err != nil {
				return nil, fmt.Errorf("%s of %s: %w", call.name, size.Name, err)
			}
			all = append(all, results.Handler{
				Call: call.name, Size: size.Name, Bytes: len(call.body),
				Ours: cost(took[0]), Usual: cost(took[1]), Allowing: cost(took[2]), FloorTwice: cost(took[3]), Floor: cost(took[4]), FloorV1: cost(took[5]),
			})
		}
	}
	return all, nil
}

func cost(m measured) results.Cost {
	return results.Cost{Nanoseconds: m.cpu.Nanoseconds(), Bytes: int64(m.bytes), Allocations: int64(m.mallocs + 0.5)}
}

// Changed returns the pod of a size as a handler has changed it.
func Changed(handler http.Handler, size bodies.Size) (*corev1.Pod, error) {
	patch, err := bodies.Patch(handler, MutatePath, size.Mutate())
	if err != nil {
		return nil, err
	}
	var review struct {
		Request struct{ Object json.RawMessage }
	}
	if err := json.Unmarshal(size.Mutate(), &review); err != nil {
		return nil, err
	}
	decoded, err := jsonpatch.DecodePatch(patch)
	if err != nil {
		return nil, err
	}
	object, err := decoded.Apply(review.Request.Object)
	if err != nil {
		return nil, err
	}
	pod := &corev1.Pod{}
	return pod, json.Unmarshal(object, pod)
}

// asks returns a function that sends a review to a handler. It does little more than the handler:
// the server that parses requests is not compared.
func asks(handler http.Handler, path string, body []byte, want string) func() error {
	template := httptest.NewRequest(http.MethodPost, path, http.NoBody) //nolint:noctx // nothing waits
	template.Header.Set("Content-Type", "application/json")
	template.ContentLength = int64(len(body))
	text, answer := []byte(want), &answer{header: http.Header{}}
	return func() error {
		request := *template
		request.Body = io.NopCloser(bytes.NewReader(body))
		answer.code = http.StatusOK
		answer.body.Reset()
		handler.ServeHTTP(answer, &request)
		if answer.code != http.StatusOK || !bytes.Contains(answer.body.Bytes(), text) {
			return errors.New("unexpected answer: " + answer.body.String())
		}
		return nil
	}
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(code int)        { a.code = code }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

func decodes(decode func([]byte) error, body []byte) func() error {
	return func() error { return decode(body) }
}
