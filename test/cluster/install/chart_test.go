package install

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/deploy/helm"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks/ekstest"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
)

const (
	// releaseNamespace is not the namespace of deploy/manifests.
	releaseNamespace = "platform"
	releaseName      = "admission"
)

// release is a cluster, and Helm as a user of it.
type release struct {
	cluster *cluster.Cluster
	helm    *helm.Helm
	env     []string
	first   []string // what the defaults render
}

// TestChart is the life of a release on a real API server: installed, upgraded through all sets of
// values and back, run, and uninstalled.
func TestChart(t *testing.T) {
	clustertest.Needed(t)
	r := newRelease(t)
	sets, err := filepath.Glob(filepath.Join(r.helm.Root(), "deploy", "testdata", "values", "*.yaml"))
	if err != nil || len(sets) < 10 {
		t.Fatal(sets, err)
	}
	defaults := filepath.Join(filepath.Dir(sets[0]), "defaults.yaml")
	t.Run("apply", func(t *testing.T) {
		for _, set := range sets {
			r.dryRun(t, set)
		}
	})
	t.Run("upgrade", func(t *testing.T) {
		r.mustHelm(t, "install", "--values", defaults)
		r.first = r.objects(t)
		if slices.ContainsFunc(r.first, func(name string) bool { return strings.Contains(name, "webhookconfiguration") }) {
			t.Errorf("the release itself registers a webhook, which blocks creates until a replica runs: %q", r.first)
		}
		for _, set := range sets {
			r.mustHelm(t, "upgrade", "--values", set)
		}
		r.mustHelm(t, "upgrade", "--values", defaults)
		r.same(t, "upgraded back")
		r.mustHelm(t, "upgrade", "--values", filepath.Join(filepath.Dir(defaults), "monitoring.yaml"))
		r.mustHelm(t, "rollback") // to the revision before
		r.same(t, "rolled back")
	})
	t.Run("pods", r.pods)
	t.Run("second release", r.second)
	t.Run("uninstall", r.uninstall)
}

func newRelease(t *testing.T) *release {
	t.Helper()
	c := clustertest.Start(t, cluster.Options{})
	root, err := cluster.Root()
	if err != nil {
		t.Fatal(err)
	}
	tool, err := helm.Find(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	r := &release{cluster: c, helm: tool, env: []string{
		"KUBECONFIG=" + c.Kubeconfig(), "HOME=" + t.TempDir(), "HELM_CACHE_HOME=" + t.TempDir(), "HELM_CONFIG_HOME=" + t.TempDir(), "HELM_DATA_HOME=" + t.TempDir(),
	}}
	r.kubectl(t, "", "apply", "--server-side", "-f", filepath.Join("testdata", "crds.yaml"))
	r.kubectl(t, "", "wait", "--for=condition=Established", "--timeout=1m", "-f", filepath.Join("testdata", "crds.yaml"))
	for _, name := range []string{releaseNamespace, "other"} {
		r.kubectl(t, "", "create", "namespace", name)
		r.kubectl(t, "", "label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted", "pod-security.kubernetes.io/warn=restricted")
	}
	return r
}

// kubectl runs kubectl, which must succeed without a warning, and returns what it prints.
func (r *release) kubectl(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	result, err := r.cluster.Kubectl(t.Context(), stdin, args...)
	if err != nil || result.Code != 0 || result.Stderr != "" {
		t.Fatalf("kubectl %s: %+v, %v", strings.Join(args, " "), result, err)
	}
	return result.Stdout
}

// run runs a command of Helm about a release of the chart.
func (r *release) run(t *testing.T, namespace, command, name string, args ...string) (string, error) {
	t.Helper()
	all := []string{command, name, "--namespace", namespace}
	if command == "install" || command == "upgrade" {
		all = append(all, helm.Chart(r.helm.Root()))
	}
	return r.helm.Run(t.Context(), r.env, append(all, args...)...)
}

func (r *release) mustHelm(t *testing.T, command string, args ...string) {
	t.Helper()
	if out, err := r.run(t, releaseNamespace, command, releaseName, args...); err != nil {
		t.Fatalf("%s %v: %v\n%s", command, args, err, out)
	}
}

// dryRun applies what a set of values renders, as GitOps tools do, without storing it.
func (r *release) dryRun(t *testing.T, set string) {
	t.Helper()
	rendered, err := r.helm.Render(t.Context(), releaseNamespace, "--values", set)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, objects := range rendered {
		all = append(all, objects...)
	}
	r.kubectl(t, strings.Join(all, "---\n"), "apply", "--server-side", "--dry-run=server", "-f", "-")
}

// objects lists the objects of the release.
func (r *release) objects(t *testing.T) []string {
	t.Helper()
	const kinds = "deployments,services,serviceaccounts,configmaps,secrets,roles,rolebindings,clusterroles,clusterrolebindings,poddisruptionbudgets," +
		"networkpolicies,certificates.cert-manager.io,servicemonitors,prometheusrules,leases," +
		"mutatingwebhookconfigurations,validatingwebhookconfigurations"
	var ours []string
	for name := range strings.Lines(r.kubectl(t, "", "get", kinds, "--namespace", releaseNamespace, "--output=name", "--ignore-not-found")) {
		if name = strings.TrimSpace(name); strings.Contains(name, "fargate-webhook") || strings.HasSuffix(name, "/admission") {
			ours = append(ours, name)
		}
	}
	slices.Sort(ours)
	return ours
}

// same checks that the objects are those that were installed.
func (r *release) same(t *testing.T, when string) {
	t.Helper()
	if got := r.objects(t); len(got) < 10 || !slices.Equal(got, r.first) {
		t.Errorf("%s there are %q, want %q", when, got, r.first)
	}
}

// pods checks that the Deployment gets its pods in a namespace that enforces the restricted Pod
// Security Standard.
func (r *release) pods(t *testing.T) {
	err := cluster.Await(t.Context(), time.Minute, "the Deployment has its pods", func(ctx context.Context) error {
		pods, err := r.cluster.Clientset().CoreV1().Pods(releaseNamespace).List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=fargate-webhook"})
		if err != nil {
			return err
		}
		guaranteed := 0
		for i := range pods.Items {
			if pods.Items[i].Status.QOSClass == corev1.PodQOSGuaranteed && pods.Items[i].DeletionTimestamp == nil {
				guaranteed++
			}
		}
		if guaranteed < 2 {
			return fmt.Errorf("%d pods, %d of them guaranteed", len(pods.Items), guaranteed)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, r.kubectl(t, "", "get", "events", "--namespace", releaseNamespace))
	}
}

// second checks that there can't be two releases, as they would undo each other's registration.
func (r *release) second(t *testing.T) {
	defaults := filepath.Join(r.helm.Root(), "deploy", "testdata", "values", "defaults.yaml")
	out, err := r.run(t, "other", "install", "again", "--values", defaults)
	if err == nil || !strings.Contains(err.Error(), "cannot be imported into the current release") || !strings.Contains(err.Error(), "fargate-webhook") {
		t.Errorf("%v\n%s", err, out)
	}
	if left := r.kubectl(t, "", "get", "deployments,configmaps,roles", "--namespace=other", "--output=name"); strings.Contains(left, "fargate-webhook") {
		t.Errorf("the refused release left %s", left)
	}
}

// uninstall runs the webhook until it has created all that it creates, and uninstalls the release
// while it still runs: nothing stays, and nothing comes back.
func (r *release) uninstall(t *testing.T) {
	binary := filepath.Join(r.cluster.Dir(), "fargate-webhook")
	if err := Build(t.Context(), binary); err != nil {
		t.Fatal(err)
	}
	server := ekstest.NewServer([]profiles.Profile{{Name: "apps", Selectors: []profiles.Selector{{Namespace: "apps"}}}}, ekstest.Options{Cluster: "prod"})
	t.Cleanup(server.Close)
	var env []string
	for name, value := range server.Environment() {
		env = append(env, name+"="+value)
	}
	webhook, err := Start(t.Context(), r.cluster, Options{Binary: binary, Namespace: releaseNamespace, Args: []string{"--cluster-name=prod"}, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = webhook.Kill() })
	created := []string{
		"configmap/fargate-webhook-profiles", "lease.coordination.k8s.io/fargate-webhook", "secret/fargate-webhook-ca",
		"mutatingwebhookconfiguration.admissionregistration.k8s.io/0400-fargate-webhook",
		"validatingwebhookconfiguration.admissionregistration.k8s.io/fargate-webhook",
		"validatingwebhookconfiguration.admissionregistration.k8s.io/fargate-webhook-probe",
	}
	r.await(t, "the webhook has created all its objects", func(objects []string) bool {
		return !slices.ContainsFunc(created, func(name string) bool { return !slices.Contains(objects, name) })
	})
	r.mustHelm(t, "uninstall", "--wait")
	none := func(objects []string) bool { return len(objects) == 0 }
	r.await(t, "nothing is left", none)
	if err := webhook.Running(); err != nil {
		t.Errorf("the webhook ended: %v", err)
	}
	if err := webhook.Stop(); err != nil {
		t.Error(err)
	}
	if left := r.objects(t); !none(left) {
		t.Errorf("the webhook recreated %q", left)
	}
}

// await waits until the objects of the release are as wanted.
func (r *release) await(t *testing.T, what string, wanted func([]string) bool) {
	t.Helper()
	err := cluster.Await(t.Context(), 2*time.Minute, what, func(context.Context) error {
		//nolint:contextcheck // kubectl is bounded by the test
		if objects := r.objects(t); !wanted(objects) {
			return fmt.Errorf("there are %q", objects)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
