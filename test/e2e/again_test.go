package e2e

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/test/cluster"
)

// runningPod creates a pod and says that it runs, as a kubelet would.
func runningPod(t *testing.T, c *cluster.Cluster, namespace string, pod *corev1.Pod) *corev1.Pod {
	t.Helper()
	created := createPod(t, c, namespace, pod)
	mustKubectl(t, c, "", "-n", namespace, "patch", "pod", pod.Name, "--subresource=status", "-p", `{"status":{"phase":"Running"}}`)
	return created
}

// TestResizeIsNotOurs: what a running pod is resized to is what it becomes, to the letter.
func TestResizeIsNotOurs(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	before := runningPod(t, c, namespace, podOf("resized", container("app", list("100m", "128Mi"), nil), container("logs", nil, nil)))
	mustKubectl(t, c, "", "-n", namespace, "patch", "pod", "resized", "--subresource=resize", "-p",
		`{"spec":{"containers":[{"name":"app","resources":{"requests":{"cpu":"50m","memory":"64Mi"},"limits":{"cpu":"50m","memory":"64Mi"}}}]}}`)
	after := getPod(t, c, namespace, "resized")
	want := resourcesOf(&corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{
		container("app", list("50m", "64Mi"), list("50m", "64Mi")), before.Spec.Containers[1],
	}}})
	if diff := cmp.Diff(want, resourcesOf(after)); diff != "" {
		t.Errorf("asked for (-), became (+):\n%s", diff)
	}
	if diff := cmp.Diff(before.Annotations, after.Annotations); diff != "" {
		t.Errorf("annotations (-before +after):\n%s", diff)
	}
}

// TestAppliedAgain: a pod that states what we change nothing of stays as it is when it is applied
// again, on the server's side and on kubectl's.
func TestAppliedAgain(t *testing.T) {
	c, _ := withWebhook(t)
	for side, args := range map[string][]string{"server": {"--server-side"}, "client": nil} {
		for _, text := range []string{
			manifest(t, "pods/bare.yaml"), manifest(t, "pods/init.yaml"),
			podText(t, podOf("guaranteed", container("app", list("250m", "256Mi"), list("250m", "256Mi")))),
			podText(t, podOf("partly", container("app", list("250m", ""), list("250m", "")), container("logs", nil, nil))),
		} {
			namespace := newNamespace(t, c, "fargate-", nil)
			apply(t, c, namespace, text, args...)
			pod := awaitPods(t, c, namespace, "run=on-fargate", 1)[0]
			apply(t, c, namespace, text, args...)
			if again := getPod(t, c, namespace, pod.Name); again.ResourceVersion != pod.ResourceVersion && side == "server" {
				t.Errorf("%s: applied again, it changed:\n%s", pod.Name, cmp.Diff(pod, *again))
			}
			if out := kubectl(t, c, text, append([]string{"-n", namespace, "diff", "-f", "-"}, args...)...); out.Code != 0 {
				t.Errorf("%s: kubectl diff on the %s's side:\n%s%s", pod.Name, side, out.Stdout, out.Stderr)
			}
		}
	}
}

// TestRaisedAppliedAgain: a bare pod whose stated request was raised is applied again without a
// change. A request that differs from the manifest of before is the API server's to refuse.
func TestRaisedAppliedAgain(t *testing.T) {
	c, _ := withWebhook(t)
	for side, args := range map[string][]string{"server": {"--server-side"}, "client": nil} {
		for policy, raised := range map[string]bool{"Fit": true, "Off": false} {
			pod := podOf("raised", container("app", list("100m", ""), nil), container("logs", nil, nil))
			pod.Annotations = map[string]string{sizing.ResourcesAnnotation: policy}
			namespace, text := newNamespace(t, c, "fargate-", nil), podText(t, pod)
			apply(t, c, namespace, text, args...)
			first := awaitPods(t, c, namespace, "run=on-fargate", 1)[0]
			if got := first.Spec.Containers[0].Resources.Requests.Cpu().String() != "100m"; got != raised {
				t.Fatalf("%s: raised is %v: %v", policy, got, resourcesOf(&first))
			}
			for range 2 {
				apply(t, c, namespace, text, args...)
				if diff := cmp.Diff(resourcesOf(&first), resourcesOf(getPod(t, c, namespace, "raised"))); diff != "" {
					t.Errorf("%s, %s's side: applied again (-before +after):\n%s", policy, side, diff)
				}
			}
			changed := kubectl(t, c, strings.Replace(text, `"100m"`, `"200m"`, 1), append([]string{"-n", namespace, "apply", "-f", "-"}, args...)...)
			mustRefuse(t, changed, "pod updates may not change fields")
		}
	}
}

// podText is a pod as a manifest.
func podText(t *testing.T, pod *corev1.Pod) string {
	t.Helper()
	pod.APIVersion, pod.Kind = "v1", "Pod"
	text, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// pasted is a pod that kubectl has printed, under another name, without what a user has to take out
// to create it, and changed.
func pasted(t *testing.T, c *cluster.Cluster, namespace, name string, change func(*corev1.Pod)) string {
	t.Helper()
	var pod corev1.Pod
	if err := json.Unmarshal([]byte(mustKubectl(t, c, "", "-n", namespace, "get", "pod", name, "-o", "json")), &pod); err != nil {
		t.Fatal(err)
	}
	if pod.Annotations[sizing.RecordAnnotation] == "" {
		t.Fatalf("%s has no record: %v", name, pod.Annotations)
	}
	pod.Name, pod.Namespace, pod.ResourceVersion, pod.UID, pod.Status = "pasted", "", "", "", corev1.PodStatus{}
	change(&pod)
	return podText(t, &pod)
}

// TestStaleRecord: the record in a pod that was pasted, or in a template, is that of another
// admission. What is stated beside it counts as asked for, whatever the record says.
func TestStaleRecord(t *testing.T) {
	c, _ := withWebhook(t)
	original := newNamespace(t, c, "fargate-", nil)
	createPod(t, c, original, podOf("original", container("app", list("100m", "128Mi"), nil), container("logs", nil, nil)))
	for name, change := range map[string]func(*corev1.Pod){
		"as it is": func(*corev1.Pod) {},
		"one more": func(p *corev1.Pod) {
			p.Spec.Containers = append(p.Spec.Containers, container("proxy", list("50m", "40Mi"), nil))
		},
		"one less": func(p *corev1.Pod) { p.Spec.Containers = p.Spec.Containers[:1] },
		"more of 1": func(p *corev1.Pod) {
			p.Spec.Containers[0].Resources.Requests = list("200m", "200Mi")
			p.Spec.Containers[0].Resources.Limits = nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := newNamespace(t, c, "fargate-", nil)
			text := pasted(t, c, original, "original", change)
			mustKubectl(t, c, text, "-n", namespace, "create", "-f", "-")
			var stated corev1.Pod
			if err := json.Unmarshal([]byte(text), &stated); err != nil {
				t.Fatal(err)
			}
			checkKept(t, &stated, getPod(t, c, namespace, "pasted"))
		})
	}
	t.Run("in a template", func(t *testing.T) {
		namespace := newNamespace(t, c, "fargate-", nil)
		var stated corev1.Pod
		if err := json.Unmarshal([]byte(pasted(t, c, original, "original", func(*corev1.Pod) {})), &stated); err != nil {
			t.Fatal(err)
		}
		for i := range stated.Spec.Containers {
			stated.Spec.Containers[i].VolumeMounts = nil // of the token, which each pod is given
		}
		text := strings.Replace(deployment(t, stated.Spec.Containers, maps.Clone(stated.Annotations)), `"replicas":0`, `"replicas":1`, 1)
		apply(t, c, namespace, text)
		pod := awaitPods(t, c, namespace, "app=web", 1)[0]
		checkKept(t, &stated, &pod)
	})
}

// checkKept checks that a pod has all that was stated, and the size that this needs.
func checkKept(t *testing.T, stated, got *corev1.Pod) {
	t.Helper()
	for i := range stated.Spec.Containers {
		for name, want := range stated.Spec.Containers[i].Resources.Requests {
			if request := got.Spec.Containers[i].Resources.Requests[name]; request.Cmp(want) < 0 {
				t.Errorf("%s: %s stated, %s got", stated.Spec.Containers[i].Name, &want, &request)
			}
		}
	}
	checkLimits(t, got)
	checkSize(t, &stated.Spec, &got.Spec)
}
