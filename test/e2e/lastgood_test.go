package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks/ekstest"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// lastGoodName is the ConfigMap of the last good list.
const lastGoodName = "fargate-webhook-profiles"

// ownProfiles are the profile of the namespace apps and one that gives the pods of another
// namespace a label.
func ownProfiles(namespace, tier string) []profiles.Profile {
	of := func(name, namespace string, labels map[string]string) profiles.Profile {
		return profiles.Profile{Name: name, Selectors: []profiles.Selector{{Namespace: namespace, Labels: labels}}}
	}
	return []profiles.Profile{of("apps", "apps", map[string]string{"run": "on-fargate"}), of("own", namespace, map[string]string{"layer": tier})}
}

// environment is that of a webhook that finds the stand-in for the EKS API.
func environment(server *ekstest.Server) []string {
	var env []string
	for name, value := range server.Environment() {
		env = append(env, name+"="+value)
	}
	return env
}

// page reads a page of the webhook's probes or metrics, whatever its status.
func page(t *testing.T, url string) string {
	t.Helper()
	_, text := get(t, url)
	return text
}

// get returns the status code and the text of a page of the webhook's probes or metrics.
func get(t *testing.T, url string) (code int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// await waits until what the look returns holds all of the words.
func await(t *testing.T, what string, look func(context.Context) (string, error), words ...string) {
	t.Helper()
	err := cluster.Await(t.Context(), podsDeadline, what, func(ctx context.Context) error {
		text, err := look(ctx)
		for _, word := range words {
			if err == nil && !strings.Contains(text, word) {
				err = fmt.Errorf("%q is not in %q", word, text)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// kept returns the list in the ConfigMap.
func kept(c *cluster.Cluster) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		found, err := c.Clientset().CoreV1().ConfigMaps("fargate-webhook").Get(ctx, lastGoodName, metav1.GetOptions{})
		if err != nil {
			return "", err
		}
		return found.Data["profiles.json"], nil
	}
}

// forget deletes the ConfigMap.
func forget(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	err := c.Clientset().CoreV1().ConfigMaps("fargate-webhook").Delete(t.Context(), lastGoodName, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
}

// ownDeployment makes the object of the webhook's events, without pods, until the test ends.
func ownDeployment(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	none, labels := int32(0), map[string]string{"app": "none"}
	deployments := c.Clientset().AppsV1().Deployments("fargate-webhook")
	_, err := deployments.Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "fargate-webhook"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &none, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c"}}}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := deployments.Delete(context.WithoutCancel(t.Context()), "fargate-webhook", metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
}

// TestLastGoodList restarts the webhook while the EKS API fails: it serves from the list that the
// run before kept, says so, and goes over to the API's as soon as that works.
func TestLastGoodList(t *testing.T) {
	c := ownCluster(t)
	forget(t, c)
	ownDeployment(t, c)
	namespace := newNamespace(t, c, "ec2-", nil)
	server := ekstest.NewServer(ownProfiles(namespace, "a"), ekstest.Options{Cluster: "e2e"})
	t.Cleanup(server.Close)
	args := []string{"--cluster-name=e2e", "--refresh-interval=1s", "--stale-after=5s", "--shutdown-delay=0s"}
	withOwnWebhook(t, args, environment(server))
	await(t, "the list is kept", kept(c), namespace)

	server.Fail(ekstest.ListFargateProfiles, -1, ekstest.APIError(http.StatusInternalServerError, "ServerException", "not today"))
	_, webhook := withOwnWebhook(t, args, environment(server))
	awaitTier(t, c, namespace, "a")
	if log := webhook.Tail(1000); !strings.Contains(log, "using the last good list of an earlier run") || !strings.Contains(log, "not today") {
		t.Errorf("it doesn't say what it serves from:\n%s", log)
	}
	if ready := page(t, webhook.Probes+"/readyz?verbose"); !strings.Contains(ready, "[+]profiles ok") || !strings.Contains(ready, "by an earlier run; refresh failing for") {
		t.Errorf("/readyz?verbose says %s", ready)
	}
	metrics := page(t, webhook.Metrics+"/metrics")
	for _, line := range []string{"fargate_webhook_profiles_kept 1", "fargate_webhook_profiles_active 2"} {
		if !strings.Contains(metrics, line) {
			t.Errorf("%s is not in the metrics", line)
		}
	}
	describe := func(context.Context) (string, error) {
		return kubectl(t, c, "", "-n", "fargate-webhook", "describe", "deployment", "fargate-webhook").Stdout, nil //nolint:contextcheck // kubectl takes the test's
	}
	await(t, "kubectl describe tells that the list is old", describe, "Warning", "ProfilesStale", "not today")

	server.SetProfiles(ownProfiles(namespace, "b"))
	server.Recover()
	awaitTier(t, c, namespace, "b")
	await(t, "kubectl describe tells that the list is new", describe, "ProfilesFresh")
	await(t, "the new list is kept", kept(c), `"layer": "b"`)
}

// TestHangup: SIGHUP has the profiles read now.
func TestHangup(t *testing.T) {
	c := ownCluster(t)
	namespace := newNamespace(t, c, "ec2-", nil)
	server := ekstest.NewServer(ownProfiles(namespace, "a"), ekstest.Options{Cluster: "e2e"})
	t.Cleanup(server.Close)
	_, webhook := withOwnWebhook(t, []string{"--cluster-name=e2e", "--refresh-interval=1h", "--stale-after=2h", "--shutdown-delay=0s"}, environment(server))
	awaitTier(t, c, namespace, "a")
	server.SetProfiles(ownProfiles(namespace, "b"))
	calls := server.Calls(ekstest.ListFargateProfiles)
	if err := webhook.Hangup(); err != nil {
		t.Fatal(err)
	}
	awaitTier(t, c, namespace, "b")
	if more := server.Calls(ekstest.ListFargateProfiles) - calls; more != 1 {
		t.Errorf("%d refreshes, want one", more)
	}
	if log := webhook.Tail(1000); !strings.Contains(log, "SIGHUP") || !strings.Contains(log, `"change":"selector added: namespace `+namespace+` with the label layer=b"`) {
		t.Errorf("it doesn't tell what changed:\n%s", log)
	}
}

// TestNoListAtAll: without the EKS API and without a list that was kept, or with one of another
// cluster, the webhook isn't ready and says both reasons.
func TestNoListAtAll(t *testing.T) {
	c := ownCluster(t)
	server := ekstest.NewServer(ownProfiles("own", "a"), ekstest.Options{Cluster: "e2e"})
	t.Cleanup(server.Close)
	withOwnWebhook(t, []string{"--cluster-name=e2e", "--shutdown-delay=0s"}, environment(server))
	await(t, "the list is kept", kept(c), "own")
	for _, test := range []struct {
		name   string
		forget bool
		reason string
	}{
		{"another cluster's list", false, `it is the list of EKS cluster \"e2e\"`},
		{"no list", true, `configmaps \"fargate-webhook-profiles\" not found`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.forget {
				forget(t, c)
			}
			webhook, err := install.Start(t.Context(), c, install.Options{
				Binary: built.path(), Env: environment(server), NoWait: true,
				Args: []string{"--cluster-name=another", "--leader-elect=false", "--shutdown-delay=0s"},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := webhook.Stop(); err != nil {
					t.Error(err)
				}
			})
			log := func(context.Context) (string, error) { return webhook.Tail(1000), webhook.Running() }
			await(t, "it says both reasons", log, "profile refresh failed, no profiles loaded yet", "No cluster found", test.reason)
			if code, err := readiness(t.Context(), webhook); code != http.StatusInternalServerError || err != nil {
				t.Errorf("/readyz: %d, %v", code, err)
			}
			if ready := page(t, webhook.Probes+"/readyz?verbose"); !strings.Contains(ready, "[-]profiles failed") || !strings.Contains(ready, "no list yet") {
				t.Errorf("/readyz?verbose says %s", ready)
			}
			if why := page(t, webhook.Probes+"/readyz/profiles"); !strings.Contains(why, "No cluster found") || !strings.Contains(why, lastGoodName) {
				t.Errorf("/readyz/profiles says %s", why)
			}
		})
	}
}
