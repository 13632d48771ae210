package serve

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/internal/kube"
	"fargate-webhook/policy"
	"fargate-webhook/profiles/freshness"
	"fargate-webhook/webhook"
	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/intake"
	answers "fargate-webhook/webhook/metrics"
	"fargate-webhook/webhook/registration"
	"fargate-webhook/webhook/server"
	"fargate-webhook/webhook/workloads"
)

// newReplica returns everything that a replica runs. Readiness fails once ctx ends.
func newReplica(
	ctx context.Context, f *flags, p policy.Policy, auditLog *audit.Log, hangups <-chan os.Signal, version string, logger *zap.Logger,
) (*replica, error) {
	config, err := cli.Kubeconfig{Path: f.kubeconfig}.RESTConfig()
	if err != nil {
		return nil, err
	}
	client, err := kube.NewClient(startsAtOnce(config))
	if err != nil {
		return nil, err
	}
	deps, err := newDependencies(ctx, f, &p, config, client, logger)
	if err != nil {
		return nil, err
	}
	reach := newReach(f, client, logger.Named("registration"))
	leading := newLeading()
	runs, exported := []func(context.Context){leading.run}, newCollectors(deps, reach, leading, auditLog, version)
	if f.inventory {
		pods := newInventory(client, deps, logger.Named("inventory"))
		runs, exported = append(runs, pods.Run), append(exported, pods)
	}
	single, err := newLeader(f, config, client, deps, reach, runs, &p, logger)
	if err != nil {
		return nil, err
	}
	var reporter *workloads.Reporter
	if f.workloadEvents {
		if reporter, err = workloads.NewReporter(client, metrics.Registry, logger.Named("events")); err != nil {
			return nil, err
		}
	}
	answering, err := newServer(ctx, f, &p, deps, auditLog, reporter, logger.Named("webhook"))
	if err != nil {
		return nil, err
	}
	r := &replica{webhook: answering, logger: logger}
	if r.ports, err = newPorts(ctx, f, answering, deps, reach, logger); err != nil {
		return nil, fmt.Errorf("set up the server: %w", err)
	}
	r.work = []runnable{
		deps.certificates, deps.profiles, deps.lookups, single, newExpiryReporter(f, client, deps, logger),
		reloader{hangups: hangups, refresh: deps.profiles.Refresh, logger: logger}, releaser{synced: deps.lookups.Synced(), logger: logger},
	}
	for _, collector := range exported {
		r.work = append(r.work, freshness.Exporter{Registry: metrics.Registry, Collector: collector})
	}
	r.work = append(r.work, deps.gate.runs...)
	if reporter != nil {
		r.work = append(r.work, reporter)
	}
	return r, nil
}

// startsAtOnce allows as many requests at once as a start makes of one group of kinds: a list and a
// watch for each cache, and the discovery. With client-go's 10 it waited for its own rate limit.
func startsAtOnce(config *rest.Config) *rest.Config {
	const burst = 50
	config = rest.CopyConfig(config)
	config.QPS, config.Burst = rest.DefaultQPS, burst
	return config
}

// newServer returns the server of the webhook.
func newServer(
	ctx context.Context, f *flags, p *policy.Policy, deps *dependencies, auditLog *audit.Log, reporter *workloads.Reporter, logger *zap.Logger,
) (*server.Server, error) {
	memory := intake.MemoryLimit(os.DirFS("/"))
	limits := intake.For(memory, runtime.GOMAXPROCS(0))
	logger.Info("limits set", zap.Int64("memory", memory), zap.Any("limits", limits))
	connections, err := server.NewMetrics(metrics.Registry)
	if err != nil {
		return nil, err
	}
	counts, err := answers.New(metrics.Registry, deps.profiles)
	if err != nil {
		return nil, err
	}
	answering := server.New(server.Options{
		Host: f.bindAddress, Port: f.port, GetCertificate: deps.certificates.GetCertificate, TLS: deps.gate.requireCertificate,
		Draining: ctx.Done(), Connections: limits.Connections, DrainTimeout: drainTimeout - time.Second, Logger: logger, Metrics: connections,
	})
	handlers := webhook.Handlers(webhook.Dependencies{
		Profiles: deps.profiles, Policy: *p, Cluster: deps.lookups, LookupsReady: deps.lookups.Ready, Audit: auditLog, AuditMutations: f.auditMutations,
		Metrics: counts, Workloads: reporter, Gate: intake.NewGate(limits), Logger: sampled(logger),
	})
	handlers[registration.ProbePath] = registration.ProbeHandler()
	paths := http.NewServeMux()
	for path, handler := range handlers {
		paths.Handle(path, server.Answering(handler))
	}
	answering.Register("/", deps.gate.guard.Wrap(paths))
	return answering, nil
}

// newPorts returns what serves metrics and probes.
func newPorts(
	ctx context.Context, f *flags, answering *server.Server, deps *dependencies, reach *registration.Reach, logger *zap.Logger,
) ([]runnable, error) {
	var ports []runnable
	for _, each := range []struct {
		name, address string
		handler       http.Handler
	}{
		{"metrics", f.metricsAddr, metricsHandler(metrics.Registry)},
		{"probes", f.probeAddr, probesHandler(ctx, answering, deps, reach)},
	} {
		port, err := newPort(ctx, each.name, each.address, each.handler, logger)
		if err != nil {
			return nil, err
		}
		ports = append(ports, port...)
	}
	return ports, nil
}

// newPort returns what serves an address, nothing for an empty one or 0.
func newPort(ctx context.Context, name, address string, handler http.Handler, logger *zap.Logger) ([]runnable, error) {
	if address == "0" || address == "" {
		return nil, nil
	}
	port, err := server.NewPlain(ctx, address, handler, drainTimeout, logger.Named(name))
	if err != nil {
		return nil, fmt.Errorf("serve the %s: %w", name, err)
	}
	return []runnable{port}, nil
}

// sampled returns a logger that writes each message at most 20 times a second: anyone can send
// requests that are refused, and metrics count them all.
func sampled(logger *zap.Logger) *zap.Logger {
	const most = 20
	return logger.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, time.Second, most, 0)
	}))
}
