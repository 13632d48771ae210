package install

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/process"
	"fargate-webhook/webhook/audit/audittest"
)

// Name is the name of the webhook's namespace and ServiceAccount.
const Name = "fargate-webhook"

const (
	readyDeadline = time.Minute
	// stopGrace is how long the webhook may take from SIGTERM to its exit.
	stopGrace = 15 * time.Second
)

// Options configure the webhook.
type Options struct {
	Binary string
	Args   []string // in addition to those for addresses, kubeconfig and audit log
	Env    []string // nil: this process's
	NoWait bool     // don't wait until it is ready
	Name   string   // the name of its log files; empty: "fargate-webhook"
	// Namespace is that of its ServiceAccount. Empty: "fargate-webhook".
	Namespace string
}

// Webhook is a running webhook process.
type Webhook struct {
	*process.Process

	URL      string // the base of the admission endpoints
	Probes   string // the base of /healthz and /readyz
	Metrics  string // the base of /metrics
	AuditLog string // path of the audit log
	// ReadyAfter is the time from the start of the process until it was ready, 0 with NoWait.
	ReadyAfter time.Duration
}

// Start starts the webhook with its ServiceAccount's permissions on free ports, and waits until it
// is ready unless NoWait is set. Stopping the cluster removes its files.
func Start(ctx context.Context, c *cluster.Cluster, options Options) (*Webhook, error) {
	options.Name, options.Namespace = cmp.Or(options.Name, Name), cmp.Or(options.Namespace, Name)
	kubeconfig, err := c.KubeconfigFor(ctx, options.Namespace, Name)
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
		AuditLog: filepath.Join(c.Dir(), auditName(options.Name)),
	}
	began := time.Now()
	w.Process, err = process.Start(process.Command{
		Path: options.Binary,
		Args: append([]string{
			"serve",
			"--kubeconfig=" + kubeconfig,
			"--namespace=" + options.Namespace,
			"--webhook-url=" + w.URL,
			"--bind-address=" + cluster.Loopback,
			"--port=" + strconv.Itoa(port),
			"--health-probe-bind-address=" + addresses[0],
			"--metrics-bind-address=" + addresses[1],
			"--audit-log-path=" + w.AuditLog,
		}, options.Args...),
		Env: options.Env,
		Dir: c.Dir(),
		Log: filepath.Join(c.Dir(), options.Name+".log"),
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
	w.ReadyAfter = time.Since(began)
	return w, nil
}

// auditName returns the name of the audit log of a webhook.
func auditName(name string) string {
	if name == Name {
		return "audit.log"
	}
	return name + ".audit.log"
}

// Stop stops the webhook as the kubelet does: SIGTERM, then SIGKILL after a grace period. Each line of
// its audit log must be one of the schema.
func (w *Webhook) Stop() error {
	err := w.Process.Stop(stopGrace)
	lines, unread := os.ReadFile(w.AuditLog)
	if errors.Is(unread, fs.ErrNotExist) {
		return err
	}
	return errors.Join(err, unread, audittest.Validate(lines))
}

// awaitReady waits until /readyz returns 200.
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
			return errors.Join(fmt.Errorf("%s: %s; its last log line:\n%s", response.Status, body, w.Tail(1)), err)
		}
		return nil
	})
}

// AwaitAdmission waits until the API server calls both the mutating and the validating webhook for
// a namespace in which a Fargate profile selects pods with certain labels. The API server starts to
// call a webhook a little after its registration.
func (w *Webhook) AwaitAdmission(ctx context.Context, c *cluster.Cluster, namespace string) error {
	probe := metav1.ObjectMeta{Name: "is-the-webhook-called", Namespace: namespace}
	pod := &corev1.Pod{ObjectMeta: probe, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c"}}}}
	service := &corev1.Service{ObjectMeta: probe, Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Ports: []corev1.ServicePort{{Port: 80}}}}
	dryRun := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	return cluster.Await(ctx, readyDeadline, "the API server calls the webhook", func(ctx context.Context) error {
		if err := w.Running(); err != nil {
			return cluster.Stop(err)
		}
		got, err := c.Clientset().CoreV1().Pods(namespace).Create(ctx, pod, dryRun)
		if err != nil {
			return err
		}
		if len(got.Labels) == 0 {
			return fmt.Errorf("a pod in %s got no label; the webhook's last log lines:\n%s", namespace, w.Tail(3))
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
