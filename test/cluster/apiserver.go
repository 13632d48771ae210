package cluster

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"fargate-webhook/test/cluster/process"
)

// Loopback is the address that everything listens on. A cluster can't be reached from the network.
const Loopback = "127.0.0.1"

// longestSocket is the maximum length of a Unix socket's path: 104 bytes on macOS (108 on Linux),
// including the final zero byte.
const longestSocket = 103

// startAPIServer starts etcd and kube-apiserver. etcd listens on a Unix socket in the cluster's own
// directory, so it needs no port and other users can't connect to it.
func (c *Cluster) startAPIServer(ctx context.Context, more []string) error {
	socket := filepath.Join(c.dir, "etcd.sock")
	if len(socket) > longestSocket {
		return fmt.Errorf("%s: the path of a Unix socket must not be longer than %d bytes: set TMPDIR to a shorter path", socket, longestSocket)
	}
	_, err := c.start("etcd",
		"--name=cluster",
		"--data-dir="+filepath.Join(c.dir, "etcd"),
		"--listen-client-urls=unix://"+socket,
		"--advertise-client-urls=http://localhost:2379", // required, but not used
		"--listen-peer-urls=unix://"+filepath.Join(c.dir, "peer.sock"),
		"--unsafe-no-fsync",
		"--log-level=warn")
	if err != nil {
		return err
	}
	if err := writeSigningKey(c.signingKey(), c.verifyingKey()); err != nil {
		return err
	}
	admin, err := c.writeTokens()
	if err != nil {
		return err
	}
	port, err := FreePort(ctx)
	if err != nil {
		return err
	}
	server, err := c.start("kube-apiserver", append([]string{
		"--etcd-servers=unix://" + socket,
		"--bind-address=" + Loopback,
		"--secure-port=" + strconv.Itoa(port),
		"--cert-dir=" + c.certDir(), // it generates its own certificate there
		"--advertise-address=" + Loopback,
		"--endpoint-reconciler-type=none", // an endpoint must not be a loopback address
		"--service-cluster-ip-range=10.96.0.0/16",
		"--allow-privileged", // as on EKS
		"--authorization-mode=Node,RBAC",
		"--token-auth-file=" + c.tokenFile(),
		"--anonymous-auth=false",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.verifyingKey(),
		"--service-account-signing-key-file=" + c.signingKey(),
	}, more...)...)
	if err != nil {
		return err
	}
	c.config = &rest.Config{
		Host:        "https://" + net.JoinHostPort(Loopback, strconv.Itoa(port)),
		BearerToken: admin,
		QPS:         -1, // no client-side throttling
	}
	return c.awaitAPIServer(ctx, server)
}

// awaitAPIServer waits until the API server is ready, and adds the CA that it has generated to
// c.config.
func (c *Cluster) awaitAPIServer(ctx context.Context, server *process.Process) error {
	return Await(ctx, apiServerDeadline, "kube-apiserver is ready", func(ctx context.Context) error {
		if err := c.Running(); err != nil {
			return Stop(err)
		}
		if c.clientset == nil {
			if err := c.connect(); err != nil {
				return fmt.Errorf("%w; its last log line:\n%s", err, server.Tail(1))
			}
		}
		_, err := c.clientset.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err
	})
}

// connect creates the administrator's client and kubeconfig. It fails until the API server has
// written its certificate.
func (c *Cluster) connect() error {
	chain, err := os.ReadFile(filepath.Join(c.certDir(), "apiserver.crt"))
	if err != nil {
		return err
	}
	authority, err := lastCertificate(chain)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.authorityFile(), authority, 0o600); err != nil { //nolint:gosec // the path is in the cluster's own directory
		return err
	}
	c.config.CAData = authority
	if err := c.writeKubeconfig(c.Kubeconfig(), c.config.BearerToken); err != nil {
		return err
	}
	clientset, err := kubernetes.NewForConfig(c.config)
	if err != nil {
		return err
	}
	c.clientset = clientset
	return nil
}

// lastCertificate returns the last certificate of a chain: the CA.
func lastCertificate(chain []byte) ([]byte, error) {
	var last *pem.Block
	for block, rest := pem.Decode(chain); block != nil; block, rest = pem.Decode(rest) {
		last = block
	}
	if last == nil {
		return nil, errors.New("no certificate yet")
	}
	return pem.EncodeToMemory(last), nil
}

// writeTokens creates the users that are not ServiceAccounts: the administrator, whose token it
// returns, and the controller manager.
func (c *Cluster) writeTokens() (admin string, err error) {
	admin, manager := rand.Text(), rand.Text()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s,kubernetes-admin,kubernetes-admin,system:masters\n", admin)
	fmt.Fprintf(&b, "%s,system:kube-controller-manager,system:kube-controller-manager\n", manager)
	c.manager = manager
	if err := os.WriteFile(c.tokenFile(), b.Bytes(), 0o600); err != nil {
		return "", fmt.Errorf("write the cluster's users: %w", err)
	}
	return admin, nil
}

func (c *Cluster) certDir() string       { return filepath.Join(c.dir, "certs") }
func (c *Cluster) authorityFile() string { return filepath.Join(c.dir, "ca.crt") }
func (c *Cluster) tokenFile() string     { return filepath.Join(c.dir, "tokens.csv") }
func (c *Cluster) signingKey() string    { return filepath.Join(c.dir, "service-accounts.key") }
func (c *Cluster) verifyingKey() string  { return filepath.Join(c.dir, "service-accounts.pub") }
