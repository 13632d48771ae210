package e2e

import (
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/process"
)

const vpaModule = "k8s.io/autoscaler/vertical-pod-autoscaler"

// runVPA runs the real admission controller of the Vertical Pod Autoscaler, for namespaces with the
// label vpa: "true". It would register itself for all namespaces. The name and the order are those
// that it registers itself by.
func runVPA(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	root, err := cluster.Root()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(root, "bin", "vpa", "admission-controller")
	if _, err := os.Stat(binary); err != nil {
		if os.Getenv("E2E") != "required" {
			t.Skip("run `make vpa`: ", err)
		}
		t.Fatal("run `make vpa`: ", err)
	}
	// The definitions of its resources come from the module that it is built from.
	find := exec.CommandContext(t.Context(), "go", "list", "-C", filepath.Join(root, "test", "vpa"), "-m", "-f", "{{.Dir}}", vpaModule)
	find.Env = append(os.Environ(), "GOWORK=off")
	module, err := find.Output()
	if err != nil {
		t.Fatal(err)
	}
	mustKubectl(t, c, "", "apply", "--server-side", "-f", filepath.Join(strings.TrimSpace(string(module)), "deploy", "vpa-v1-crd-gen.yaml"))
	mustKubectl(t, c, "", "wait", "--for=condition=Established", "crd/verticalpodautoscalers.autoscaling.k8s.io")

	certificate, certificateFile, keyFile := vpaCertificate(t)
	var ports [2]int
	for i := range ports {
		if ports[i], err = cluster.FreePort(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	p, err := process.Start(process.Command{
		Path: binary,
		Args: []string{
			"--kubeconfig=" + c.Kubeconfig(), "--register-webhook=false",
			"--port=" + strconv.Itoa(ports[0]), "--address=" + net.JoinHostPort(cluster.Loopback, strconv.Itoa(ports[1])),
			"--tls-cert-file=" + certificateFile, "--tls-private-key=" + keyFile,
		},
		Dir: c.Dir(),
		Log: filepath.Join(c.Dir(), "vpa.log"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Running(); err != nil {
			t.Error(err)
		}
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	})
	mutator{name: "vpa-webhook-config", label: "vpa", failurePolicy: admissionregistrationv1.Ignore}.
		register(t, c, "https://"+net.JoinHostPort(cluster.Loopback, strconv.Itoa(ports[0])), certificate)
}

// vpaCertificate borrows the certificate of a test server, as files.
func vpaCertificate(t *testing.T) (certificate []byte, certificateFile, keyFile string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate = server.Certificate().Raw
	certificateFile, keyFile = filepath.Join(t.TempDir(), "tls.crt"), filepath.Join(t.TempDir(), "tls.key")
	for file, block := range map[string]*pem.Block{certificateFile: {Type: "CERTIFICATE", Bytes: certificate}, keyFile: {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, certificateFile, keyFile
}
