package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// gate is what stands between the API server and the webhook, as a security group does. While it is
// closed, connections get no answer.
type gate struct {
	net.Listener

	mutex   sync.Mutex
	to      string // empty: closed
	through map[net.Conn]bool
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{through: map[net.Conn]bool{}}
	g.Listener = listenTCP(t, g.pass)
	return g
}

// listenTCP passes each connection to a free port on, until the test ends.
func listenTCP(t *testing.T, pass func(ctx context.Context, from net.Conn)) net.Listener {
	t.Helper()
	port, err := cluster.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort(cluster.Loopback, strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	var connections sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	connections.Go(func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Go(func() { pass(ctx, from) })
		}
	})
	t.Cleanup(func() {
		stop()
		_ = listener.Close()
		connections.Wait()
	})
	return listener
}

// pass copies between the API server and the webhook until one of them, or the test, ends.
func (g *gate) pass(ctx context.Context, from net.Conn) {
	ended := context.AfterFunc(ctx, func() { _ = from.Close() })
	defer ended()
	defer from.Close() //nolint:errcheck // nobody waits for it
	g.mutex.Lock()
	to := g.to
	g.through[from] = to != ""
	g.mutex.Unlock()
	if to == "" {
		_, _ = io.Copy(io.Discard, from)
		return
	}
	webhook, err := (&net.Dialer{}).DialContext(ctx, "tcp", to)
	if err != nil {
		return
	}
	defer webhook.Close() //nolint:errcheck // nobody waits for it
	closed := context.AfterFunc(ctx, func() { _ = webhook.Close() })
	defer closed()
	go func() {
		_, _ = io.Copy(webhook, from)
		_ = webhook.Close()
	}()
	_, _ = io.Copy(from, webhook)
}

// cut closes the gate and what went through it.
func (g *gate) cut() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.to = ""
	for from, passed := range g.through {
		if passed {
			_ = from.Close()
		}
	}
}

func (g *gate) open(to string) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.to = to
}

// failurePolicy returns the registered one of pods, "" for none.
func failurePolicy(ctx context.Context, c *cluster.Cluster) (admissionregistrationv1.FailurePolicyType, error) {
	got, err := c.Clientset().AdmissionregistrationV1().MutatingWebhookConfigurations().Get(ctx, "0400-fargate-webhook", metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return *got.Webhooks[0].FailurePolicy, nil
}

func awaitFailurePolicy(t *testing.T, c *cluster.Cluster, want admissionregistrationv1.FailurePolicyType) {
	t.Helper()
	err := cluster.Await(t.Context(), 2*time.Minute, "the failure policy is "+string(want), func(ctx context.Context) error {
		got, err := failurePolicy(ctx, c)
		if err == nil && got != want {
			err = fmt.Errorf("it is %q", got)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// unregister deletes what a webhook of before has registered.
func unregister(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	hooks := c.Clientset().AdmissionregistrationV1()
	for _, err := range []error{
		hooks.MutatingWebhookConfigurations().Delete(t.Context(), "0400-fargate-webhook", metav1.DeleteOptions{}),
		hooks.ValidatingWebhookConfigurations().Delete(t.Context(), "fargate-webhook", metav1.DeleteOptions{}),
	} {
		if err != nil && !apierrors.IsNotFound(err) {
			t.Fatal(err)
		}
	}
}

// TestUnreached: a control plane that can't reach the webhook's port is never blocked by it, and
// everybody who looks can see it. Once it can, the webhook is registered as the policy says.
func TestUnreached(t *testing.T) {
	f := own.take(t, true)
	c := f.cluster
	unregister(t, c)
	g := newGate(t)
	f.replace(t, append(profilesArgs(t), "--shutdown-delay=0s", "--webhook-url=https://"+g.Addr().String()), nil)
	// Whatever is registered in the meantime, no pod waits in vain.
	err := cluster.Await(t.Context(), 2*time.Minute, "it is registered", func(ctx context.Context) error {
		if err := createDry(t, c, "apps", nil); err != nil { //nolint:contextcheck // it has the test's, which ends later
			return cluster.Stop(fmt.Errorf("a pod: %w", err))
		}
		policy, err := failurePolicy(ctx, c)
		if policy == "" && err == nil {
			err = errors.New("it isn't")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	awaitFailurePolicy(t, c, admissionregistrationv1.Ignore)
	if err := createDry(t, c, "apps", nil); err != nil {
		t.Error("a pod:", err)
	}
	if code, text := get(t, f.webhook.Probes+"/readyz?verbose"); code != http.StatusOK || !strings.Contains(text, "registration: failurePolicy Ignore: the API server can't call the webhook: ") || !strings.Contains(text, "security group") {
		t.Errorf("%d %s", code, text)
	}
	awaitNote(t, c, "WebhookUnreached", "security group")

	g.open(strings.TrimPrefix(f.webhook.URL, "https://"))
	awaitFailurePolicy(t, c, admissionregistrationv1.Fail)
	awaitNote(t, c, "WebhookReached", "")
	if _, err := c.Clientset().CoreV1().ConfigMaps("fargate-webhook").Get(t.Context(), "fargate-webhook-probe", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("the probe's ConfigMap: %v", err)
	}
	// The webhook of the next test is at its own address.
	f.end(t)
}

// awaitNote waits for an event about the webhook's Deployment with a reason and a text.
func awaitNote(t *testing.T, c *cluster.Cluster, reason, text string) {
	t.Helper()
	err := cluster.Await(t.Context(), 30*time.Second, "there is an event "+reason, func(ctx context.Context) error {
		list, err := c.Clientset().EventsV1().Events("fargate-webhook").List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for i := range list.Items {
			if e := &list.Items[i]; e.Reason == reason && e.Regarding.Name == "fargate-webhook" && strings.Contains(e.Note, text) {
				return nil
			}
		}
		return fmt.Errorf("none of %d", len(list.Items))
	})
	if err != nil {
		t.Error(err)
	}
}
