package replica

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks/ekstest"
	"fargate-webhook/test/bench/bodies"
	"fargate-webhook/test/bench/results"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// memoryLimit is what Go's garbage collector is given, as by deploy/manifests.
const memoryLimit = "GOMEMLIMIT=224MiB"

// Footprint measures the program as it is released: from its start until it is ready, with the Fargate
// profiles from a stand-in for the EKS API; its memory when idle for so long, and then under load; the
// size of its file.
func Footprint(ctx context.Context, c *cluster.Cluster, binary string, idle, busy time.Duration) (_ *results.Footprint, err error) {
	server := ekstest.NewServer([]profiles.Profile{{
		Name: "apps", Selectors: []profiles.Selector{{Namespace: bodies.Namespace, Labels: map[string]string{bodies.Label: bodies.Value}}},
	}}, ekstest.Options{Cluster: "bench"})
	defer server.Close()
	env := append(os.Environ(), memoryLimit)
	for name, value := range server.Environment() {
		env = append(env, name+"="+value)
	}
	if err := install.Rights(ctx, c); err != nil {
		return nil, err
	}
	options := install.Options{Binary: binary, Env: env, Args: []string{"--cluster-name=bench", "--shutdown-delay=0s"}}
	// The first run registers the webhook and makes the Secret.
	first, err := install.Start(ctx, c, options)
	if err != nil {
		return nil, err
	}
	path, authority, err := registration(ctx, c)
	if err = errors.Join(err, first.Stop()); err != nil {
		return nil, err
	}
	webhook, err := install.Start(ctx, c, options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, webhook.Stop()) }()
	f := &results.Footprint{ReadySeconds: webhook.ReadyAfter.Seconds(), PerSecond: perSecond}
	if err := pause(ctx, idle); err != nil {
		return nil, err
	}
	if f.IdleMiB, f.IdleAnonymousMiB, err = memory(webhook); err != nil {
		return nil, err
	}
	a := load(ctx, webhook.URL+path, authority, bodies.Sizes()[0].Mutate(), perSecond, busy)
	if len(a.failed) > 0 {
		return nil, fmt.Errorf("%d of %d requests failed, the first with: %w", len(a.failed), len(a.took), a.failed[0])
	}
	if f.LoadedMiB, f.LoadedAnonymousMiB, err = memory(webhook); err != nil {
		return nil, err
	}
	file, err := os.Stat(binary)
	if err == nil {
		f.BinaryMiB = float64(file.Size()) / (1 << 20)
	}
	return f, err
}

// memory returns what a webhook has resident, in MiB, and what of that no file backs.
func memory(webhook *install.Webhook) (all, anonymous float64, err error) {
	all, err = webhook.Resident()
	anonymous, failed := webhook.Anonymous()
	return all, anonymous, errors.Join(err, failed)
}

// registration returns the path and the CA by which the API server calls the webhook about the
// creation of pods, once it is registered.
func registration(ctx context.Context, c *cluster.Cluster) (path string, authority []byte, err error) {
	err = cluster.Await(ctx, time.Minute, "the webhook registers itself", func(ctx context.Context) error {
		list, err := c.Clientset().AdmissionregistrationV1().MutatingWebhookConfigurations().List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for i := range list.Items {
			for j := range list.Items[i].Webhooks {
				w := &list.Items[i].Webhooks[j]
				if w.ClientConfig.URL != nil && len(w.Rules) > 0 && len(w.Rules[0].Resources) > 0 && w.Rules[0].Resources[0] == "pods" {
					at, err := url.Parse(*w.ClientConfig.URL)
					if err == nil {
						path, authority = at.Path, w.ClientConfig.CABundle
					}
					return err
				}
			}
		}
		return errors.New("it isn't registered")
	})
	return path, authority, err
}

func pause(ctx context.Context, lasting time.Duration) error {
	timer := time.NewTimer(lasting)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
