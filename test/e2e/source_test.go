package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks/ekstest"
	"fargate-webhook/test/cluster"
)

// awaitTier waits until a pod that is made in a namespace gets the label tier with that value;
// none, if it is empty.
func awaitTier(t *testing.T, c *cluster.Cluster, namespace, value string) {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "which-tier"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c"}}},
	}
	err := cluster.Await(t.Context(), podsDeadline, fmt.Sprintf("a pod in %s gets layer=%q", namespace, value), func(ctx context.Context) error {
		got, err := c.Clientset().CoreV1().Pods(namespace).Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil && got.Labels["layer"] != value {
			err = fmt.Errorf("it gets %v", got.Labels)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestProfilesFromEKS runs the program against the EKS API's stand-in: it uses the cluster's
// profiles, follows their changes, and keeps to the last ones it had while the API fails.
func TestProfilesFromEKS(t *testing.T) {
	apps := profiles.Profile{Name: "apps", Selectors: []profiles.Selector{{Namespace: "apps", Labels: map[string]string{"run": "on-fargate"}}}}
	of := func(name, namespace, tier string, status profiles.Status) profiles.Profile {
		return profiles.Profile{Name: name, Status: status, Selectors: []profiles.Selector{{Namespace: namespace, Labels: map[string]string{"layer": tier}}}}
	}
	c := ownCluster(t)
	first, second := newNamespace(t, c, "ec2-", nil), newNamespace(t, c, "ec2-", nil)
	server := ekstest.NewServer([]profiles.Profile{apps, of("first", first, "a", profiles.StatusActive), of("second", second, "a", profiles.StatusCreating)},
		ekstest.Options{Cluster: "e2e", PageSize: 1})
	t.Cleanup(server.Close)
	var env []string
	for name, value := range server.Environment() {
		env = append(env, name+"="+value)
	}
	_, webhook := withOwnWebhook(t, []string{"--cluster-name=e2e", "--refresh-interval=1s", "--shutdown-delay=0s"}, env)
	awaitTier(t, c, first, "a")
	awaitTier(t, c, second, "") // CREATING isn't effective yet (F1.9)

	server.SetProfiles([]profiles.Profile{apps, of("first", first, "b", profiles.StatusActive), of("second", second, "c", profiles.StatusActive)})
	awaitTier(t, c, first, "b")
	awaitTier(t, c, second, "c") // so the registration's scope has followed

	server.Fail(ekstest.ListFargateProfiles, -1, ekstest.APIError(http.StatusInternalServerError, "ServerException", "not today"))
	failing := server.Calls(ekstest.ListFargateProfiles)
	err := cluster.Await(t.Context(), podsDeadline, "the profiles are asked for again", func(context.Context) error {
		if calls := server.Calls(ekstest.ListFargateProfiles); calls < failing+4 { // the SDK tries three times
			return fmt.Errorf("%d calls", calls-failing)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	awaitTier(t, c, first, "b")
	if code, err := readiness(t.Context(), webhook); code != http.StatusOK || err != nil {
		t.Errorf("/readyz while the EKS API fails: %d, %v", code, err)
	}

	server.SetProfiles([]profiles.Profile{apps, of("first", first, "b", profiles.StatusDeleting)})
	server.Recover()
	awaitTier(t, c, first, "")
}

// TestStateDir keeps the authority in a folder, from one run to the next, for who runs the program
// outside a cluster.
func TestStateDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	args := append(profilesArgs(t), "--shutdown-delay=0s", "--state-dir="+dir)
	c, _ := withOwnWebhook(t, args, nil)
	bundle := registeredBundle(t, c)
	if !inFolder(t, dir, bundle) {
		t.Errorf("the registered authority is in no file of the folder:\n%s", bundle)
	}
	withOwnWebhook(t, args, nil)
	if got := registeredBundle(t, c); !bytes.Equal(got, bundle) {
		t.Errorf("the restart changed the authority from\n%s to\n%s", bundle, got)
	}
}

// inFolder reports whether a file of the folder holds the text. Nobody else may read any.
func inFolder(t *testing.T, dir string, text []byte) bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %s", entry.Name(), info.Mode())
		}
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(content, bytes.TrimSpace(text))
	}
	return found
}
