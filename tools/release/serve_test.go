//go:build linux

package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serve starts the webhook in the root folder of a container without an API server, waits until it
// is alive and answers by TLS, and checks that it stops at a signal. That it gets ready is
// tested on a real API server, in test/e2e.
func serve(t *testing.T, folder string) {
	t.Helper()
	const kubeconfig = `{"apiVersion": "v1", "kind": "Config", "current-context": "x",
		"clusters": [{"name": "x", "cluster": {"server": "https://127.0.0.1:1"}}], "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}]}`
	state := filepath.Join(folder, "state")
	err := errors.Join(
		os.WriteFile(filepath.Join(folder, "kubeconfig"), []byte(kubeconfig), 0o644),
		os.Mkdir(state, 0o700),
		os.Chown(state, imageUser, imageUser),
	)
	if err != nil {
		t.Fatal(err)
	}
	webhook, probes := freePort(t), freePort(t)
	cmd := inside(t, folder, "serve", "--profiles=/examples/cluster-config.yaml", "--kubeconfig=/kubeconfig", "--state-dir=/state",
		"--webhook-url=https://"+webhook, "--bind-address=127.0.0.1", "--port="+portOf(webhook),
		"--health-probe-bind-address="+probes, "--metrics-bind-address=0", "--shutdown-delay=0s")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	served := await(func() error { return alive(webhook, probes) })
	stopped := errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait())
	if served != nil || stopped != nil {
		t.Errorf("serving: %v; stopping: %v; log:\n%s", served, stopped, log.String())
	}
	if !strings.Contains(log.String(), `"version":"fargate-webhook `+testVersion+` `+testRevision) {
		t.Errorf("the log has no version:\n%s", log.String())
	}
}

// alive returns an error unless /healthz says that the webhook is alive, and it answers by TLS.
func alive(webhook, probes string) error {
	response, err := http.Get("http://" + probes + "/healthz")
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // only its status matters
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("/healthz: %s", response.Status)
	}
	connection, err := tls.Dial("tcp", webhook, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return err
	}
	return connection.Close()
}

// await tries for half a minute.
func await(try func() error) error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := try()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// freePort returns an address that nothing listens on.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // it only found the port
	return listener.Addr().String()
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}
