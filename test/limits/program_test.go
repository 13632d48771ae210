//go:build linux

package limits

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
	"fargate-webhook/test/cluster/process"
)

// memoryLimit is what the program is given: as deploy/manifests, which leave room below the limit
// of 256 MiB.
const memoryLimit = "224MiB"

// profilesFile has a namespace whose pods all run on Fargate, and one whose pods need labels: those
// that lack them are judged as they are and as they would be on Fargate.
const profilesFile = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: test}
fargateProfiles:
- name: apps
  selectors:
  - {namespace: apps}
- name: labelled
  selectors:
  - {namespace: labelled, labels: {run: "*-fargate-*"}}
  - {namespace: labelled, labels: {"run-*-*": "*-fargate"}}
  - {namespace: labelled, labels: {"*run*0*": "*-fargate-*", run: on-fargate}}
  - {namespace: l*d, labels: {run: on-fargate}}
`

// built returns the program. It is built without the race detector, which takes several times the
// memory.
func built(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fargate-webhook")
	if err := install.Build(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	return path
}

// program is the running program.
type program struct {
	*process.Process
	address, metrics, probes string
	log, auditLog            string
}

// start runs the program with an empty cluster, in which it never registers itself.
func start(t *testing.T, path string) *program {
	t.Helper()
	return startIn(t, path, "")
}

// startIn runs it in a cgroup, which it then takes its limit from. Without one GOMEMLIMIT has it.
func startIn(t *testing.T, path, group string) *program {
	t.Helper()
	env := append(os.Environ(), "GOMAXPROCS=2")
	if group == "" {
		return startBy(t, nil, append(env, "GOMEMLIMIT="+memoryLimit), path)
	}
	// The shell enters the group and becomes the program: all its memory counts.
	return startBy(t, []string{"/bin/sh", "-c", `echo $$ > "$0/cgroup.procs" && exec "$@"`, group}, env, path)
}

// startBy runs it by another command, if there is one, with more flags.
func startBy(t *testing.T, by, env []string, path string, flags ...string) *program {
	t.Helper()
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	kubeconfig := writeKubeconfig(t, filepath.Join(folder, "kubeconfig"), emptyAPIServer(t))
	profiles := write("profiles.yaml", profilesFile)
	p := &program{log: filepath.Join(folder, "log"), auditLog: filepath.Join(folder, "audit")}
	var addresses [3]string
	for i := range addresses {
		port, err := cluster.FreePort(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		addresses[i] = net.JoinHostPort(cluster.Loopback, strconv.Itoa(port))
	}
	p.address, p.metrics, p.probes = addresses[0], addresses[1], addresses[2]
	_, port, _ := net.SplitHostPort(p.address) // it was joined above
	var err error
	command := append(slices.Clone(by), path,
		"serve", "--kubeconfig="+kubeconfig, "--profiles="+profiles, "--state-dir="+filepath.Join(folder, "state"), "--webhook-url=https://"+p.address,
		"--bind-address="+cluster.Loopback, "--port="+port, "--metrics-bind-address="+p.metrics, "--health-probe-bind-address="+p.probes,
		"--static-registration", "--leader-elect=false", "--shutdown-delay=0s", "--audit-log-path="+p.auditLog,
	)
	command = append(command, flags...)
	p.Process, err = process.Start(process.Command{Path: command[0], Log: p.log, Dir: folder, Env: env, Args: command[1:]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill() })
	client := newClient()
	defer client.CloseIdleConnections()
	err = cluster.Await(t.Context(), time.Minute, "the program answers", func(ctx context.Context) error {
		if err := p.Running(); err != nil {
			return cluster.Stop(err)
		}
		code, body, err := p.post(ctx, client, "/validate/pods", good())
		if err == nil && code != http.StatusOK {
			err = fmt.Errorf("status %d: %s", code, body)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// newClient returns a client that keeps connections, as the API server does.
func newClient() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		MaxIdleConnsPerHost: 25,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}, // certificates are tested elsewhere
	}}
}

// post sends a body and returns status and answer.
func (p *program) post(ctx context.Context, client *http.Client, path string, body []byte) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+p.address+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// good returns the review of a pod as users create them.
func good() []byte {
	return review("CREATE", "pods", "", "v1", "Pod", `{"metadata":{"generateName":"web-"},"spec":{"containers":[{"name":"web","image":"web","resources":{"requests":{"cpu":"100m","memory":"128Mi"}}}]}}`, "null")
}

// review returns a review of an object.
func review(operation, resource, group, version, kind, object, old string) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u1","kind":{"group":%q,"version":%q,"kind":%q},`+
		`"resource":{"group":%q,"version":%q,"resource":%q},"name":"web","namespace":"apps","operation":%q,"userInfo":{"username":"kim"},"object":%s,"oldObject":%s}}`,
		group, version, kind, group, version, resource, operation, object, old)
}

// figure returns what a method of the process measures.
func figure[T any](t *testing.T, measure func() (T, error)) T {
	t.Helper()
	value, err := measure()
	if err != nil {
		t.Fatal(err)
	}
	return value
}
