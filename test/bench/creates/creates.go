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
	measured := map[string]map[scene][]*phase{} // by the name of the variant, a phase a round
	began, turns := time.Now(), 0
	for ; turns < options.Turns && (turns < 3 || time.Since(began) < options.Budget); turns++ {
		if err := b.round(ctx, variants, scenes, measured); err != nil {
			return results.Creates{}, err
		}
		fmt.Fprintf(options.Log, "creates: round %d of at most %d\n", turns+1, options.Turns) //nolint:errcheck // progress only
	}
	return results.Creates{Turns: turns, PatchBytes: len(constant), OursBytes: ours, Kyverno: b.kyvernoVersion, Rows: summary(variants, scenes, measured)}, nil
}

// comparedTurns is how many turns the rows have in a round that the targets compare.
const comparedTurns = 3

// round adds turns of each variant in each scene, in random order.
func (b *bench) round(ctx context.Context, variants []*variant, scenes []scene, measured map[string]map[scene][]*phase) error {
	for _, s := range scenes {
		order := slices.Clone(variants)
		for _, v := range variants {
			if v.name == results.OursOn || v.name == results.OursEKS || v.name == against(s, v.claimed) {
				order = append(order, slices.Repeat([]*variant{v}, comparedTurns-1)...)
			}
		}
		turns := map[string][]*phase{}
		rand.Shuffle(len(order), func(i, k int) { order[i], order[k] = order[k], order[i] }) //nolint:gosec // an order
		for _, v := range order {
			if v.absent != "" {
				continue
			}
			p, err := b.turn(ctx, v, s)
			if err != nil {
				return err
			}
			turns[v.name] = append(turns[v.name], p)
		}
		for name, all := range turns {
			if measured[name] == nil {
				measured[name] = map[scene][]*phase{}
			}
			measured[name][s] = append(measured[name][s], together(all))
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
	if err := b.registerEKS(ctx, all); err != nil {
		return nil, 0, err
	}
	for _, v := range all {
		if v.absent != "" {
			continue
		}
		if err := b.createNamespace(ctx, v.namespace); err != nil {
			return nil, 0, err
		}
		if err := b.register(ctx, v); err != nil {
			return nil, 0, err
		}
	}
	return all, patch, nil
}

// prepare creates what our replicas need.
func (b *bench) prepare(ctx context.Context) error {
	if err := install.Rights(ctx, b.cluster); err != nil {
		return err
	}
	return b.holdLease(ctx, install.Name)
}

// createNamespace creates a namespace with what its pods need.
func (b *bench) createNamespace(ctx context.Context, name string) error {
	if _, err := b.clientset.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := b.cluster.AwaitNamespace(ctx, name); err != nil {
		return err
	}
	return b.createClaim(ctx, name)
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
