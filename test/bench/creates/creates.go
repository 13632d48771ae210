package creates

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"fargate-webhook/test/bench/bodies"
	"fargate-webhook/test/bench/handlers"
	"fargate-webhook/test/bench/results"
	"fargate-webhook/test/bench/stub"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
	"fargate-webhook/test/cluster/process"
	"fargate-webhook/test/rate"
)

// Options say how much is measured.
type Options struct {
	// Turns is how many rounds there are at most, and Budget the time after which no more begin.
	Turns  int
	Budget time.Duration
	// Single and Many are how many pods one client creates in a turn, and eight.
	Single, Many int
	// WithoutEKS leaves the stand-in for EKS's webhook out. No pod is claimed then.
	WithoutEKS bool
	// Binary is the program.
	Binary string
	// Stub is the command that runs stub.Main, without its address and folder.
	Stub []string
	// Kyverno is the path of Kyverno's admission controller. Its row is absent if there is no such file.
	Kyverno string
	// Log receives a line a turn.
	Log io.Writer
}

// Creates returns how many pods are created in a turn.
func (o *Options) Creates(clients int) int {
	if clients == 1 {
		return o.Single
	}
	return o.Many
}

// bench is what is there while creates are measured.
type bench struct {
	options        Options
	cluster        *cluster.Cluster
	clientset      kubernetes.Interface
	apiServer      *process.Process
	folder         string
	authority      []byte
	http           *http.Client
	stubAddress    string
	stubProcess    *process.Process
	binary         string
	ours           []*ours
	kyvernoProcess *process.Process
	kyvernoMetrics string // URL
	kyvernoVersion string
}

// constant is the patch that ours was for the pod at commit 338021f, before it was made smaller.
//
//go:embed testdata/constant.json
var constant []byte

// Measure measures the creates of pods on a control plane that runs nothing else.
func Measure(ctx context.Context, c *cluster.Cluster, options Options) (_ results.Creates, err error) {
	folder, err := os.MkdirTemp(c.Dir(), "bench-")
	if err != nil {
		return results.Creates{}, err
	}
	b := &bench{options: options, cluster: c, folder: folder, binary: options.Binary, apiServer: c.Process("kube-apiserver")}
	defer func() { err = errors.Join(err, b.stop()) }()
	variants, ours, err := b.setUp(ctx)
	if err != nil {
		return results.Creates{}, err
	}
	scenes := []scene{{podTypical, 1}, {podTypical, 8}, {podNeedingBoth, 1}, {podNeedingBoth, 8}}
	measured := map[string]map[scene]*phase{} // by the name of the variant
	began, turns := time.Now(), 0
	for ; turns < options.Turns && (turns < 3 || time.Since(began) < options.Budget); turns++ {
		if err := b.round(ctx, variants, scenes, measured); err != nil {
			return results.Creates{}, err
		}
		fmt.Fprintf(options.Log, "creates: round %d of at most %d\n", turns+1, options.Turns) //nolint:errcheck // progress only
	}
	return results.Creates{Turns: turns, EKS: !options.WithoutEKS, PatchBytes: len(constant), OursBytes: ours, Kyverno: b.kyvernoVersion, Rows: summary(variants, scenes, measured)}, nil
}

// round adds a turn of each variant, in random order.
func (b *bench) round(ctx context.Context, variants []*variant, scenes []scene, measured map[string]map[scene]*phase) error {
	for _, i := range rand.Perm(len(variants)) { //nolint:gosec // an order
		v := variants[i]
		if v.absent != "" {
			continue
		}
		phases, err := b.turn(ctx, v, scenes)
		if err != nil {
			return err
		}
		if measured[v.name] == nil {
			measured[v.name] = map[scene]*phase{}
		}
		for s, p := range phases {
			if measured[v.name][s] == nil {
				measured[v.name][s] = &phase{}
			}
			measured[v.name][s].add(p)
		}
	}
	return nil
}

// setUp starts all processes, and returns the variants and the size of our patch.
func (b *bench) setUp(ctx context.Context) (_ []*variant, patch int, err error) {
	config := b.cluster.Config()
	config.ContentType = "application/vnd.kubernetes.protobuf" // as the controllers of Kubernetes
	if b.clientset, err = kubernetes.NewForConfig(config); err != nil {
		return nil, 0, err
	}
	if patch, err = b.startStub(ctx); err != nil {
		return nil, 0, err
	}
	if err := b.prepare(ctx); err != nil {
		return nil, 0, err
	}
	ours, err := b.ourVariants(ctx)
	if err != nil {
		return nil, 0, err
	}
	kyverno, err := b.kyvernoVariant(ctx)
	if err != nil {
		return nil, 0, err
	}
	all := append(append(b.stubs(), kyverno), ours...)
	for _, v := range all {
		v.claimed = !b.options.WithoutEKS
	}
	return all, patch, b.registerEKS(ctx)
}

// prepare creates what pods need, and what our replicas need.
func (b *bench) prepare(ctx context.Context) error {
	if err := install.Rights(ctx, b.cluster); err != nil {
		return err
	}
	if err := b.holdLease(ctx, install.Name); err != nil {
		return err
	}
	if _, err := b.clientset.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: bodies.Namespace}}, metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := b.cluster.AwaitNamespace(ctx, bodies.Namespace); err != nil {
		return err
	}
	return b.createClaim(ctx)
}

// startStub starts the webhooks that ours is compared with. It returns the size of our patch.
func (b *bench) startStub(ctx context.Context) (patch int, err error) {
	own, err := handlers.Ours(ctx)
	if err != nil {
		return 0, err
	}
	smallest := bodies.Sizes()[0]
	text, err := bodies.Patch(own[handlers.MutatePath], handlers.MutatePath, smallest.Mutate())
	if err != nil {
		return 0, err
	}
	pod, err := handlers.Changed(own[handlers.MutatePath], smallest)
	if err != nil {
		return 0, err
	}
	label := fmt.Appendf(nil, `[{"op":"add","path":"/metadata/labels/%s","value":%q}]`, bodies.Label, bodies.Value)
	if err := stub.Write(b.folder, stub.Input{Label: label, Constant: constant, Pod: pod}); err != nil {
		return 0, err
	}
	if b.authority, err = os.ReadFile(filepath.Join(b.folder, "ca.crt")); err != nil {
		return 0, err
	}
	b.http = rate.NewClient(b.authority)
	port, err := cluster.FreePort(ctx)
	if err != nil {
		return 0, err
	}
	b.stubAddress = net.JoinHostPort(cluster.Loopback, strconv.Itoa(port))
	command := process.Command{
		Path: b.options.Stub[0], Args: append(b.options.Stub[1:len(b.options.Stub):len(b.options.Stub)], b.stubAddress, b.folder),
		Log: filepath.Join(b.folder, "stub.log"), Dir: b.folder,
	}
	if b.stubProcess, err = process.Start(command); err != nil {
		return 0, err
	}
	return len(text), b.awaitStub(ctx)
}

// awaitStub waits until these webhooks answer.
func (b *bench) awaitStub(ctx context.Context) error {
	return cluster.Await(ctx, effectDeadline, "the stand-ins answer", func(ctx context.Context) error {
		if err := b.stubProcess.Running(); err != nil {
			return cluster.Stop(err)
		}
		_, err := b.counts(ctx)
		return err
	})
}

// servesPolicies reports whether the API server serves MutatingAdmissionPolicies.
func (b *bench) servesPolicies() bool {
	list, err := b.clientset.Discovery().ServerResourcesForGroupVersion("admissionregistration.k8s.io/v1")
	return err == nil && slices.ContainsFunc(list.APIResources, func(r metav1.APIResource) bool { return r.Name == "mutatingadmissionpolicies" })
}

// stop ends all processes.
func (b *bench) stop() error {
	var failures []error
	for _, o := range b.ours {
		failures = append(failures, o.webhook.Stop())
	}
	if b.kyvernoProcess != nil {
		failures = append(failures, b.kyvernoProcess.Kill())
	}
	if b.stubProcess != nil {
		failures = append(failures, b.stubProcess.Kill())
	}
	if b.http != nil {
		b.http.CloseIdleConnections()
	}
	return errors.Join(failures...)
}
