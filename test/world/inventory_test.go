package world

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// counted is what the inventory is compared with: a Deployment, a pod with a sidecar, and one that
// requests more.
const counted = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, run: on-fargate}}
    spec: {containers: [{name: c, image: c, resources: {requests: {cpu: 300m, memory: 700Mi}}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: two, labels: {app: two, run: on-fargate}}
spec: {containers: [{name: c, image: c, resources: {requests: {cpu: 100m}}}, {name: d, image: d}]}
---
apiVersion: v1
kind: Pod
metadata: {name: large, labels: {app: large, run: on-fargate}}
spec: {containers: [{name: c, image: c, resources: {requests: {cpu: 1500m, memory: 5Gi}, limits: {memory: 6Gi}}}]}
`

// TestInventory: what the webhook says of the pods in the cluster, whose requests it has raised, is to
// the cent what review says of their manifests. A finished pod is one that is still billed.
func TestInventory(t *testing.T) {
	f := world(t)
	namespace := f.selected(t, "inventory")
	f.apply(t, namespace, counted)
	f.pods(t, namespace, "app=web", 3, onFargate)
	f.pods(t, namespace, "app in (two,large)", 2, onFargate)
	cost, waste := f.reviewed(t, namespace)
	f.await(t, "the inventory agrees with review", func(ctx context.Context) error {
		page, err := f.metrics(ctx)
		if err != nil {
			return err
		}
		pods, gotCost, gotWaste := sum(page, "pods", namespace, "running"), sum(page, "monthly_cost_dollars", namespace, "running"), sum(page, "monthly_waste_dollars", namespace, "running")
		if pods != 5 || gotCost != cost || gotWaste != waste {
			return fmt.Errorf("%v pods cost %v and waste %v; review says %v and %v", pods, gotCost, gotWaste, cost, waste)
		}
		return nil
	})
	f.apply(t, namespace, "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\nspec: {template: {metadata: {labels: {app: once, run: on-fargate}}, spec: {restartPolicy: Never, containers: [{name: c, image: c}]}}}\n")
	f.await(t, "the pod of a Job has ended and is billed", func(ctx context.Context) error {
		page, err := f.metrics(ctx)
		if err == nil && (sum(page, "pods", namespace, "finished") != 1 || sum(page, "monthly_cost_dollars", namespace, "finished") == 0) {
			err = fmt.Errorf("%v pods have ended", sum(page, "pods", namespace, "finished"))
		}
		return err
	})
	ended := f.pods(t, namespace, "app=once", 1, func(pod *corev1.Pod) error {
		if pod.Status.Phase != corev1.PodSucceeded {
			return fmt.Errorf("is %s", pod.Status.Phase)
		}
		return nil
	})
	if ended[0].Spec.NodeName == "" {
		t.Error("it was never on a node")
	}
}

// reviewed returns what review says that the manifests cost and waste in a month, in hundredths.
func (f *fixture) reviewed(t *testing.T, namespace string) (cost, waste int64) {
	t.Helper()
	list := filepath.Join(t.TempDir(), "profiles.json")
	profile := fmt.Sprintf(`[{"name":%q,"selectors":[{"namespace":%[1]q,"labels":{"run":"on-fargate"}}]}]`, namespace)
	if err := os.WriteFile(list, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), filepath.Join(f.cluster.Dir(), "fargate-webhook"), "review", "-f", "-", "--profiles="+list, "--namespace="+namespace, "--region="+region, "-o", "json", "--fail-on=never")
	command.Stdin = strings.NewReader(counted)
	var problems strings.Builder
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		t.Fatalf("review: %v, %s", err, problems.String())
	}
	type amount struct{ Least json.Number }
	var report struct {
		Bill struct {
			Total struct{ Month, Waste amount }
		}
	}
	if err := json.Unmarshal(output, &report); err != nil {
		t.Fatal(err)
	}
	return cents(report.Bill.Total.Month.Least.String()), cents(report.Bill.Total.Waste.Least.String())
}

// cents returns an amount with at most two decimals in hundredths, -1 if it is none.
func cents(text string) int64 {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return -1
	}
	return int64(value*100 + 0.5)
}

// metrics returns the page of the webhook's metrics.
func (f *fixture) metrics(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.webhook.Metrics+"/metrics", http.NoBody)
	if err != nil {
		return "", err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

// sum returns the sum of the inventory's series of a profile and state: of dollars in hundredths.
func sum(page, name, profile, state string) (total int64) {
	series := regexp.MustCompile(fmt.Sprintf(`(?m)^fargate_webhook_inventory_%s\{profile="%s",size="[^"]+",state="%s"\} (\S+)$`, name, profile, state))
	for _, match := range series.FindAllStringSubmatch(page, -1) {
		value := cents(match[1])
		if name == "pods" {
			value /= 100
		}
		total += value
	}
	return total
}
