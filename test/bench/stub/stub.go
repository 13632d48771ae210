// Package stub serves the webhooks that ours is compared with: the cheapest that there can be, which
// answer without decoding, and the usual one on controller-runtime. They run in a process of their
// own, as ours does.
package stub

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/test/bench/bodies"
	"fargate-webhook/test/bench/handlers"
)

// Paths of the webhooks.
const (
	Noop     = "/noop"
	Validate = "/validate"
	Label    = "/label"
	Constant = "/constant"
	Usual    = "/usual"
	// EKS claims pods that have their label, as EKS's webhook does.
	EKS = "/eks"
	// Counts is the path at which the number of requests to each of them is read.
	Counts = "/counts"
)

// Input is what the webhooks answer with.
type Input struct {
	// Label and Constant are JSON Patches.
	Label, Constant json.RawMessage
	// Pod is a pod that has been changed as the usual webhook is to change pods.
	Pod *corev1.Pod
}

// Name is the argument by which a program runs [Main], and inputFile the file in its folder.
const (
	Name      = "stub"
	inputFile = "input.json"
)

// Write writes what Main reads into a folder.
func Write(folder string, input Input) error {
	content, err := json.Marshal(input)
	if err != nil {
		return err
	}
	return errors.Join(WriteCertificate(folder), os.WriteFile(filepath.Join(folder, inputFile), content, 0o600))
}

// Main serves the webhooks on an address, with what is in a folder, until it is killed.
func Main(ctx context.Context, address, folder string) error {
	content, err := os.ReadFile(filepath.Join(folder, inputFile))
	if err != nil {
		return err
	}
	var input Input
	if err := json.Unmarshal(content, &input); err != nil {
		return err
	}
	mux, err := mux(input)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	// HTTP/1.1 alone, as ours.
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute, TLSConfig: &tls.Config{NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}}
	return server.ServeTLS(listener, filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key"))
}

// mux counts and answers the requests.
func mux(input Input) (http.Handler, error) {
	usual, _, err := handlers.Usual(input.Pod)
	if err != nil {
		return nil, err
	}
	counted, all := map[string]*atomic.Int64{}, http.NewServeMux()
	for path, handler := range map[string]http.Handler{
		Noop: constant(nil), Validate: constant(nil), Label: constant(input.Label), Constant: constant(input.Constant), Usual: usual, EKS: claiming(),
	} {
		count := &atomic.Int64{}
		counted[path] = count
		all.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			count.Add(1)
			handler.ServeHTTP(w, r)
		})
	}
	all.HandleFunc(Counts, func(w http.ResponseWriter, _ *http.Request) {
		now := map[string]int64{}
		for path, count := range counted {
			now[path] = count.Load()
		}
		_ = json.NewEncoder(w).Encode(now)
	})
	return all, nil
}

// constant answers with the same patch whatever it is sent; nil for none.
func constant(patch []byte) http.Handler { return reading(answer(patch)) }

// answer returns a function that answers with a patch, nil for none. Of the review it reads the UID
// alone.
func answer(patch []byte) func(http.ResponseWriter, []byte) {
	before, after := []byte(`{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"allowed":true,"uid":"`), []byte(`"}}`)
	if patch != nil {
		after = fmt.Appendf(nil, `","patchType":"JSONPatch","patch":%q}}`, base64.StdEncoding.EncodeToString(patch))
	}
	start := []byte(`"uid":"`)
	return func(w http.ResponseWriter, body []byte) {
		_, rest, found := bytes.Cut(body, start)
		uid, _, ended := bytes.Cut(rest, []byte(`"`))
		if !found || !ended {
			http.Error(w, "not a review", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(bytes.Join([][]byte{before, uid, after}, nil))
	}
}

// claiming answers with EKS's patch where the pod has its label.
func claiming() http.Handler {
	label := fmt.Appendf(nil, "%q:%q", bodies.Label, bodies.Value)
	claim, leave := answer([]byte(bodies.Claim)), answer(nil)
	return reading(func(w http.ResponseWriter, body []byte) {
		if bytes.Contains(body, label) {
			claim(w, body)
			return
		}
		leave(w, body)
	})
}

// reading reads the body for an answer.
func reading(answer func(http.ResponseWriter, []byte)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer(w, body)
	})
}
