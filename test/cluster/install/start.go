package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/process"
)

// Name is that of the webhook's namespace and ServiceAccount.
const Name = "fargate-webhook"

const (
	readyDeadline = time.Minute
	// stopGrace is what the webhook promises to need from SIGTERM to its end.
	stopGrace = 15 * time.Second
)

// Options say how to start the webhook.
type Options struct {
	Binary string
	Args   []string // besides those for addresses, kubeconfig and audit log
	Env    []string // nil: this process's
	NoWait bool     // it won't get ready: don't wait for that
}

// Webhook is the running program.
type Webhook struct {
	*process.Process

	URL      string // where it serves admission
	Probes   string // the base of /healthz and /readyz
	Metrics  string // the base of /metrics
	AuditLog string // the file
}

// Start runs the webhook with its ServiceAccount's rights, on free ports, and waits until it is ready unless told otherwise. Its files go with the cluster.
func Start(ctx context.Context, c *cluster.Cluster, options Options) (*Webhook, error) {
	kubeconfig, err := c.KubeconfigFor(ctx, Name, Name)
	if err != nil {
		return nil, err
	}
	var addresses [3]string
	var port int
	for i := range addresses {
		if port, err = cluster.FreePort(ctx); err != nil {
			return nil, err
		}
		addresses[i] = net.JoinHostPort(cluster.Loopback, strconv.Itoa(port))
	}
	w := &Webhook{
		URL:      "https://" + addresses[2], // the one whose port is in port
		Probes:   "http://" + addresses[0],
		Metrics:  "http://" + addresses[1],
		AuditLog: filepath.Join(c.Dir(), "audit.log"),
	}
	w.Process, err = process.Start(process.Command{
		Path: options.Binary,
		Args: append([]string{
			"serve",
			"--kubeconfig=" + kubeconfig,
			"--webhook-url=" + w.URL,
			"--bind-address=" + cluster.Loopback,
			"--port=" + strconv.Itoa(port),
			"--health-probe-bind-address=" + addresses[0],
			"--metrics-bind-address=" + addresses[1],
			"--audit-log-path=" + w.AuditLog,
		}, options.Args...),
		Env: options.Env,
		Dir: c.Dir(),
		Log: filepath.Join(c.Dir(), "fargate-webhook.log"),
	})
	if err != nil {
		return nil, err
	}
	if options.NoWait {
		return w, nil
	}
	if err := w.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, w.Kill())
	}
	return w, nil
}

// Stop ends the webhook as kubelet would.
func (w *Webhook) Stop() error { return w.Process.Stop(stopGrace) }

// awaitReady waits for /readyz.
func (w *Webhook) awaitReady(ctx context.Context) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return cluster.Await(ctx, readyDeadline, "the webhook is ready", func(ctx context.Context) error {
		if err := w.Running(); err != nil {
			return cluster.Stop(err)
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.Probes+"/readyz", http.NoBody)
		if err != nil {
			return cluster.Stop(err)
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close() //nolint:errcheck // read to its end
		if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK {
			return errors.Join(fmt.Errorf("%s: %s; it last logged:\n%s", response.Status, body, w.Tail(1)), err)
		}
		return nil
	})
}

// AwaitAdmission waits until the API server asks the webhook, by the mutating and by the validating way, about what is made in a
// namespace of which a Fargate profile selects the pods with certain labels. That the webhook is registered is not enough: the API
// server hears of it a little later.
func (w *Webhook) AwaitAdmission(ctx context.Context, c *cluster.Cluster, namespace string) error {
	probe := metav1.ObjectMeta{Name: "is-the-webhook-asked", Namespace: namespace}
	pod := &corev1.Pod{ObjectMeta: probe, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c"}}}}
	service := &corev1.Service{ObjectMeta: probe, Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Ports: []corev1.ServicePort{{Port: 80}}}}
	dryRun := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	return cluster.Await(ctx, readyDeadline, "the API server asks the webhook", func(ctx context.Context) error {
		if err := w.Running(); err != nil {
			return cluster.Stop(err)
		}
		got, err := c.Clientset().CoreV1().Pods(namespace).Create(ctx, pod, dryRun)
		if err != nil {
			return err
		}
		if len(got.Labels) == 0 {
			return fmt.Errorf("a pod in %s got no label; the webhook last logged:\n%s", namespace, w.Tail(3))
		}
		service.Spec.Selector = got.Labels
		_, err = c.Clientset().CoreV1().Services(namespace).Create(ctx, service, dryRun)
		switch {
		case apierrors.IsForbidden(err):
			return nil
		case err != nil:
			return err
		default:
			return fmt.Errorf("a NodePort Service for Fargate pods in %s was not refused", namespace)
		}
	})
}
