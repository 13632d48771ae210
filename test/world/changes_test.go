package world

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestPatching: EKS evicts pods to patch their nodes, within the budget. What a budget doesn't let
// go is deleted at last. Either way the pods that come after them run on Fargate.
func TestPatching(t *testing.T) {
	f := world(t)
	namespace := f.selected(t, "patching")
	f.apply(t, namespace, deployment)
	for _, test := range []struct {
		budget  string
		allowed string
		refused int
	}{
		{"maxUnavailable: 1", "1", 0},
		{"minAvailable: 100%", "0", 2},
	} {
		f.kubectl(t, "", "-n", namespace, "delete", "poddisruptionbudget", "web", "--ignore-not-found")
		f.apply(t, namespace, "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {"+test.budget+", selector: {matchLabels: {app: web}}}\n")
		before := f.pods(t, namespace, "app=web", 2, onFargate)
		f.kubectl(t, "", "-n", namespace, "wait", "poddisruptionbudget/web", "--for=jsonpath={.status.disruptionsAllowed}="+test.allowed, "--timeout=60s")
		f.kubectl(t, "", "-n", namespace, "wait", "poddisruptionbudget/web", "--for=jsonpath={.status.currentHealthy}=2", "--timeout=60s")
		done, err := f.eks.Patch(t.Context(), namespace, before[0].Name)
		if err != nil {
			t.Fatal(err)
		}
		if len(done.Refused) != test.refused || done.Deleted != (test.refused > 0) {
			t.Errorf("%s: %+v", test.budget, done)
		}
		f.pods(t, namespace, "app=web", 2, func(pod *corev1.Pod) error {
			if pod.UID == before[0].UID {
				return errors.New("is the old one")
			}
			return onFargate(pod)
		})
	}
}

// TestStranded: pods are older than their profile, and EKS leaves them (F1.13). The webhook reports
// them. Those of a controller it evicts where the policy says so, whatever a budget says of pods
// that all hang, and their replacements run.
func TestStranded(t *testing.T) {
	f := world(t)
	late, reported := f.namespace(t, "late", nil), f.namespace(t, "reported", nil)
	const budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {minAvailable: 1, selector: {matchLabels: {app: web}}}\n"
	for _, namespace := range []string{late, reported} {
		f.apply(t, namespace, deployment)
		f.apply(t, namespace, budget)
	}
	f.apply(t, late, "apiVersion: v1\nkind: Pod\nmetadata: {name: bare, labels: {kind: bare}}\nspec: {containers: [{name: c, image: c}]}\n")
	old, kept := f.pods(t, late, "app=web", 2, hangs), f.pods(t, reported, "app=web", 2, hangs)
	bare := f.pods(t, late, "kind=bare", 1, hangs)[0]
	f.profile(t, late, late)
	f.profile(t, reported, reported)
	event := f.event(t, &kept[0], "FargateProfileMatchesNow", fmt.Sprintf("this pod is older than profile %q", reported))
	for _, want := range []string{`ReplicaSet "web-`, "run=on-fargate"} {
		if !strings.Contains(event.Message, want) {
			t.Errorf("the event lacks %s: %s", want, event.Message)
		}
	}
	f.event(t, &bare, "FargateProfileMatchesNow", late)
	f.event(t, &old[0], "EvictedForFargate", late)
	for _, pod := range f.pods(t, late, "app=web", 2, onFargate) {
		if pod.Labels["run"] != "on-fargate" {
			t.Errorf("pod %s has the labels %v", pod.Name, pod.Labels)
		}
	}
	if left := f.pods(t, late, "kind=bare", 1, hangs)[0]; left.UID != bare.UID {
		t.Error("the bare pod was evicted")
	}
	for i, left := range f.pods(t, reported, "app=web", 2, hangs) {
		if left.UID != kept[i].UID || left.DeletionTimestamp != nil {
			t.Errorf("pod %s was evicted where they are only reported", kept[i].Name)
		}
	}
	// What the report asks for helps.
	f.kubectl(t, "", "-n", reported, "rollout", "restart", "deployment/web")
	f.pods(t, reported, "app=web", 2, onFargate)
}

// TestProfileDeleted: the pods of a profile that is deleted are stopped, and those that come after
// them run by another one that selects them (F1.12). The command profiles has said so before.
func TestProfileDeleted(t *testing.T) {
	f := world(t)
	namespace := f.namespace(t, "deleted", nil)
	first, second := "a-"+namespace, "b-"+namespace
	f.profile(t, first, namespace)
	f.profile(t, second, namespace)
	f.awaitWebhook(t, namespace)
	f.apply(t, namespace, deployment)
	for _, pod := range f.pods(t, namespace, "app=web", 2, onFargate) {
		if by := pod.Labels[profileLabel]; by != first {
			t.Errorf("pod %s runs by profile %s; want %s, the first by name", pod.Name, by, first)
		}
	}
	f.apply(t, namespace, "apiVersion: v1\nkind: Pod\nmetadata: {name: bare, labels: {kind: bare}}\nspec: {containers: [{name: c, image: c}]}\n")
	f.pods(t, namespace, "kind=bare", 1, onFargate)
	f.saysIfDeleted(t, first, 1, map[string]string{
		"Deployment/web": `2 by Fargate profile "` + second + `"; the webhook adds run: on-fargate`, "Pod/bare": "1 no: it has no controller that would create it again",
	})
	f.saysIfDeleted(t, second, 0, nil)
	f.kubectl(t, "", "-n", namespace, "delete", "pod", "bare")
	f.saysIfDeleted(t, first, 0, map[string]string{"Deployment/web": `2 by Fargate profile "` + second + `"; the webhook adds run: on-fargate`})
	if err := f.eks.DeleteProfile(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	f.pods(t, namespace, "app=web", 2, func(pod *corev1.Pod) error {
		if by := pod.Labels[profileLabel]; by != second {
			return fmt.Errorf("is by profile %q: %v", by, pod.Status.Conditions)
		}
		return onFargate(pod)
	})
	f.saysIfDeleted(t, second, 1, map[string]string{"Deployment/web": "2 by no profile, so on other nodes or Pending: no ACTIVE Fargate profile selects namespace \"" + namespace + `"`})
	if err := f.eks.DeleteProfile(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	stuck := f.pods(t, namespace, "app=web", 2, hangs)[0]
	if _, claimed := stuck.Labels[profileLabel]; claimed {
		t.Errorf("pod %s has the labels %v although no profile is left", stuck.Name, stuck.Labels)
	}
}

// saysIfDeleted runs the command profiles, which says what deleting a profile does to each workload.
func (f *fixture) saysIfDeleted(t *testing.T, profile string, code int, want map[string]string) {
	t.Helper()
	binary := filepath.Join(f.cluster.Dir(), "fargate-webhook")
	command := exec.CommandContext(t.Context(), binary, "profiles", "--cluster-name=world", "--config=testdata/policy.yaml", "--if-deleted="+profile, "--kubeconfig="+f.cluster.Kubeconfig())
	command.Env = append(os.Environ(), f.eks.Environment()...)
	var problems strings.Builder
	command.Stderr = &problems
	output, err := command.Output()
	if got := command.ProcessState.ExitCode(); got != code {
		t.Errorf("exit code %d, want %d: %v, %s", got, code, err, problems.String())
	}
	got := map[string]string{}
	for line := range strings.Lines(string(output)) {
		if fields := strings.Fields(line); len(fields) > 3 && strings.Contains(fields[1], "/") {
			got[fields[1]] = strings.Join(fields[2:], " ")
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("if profile %s is deleted: got %q, want %q from\n%s", profile, got, want, output)
	}
}
