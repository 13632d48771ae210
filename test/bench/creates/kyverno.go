package creates

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/bench/results"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/process"
)

const (
	// kyvernoName is the name of Kyverno's namespace, and of most things in it.
	kyvernoName   = "kyverno"
	kyvernoModule = "github.com/kyverno/kyverno"
	// kyvernoRequests is the metric that counts what Kyverno was asked, by the kind of configuration
	// that registers the webhook.
	kyvernoRequests = "kyverno_admission_requests_total"
	kyvernoMutate   = `request_webhook="MutatingWebhookConfiguration"`
	kyvernoValidate = `request_webhook="ValidatingWebhookConfiguration"`
)

//go:embed testdata/kyverno.yaml
var kyvernoManifest string

// kyvernoVariant starts Kyverno's admission controller, and returns the variant that registers it.
func (b *bench) kyvernoVariant(ctx context.Context) (*variant, error) {
	if _, err := os.Stat(b.options.Kyverno); err != nil {
		return &variant{name: results.Kyverno, absent: "Kyverno is not built: run make kyverno"}, nil //nolint:nilerr // the variant says so
	}
	if err := b.prepareKyverno(ctx); err != nil {
		return nil, fmt.Errorf("prepare Kyverno: %w", err)
	}
	url, err := b.startKyverno(ctx)
	if err != nil {
		return nil, fmt.Errorf("start Kyverno: %w", err)
	}
	v := &variant{
		name: results.Kyverno, namespace: "bench-kyverno", mutating: b.mutating(""), validating: b.validating(""), counters: []string{kyvernoMutate, kyvernoValidate},
		label: true, refused: refusedByKyverno(),
	}
	// What Kyverno registers itself for policies of that failure policy.
	v.mutating.Webhooks[0].ClientConfig.URL = new(url + "/mutate/fail")
	v.mutating.Webhooks[0].ReinvocationPolicy = new(admissionregistrationv1.IfNeededReinvocationPolicy)
	v.validating.Webhooks[0].ClientConfig.URL = new(url + "/validate/fail")
	return v, nil
}

// refusedByKyverno returns a change that each validating rule refuses, by the name of the rule.
func refusedByKyverno() map[string]func(*corev1.PodSpec) {
	return map[string]func(*corev1.PodSpec){
		"host-namespaces": func(s *corev1.PodSpec) { s.HostPID = true },
		"host-port": func(s *corev1.PodSpec) {
			s.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 8080, HostPort: 8080}}
		},
		"privileged": func(s *corev1.PodSpec) {
			s.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: new(true)}
		},
		"volume-type": func(s *corev1.PodSpec) {
			s.Volumes = []corev1.Volume{{Name: "host", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}}}
		},
	}
}

// prepareKyverno creates what Kyverno needs. Another holds the Lease of its leader, so that it
// registers no webhooks itself; the leader's mark that the policy is ready is set here instead.
func (b *bench) prepareKyverno(ctx context.Context) error {
	root, err := cluster.Root()
	if err != nil {
		return err
	}
	find := exec.CommandContext(ctx, "go", "list", "-C", filepath.Join(root, "test", "bench", "kyverno"), "-m", "-f", "{{.Version}} {{.Dir}}", kyvernoModule)
	find.Env = append(os.Environ(), "GOWORK=off")
	output, err := find.Output()
	if err != nil {
		return fmt.Errorf("find the module %s: %w", kyvernoModule, err)
	}
	version, module, found := strings.Cut(strings.TrimSpace(string(output)), " ")
	if !found {
		return fmt.Errorf("the module cache lacks %s: run make kyverno", kyvernoModule)
	}
	b.kyvernoVersion = version
	definitions := filepath.Join(module, "config", "crds")
	for _, command := range []struct {
		stdin string
		args  []string
	}{
		{"", []string{"apply", "--server-side", "-f", filepath.Join(definitions, "kyverno"), "-f", filepath.Join(definitions, "policies.kyverno.io")}},
		{"", []string{"wait", "--for=condition=Established", "crd", "--all"}},
		{kyvernoManifest, []string{"apply", "-f", "-"}},
		{"", []string{"patch", "clusterpolicy", "fargate", "--subresource=status", "--type=merge", "-p",
			`{"status": {"conditions": [{"type": "Ready", "status": "True", "reason": "Succeeded", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}`}},
		{"", []string{"create", "secret", "tls", kyvernoName + "-tls", "-n", kyvernoName, "--cert=" + filepath.Join(b.folder, "tls.crt"), "--key=" + filepath.Join(b.folder, "tls.key")}},
	} {
		switch result, err := b.cluster.Kubectl(ctx, command.stdin, command.args...); {
		case err != nil:
			return err
		case result.Code != 0:
			return fmt.Errorf("kubectl %s: %s", strings.Join(command.args, " "), result.Stderr)
		}
	}
	return b.holdLease(ctx, kyvernoName)
}

// startKyverno starts the admission controller with the administrator's rights, and waits until it
// answers. It returns the base of its URLs.
func (b *bench) startKyverno(ctx context.Context) (url string, err error) {
	var addresses, ports [2]string
	for i := range ports {
		port, err := cluster.FreePort(ctx)
		if err != nil {
			return "", err
		}
		ports[i] = strconv.Itoa(port)
		addresses[i] = net.JoinHostPort(cluster.Loopback, ports[i])
	}
	b.kyvernoProcess, err = process.Start(process.Command{
		Path: b.options.Kyverno,
		Args: []string{
			"--kubeconfig=" + b.cluster.Kubeconfig(), "--caSecretName=" + kyvernoName + "-ca", "--tlsSecretName=" + kyvernoName + "-tls",
			"--webhookServerHost=" + cluster.Loopback, "--webhookServerPort=" + ports[0], "--metricsHost=" + cluster.Loopback, "--metricsPort=" + ports[1],
			"--controllerRuntimeMetricsAddress=0", "--admissionReports=false",
		},
		Env: append(os.Environ(), "KYVERNO_NAMESPACE="+kyvernoName, "KYVERNO_SERVICEACCOUNT_NAME="+kyvernoName, "KYVERNO_DEPLOYMENT="+kyvernoName,
			"KYVERNO_POD_NAME="+kyvernoName, "INIT_CONFIG="+kyvernoName, "METRICS_CONFIG="+kyvernoName+"-metrics"),
		Dir: b.folder, Log: filepath.Join(b.folder, kyvernoName+".log"),
	})
	if err != nil {
		return "", err
	}
	b.kyvernoMetrics, url = "http://"+addresses[1]+"/metrics", "https://"+addresses[0]
	return url, cluster.Await(ctx, effectDeadline, "Kyverno answers", func(ctx context.Context) error {
		if err := b.kyvernoProcess.Running(); err != nil {
			return cluster.Stop(err)
		}
		_, err := get(ctx, b.http, url+"/health/liveness")
		return err
	})
}

// refuses returns an error unless a variant refuses pods with each change, in a dry run.
func (b *bench) refuses(ctx context.Context, v *variant) error {
	var failures []error
	for rule, change := range v.refused {
		pod := b.pod(podTypical, "refused")
		change(&pod.Spec)
		_, err := b.clientset.CoreV1().Pods(v.namespace).Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil {
			err = errors.New("admitted")
		}
		if !strings.Contains(err.Error(), rule) {
			failures = append(failures, fmt.Errorf("%s: want a pod refused by the rule %s, got: %w", v.name, rule, err))
		}
	}
	return errors.Join(failures...)
}
