package e2e

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// soaking reports whether tests have the time to do all that they can, as in `make soak`.
func soaking() bool { return os.Getenv("SOAK") != "" }

// replicas are processes of the webhook behind a balancer, at whose address they register
// themselves.
type replicas struct {
	cluster *cluster.Cluster
	*balancer
	args    []string
	started int
	running []*install.Webhook
}

// startReplicas runs two replicas instead of the webhook that runs, and waits until the API server
// calls them. They end with the test.
func startReplicas(t *testing.T, args ...string) *replicas {
	t.Helper()
	f := own.take(t, true)
	c := f.cluster
	f.end(t)
	b := newBalancer(t)
	// On a busy machine an answer may take seconds. What is lost here is lost at once, or for good.
	patient := writeFile(t, t.TempDir(), "policy.yaml", []byte("apiVersion: fargate-webhook/v1alpha1\nkind: Policy\ntimeoutSeconds: {pods: 30}\n"))
	r := &replicas{cluster: c, balancer: b, args: slices.Concat(profilesArgs(t), []string{"--config=" + patient, "--webhook-url=" + b.url}, args)}
	t.Cleanup(func() {
		for _, webhook := range r.running {
			if err := webhook.Stop(); err != nil {
				t.Error(err)
			}
		}
		if t.Failed() {
			for i, webhook := range r.running {
				t.Logf("the log of replica %d ends with:\n%s", i, webhook.Tail(20))
			}
		}
	})
	for range 2 {
		r.start(t)
	}
	if err := r.running[0].AwaitAdmission(t.Context(), c, "apps"); err != nil {
		t.Fatal(err)
	}
	return r
}

// end stops the webhook that runs, if any.
func (f *fixture) end(t *testing.T) {
	t.Helper()
	if f.webhook != nil {
		if err := f.webhook.Stop(); err != nil {
			t.Error(err)
		}
	}
	f.webhook, f.common = nil, false
}

// start starts one more replica, and waits until the balancer knows it to be ready.
func (r *replicas) start(t *testing.T) *install.Webhook {
	t.Helper()
	r.started++
	webhook, err := install.Start(t.Context(), r.cluster, install.Options{
		Binary: built.path(), Args: slices.Clone(r.args), Name: fmt.Sprintf("replica-%d", r.started),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.running = append(r.running, webhook)
	r.add(webhook)
	r.awaitReady(t)
	return webhook
}

// awaitReady waits until the balancer sends new connections to all replicas that run.
func (r *replicas) awaitReady(t *testing.T) {
	t.Helper()
	err := cluster.Await(t.Context(), time.Minute, "all replicas are ready", func(context.Context) error {
		if n := r.readyCount(); n != len(r.running) {
			return fmt.Errorf("%d of %d", n, len(r.running))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// remove ends a replica, as kubelets do or by SIGKILL.
func (r *replicas) remove(t *testing.T, webhook *install.Webhook, end func() error) {
	t.Helper()
	r.running = slices.DeleteFunc(r.running, func(each *install.Webhook) bool { return each == webhook })
	if err := end(); err != nil {
		t.Error(err)
	}
}

// count returns how many lines of the logs of the replicas that run have a text.
func (r *replicas) count(text string) (n int) {
	for _, webhook := range r.running {
		n += strings.Count(webhook.Tail(1<<20), text)
	}
	return n
}

// logLatency logs how many requests each replica has answered, within a second and in all, by its own
// clock, and which it has turned away: what took longer waited elsewhere.
func (r *replicas) logLatency(t *testing.T) {
	t.Helper()
	const latency, away = "fargate_webhook_request_duration_seconds_bucket", "fargate_webhook_requests_turned_away_total"
	for i, webhook := range r.running {
		for line := range strings.Lines(page(t, webhook.Metrics+"/metrics")) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, latency) && (strings.Contains(line, `le="1"`) || strings.Contains(line, `le="+Inf"`)) ||
				strings.HasPrefix(line, away) && !strings.HasSuffix(line, " 0") {
				t.Logf("replica %d: %s", i, line)
			}
		}
	}
}
