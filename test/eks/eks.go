// Package eks stands in for what Amazon EKS does around Fargate, for tests and for `make run`: the
// webhook that claims pods, fargate-scheduler, the nodes and their kubelets, and the API of Fargate
// profiles. A control plane runs; nothing of AWS does, and no container.
//
// It is written from docs/facts.md and shares no code with the webhook that
// is tested on it: it is the opponent, not the twin. What nobody has published about EKS is said
// where it is decided.
package eks

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/rest"
)

// Options configure Start.
type Options struct {
	Config *rest.Config // of an administrator
	// Cluster and Region are the names of the EKS cluster and its region. Default: "demo" and
	// "us-east-1".
	Cluster, Region string
	// Delay is the time from a pod's creation until it has its Fargate node, one to two minutes on
	// EKS. Default: 200 ms.
	Delay time.Duration
	// ProfileDelay is how long a profile is CREATING or DELETING, minutes on EKS. Default: 100 ms.
	ProfileDelay time.Duration
	// StopDelay is how long a profile is DELETING before its pods are stopped. Default: 0.
	StopDelay time.Duration
	// ProfileQuota is how many profiles there may be. Default: 10 (F1.2).
	ProfileQuota int
	// RunFor is how long the containers of a Job run. Default: 200 ms.
	RunFor time.Duration
	// PatchGrace is the time between two attempts of Patch. Default: 500 ms.
	PatchGrace time.Duration
	// EC2Nodes is how many nodes there are besides Fargate's. EC2Taint, if set, keeps pods off them
	// that don't tolerate it.
	EC2Nodes int
	EC2Taint *corev1.Taint
	// Log receives a line for each thing that is done. Nil: no lines.
	Log io.Writer
}

// World is a running stand-in.
type World struct {
	options Options
	client  *kubernetes.Clientset
	version string // of the API server, v1.37.2
	minor   string // 1.37
	store   *store

	apiURL    string
	webhook   webhook
	addresses addresses

	pods  listers.PodLister
	nodes listers.NodeLister

	onFargate, onShared, kubelets *actor // for pods
	unused                        *actor // for nodes

	mutex  sync.Mutex // guards states and log
	states map[string]*podState

	ctx    context.Context // ends with Stop
	cancel context.CancelFunc
	tasks  sync.WaitGroup
}

// Start starts the stand-in. It returns once it works. ctx only bounds the start; call Stop to end
// it.
func Start(ctx context.Context, options Options) (_ *World, err error) {
	options.Cluster, options.Region = cmp.Or(options.Cluster, "demo"), cmp.Or(options.Region, "us-east-1")
	options.Delay, options.ProfileDelay = cmp.Or(options.Delay, 200*time.Millisecond), cmp.Or(options.ProfileDelay, 100*time.Millisecond)
	options.RunFor, options.PatchGrace = cmp.Or(options.RunFor, 200*time.Millisecond), cmp.Or(options.PatchGrace, 500*time.Millisecond)
	options.ProfileQuota = cmp.Or(options.ProfileQuota, 10)
	if options.Log == nil {
		options.Log = io.Discard
	}
	w := &World{options: options, states: map[string]*podState{}, addresses: firstAddresses()}
	w.store = &store{cluster: options.Cluster, quota: options.ProfileQuota}
	w.ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			w.Stop()
		}
	}()
	config := rest.CopyConfig(options.Config)
	config.QPS, config.UserAgent, config.WarningHandler = -1, "eks-stand-in", rest.NoWarnings{}
	if w.client, err = kubernetes.NewForConfig(config); err != nil {
		return nil, err
	}
	version, err := w.client.Discovery().ServerVersion()
	if err != nil {
		return nil, fmt.Errorf("read the version of the API server: %w", err)
	}
	w.version, w.minor = version.GitVersion, version.Major+"."+version.Minor
	if w.apiURL, err = w.serve(ctx, "http", w.api(), nil); err != nil {
		return nil, err
	}
	if err := w.startWebhook(ctx); err != nil {
		return nil, err
	}
	if err := w.watch(ctx); err != nil {
		return nil, err
	}
	return w, w.addEC2Nodes(ctx)
}

// Stop ends the stand-in. What it has created in the cluster stays.
func (w *World) Stop() {
	w.cancel()
	w.tasks.Wait()
}

// run runs a function until it returns. It must return when its context ends.
func (w *World) run(task func(context.Context)) { w.tasks.Go(func() { task(w.ctx) }) }

// log writes a line.
func (w *World) log(format string, args ...any) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	fmt.Fprintf(w.options.Log, "eks stand-in: "+format+"\n", args...) //nolint:errcheck // progress only
}

// serve serves HTTP on a free port of the loopback address, until Stop, and returns its URL.
func (w *World) serve(ctx context.Context, scheme string, handler http.Handler, secure func(net.Listener) net.Listener) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen for the stand-in of EKS: %w", err)
	}
	url := scheme + "://" + listener.Addr().String()
	if secure != nil {
		listener = secure(listener)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	w.run(func(context.Context) { _ = server.Serve(listener) }) // it ends with ErrServerClosed
	w.run(func(ctx context.Context) {
		<-ctx.Done()
		_ = server.Close()
	})
	return url, nil
}
