package world

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/profiles"
	"fargate-webhook/test/eks"
)

// namespaceOfPods is where the generated pods are created.
const namespaceOfPods = "apps"

// drawProfiles draws the profiles of a cluster, as the stand-in and as the program have them.
func drawProfiles(t *rapid.T) ([]eks.Profile, *profiles.Index) {
	var theirs []eks.Profile
	var ours []profiles.Profile
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "B", "c10", "c9"}), 1, 3, rapid.ID).Draw(t, "profiles") {
		status := rapid.SampledFrom([]eks.Status{eks.Active, eks.Active, eks.Active, eks.Creating, eks.Deleting}).Draw(t, "status")
		their, our := eks.Profile{Name: name, Status: status}, profiles.Profile{Name: name, Status: profiles.Status(status)}
		for range rapid.IntRange(1, 2).Draw(t, "selectors") {
			namespace := rapid.SampledFrom([]string{"apps", "apps", "ap*", "?pps", "*", "other"}).Draw(t, "namespace")
			labels := map[string]string{"run": "on-fargate"}
			if rapid.Bool().Draw(t, "other labels") {
				labels = rapid.MapOfN(
					rapid.SampledFrom([]string{"run", "ru?", "team", "*/zone", "t*"}),
					rapid.SampledFrom([]string{"on-fargate", "on-*", "*", "?x", "x"}), 0, 2).Draw(t, "labels")
			}
			their.Selectors = append(their.Selectors, eks.Selector{Namespace: namespace, Labels: labels})
			our.Selectors = append(our.Selectors, profiles.Selector{Namespace: namespace, Labels: labels})
		}
		theirs, ours = append(theirs, their), append(ours, our)
	}
	return theirs, profiles.NewIndex(ours)
}

// drawPod draws a pod that may have something that Fargate doesn't run.
func drawPod(t *rapid.T) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: *fargatetest.PodSpecs(1, 3).Draw(t, "spec")}
	pod.Labels = rapid.MapOfN(
		rapid.SampledFrom([]string{"run", "rux", "team", "example.com/zone", "tier"}),
		rapid.SampledFrom([]string{"on-fargate", "on-x", "ax", "x", ""}), 0, 3).Draw(t, "labels of the pod")
	if pin := rapid.SampledFrom([]string{"", "", "", "", "a", "b", "none"}).Draw(t, "pin"); pin != "" {
		pod.Labels[profileLabel] = pin
	}
	if len(pod.Labels) == 0 {
		pod.Labels = nil // as it is read from JSON
	}
	if compute := rapid.SampledFrom([]string{"", "", "", "ec2", "fargate"}).Draw(t, "compute type"); compute != "" {
		pod.Annotations = map[string]string{"eks.amazonaws.com/compute-type": compute}
	}
	if owner := rapid.SampledFrom([]string{"", "", "ReplicaSet", "DaemonSet"}).Draw(t, "owner"); owner != "" {
		pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: owner, Name: "owner", Controller: new(true)}}
	}
	if rapid.Bool().Draw(t, "flawed") {
		spoil(t, pod)
	}
	return defaulted(pod)
}

// spoil gives a pod something that is at the border of what Fargate runs.
func spoil(t *rapid.T, pod *corev1.Pod) {
	spec := &pod.Spec
	first := &spec.Containers[0]
	first.SecurityContext = &corev1.SecurityContext{}
	volume := func(source corev1.VolumeSource) { spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: source}} }
	switch rapid.SampledFrom([]string{"network", "pid", "ipc", "port", "ip", "privileged", "escalation", "capability", "volume", "node"}).Draw(t, "flaw") {
	case "network":
		spec.HostNetwork = true
	case "pid":
		spec.HostPID = true
	case "ipc":
		spec.HostIPC = true
	case "port":
		first.Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: rapid.SampledFrom([]int32{0, 80}).Draw(t, "port")}}
	case "ip":
		first.Ports = []corev1.ContainerPort{{ContainerPort: 80, HostIP: rapid.SampledFrom([]string{"", "127.0.0.1"}).Draw(t, "ip")}}
	case "privileged":
		first.SecurityContext.Privileged = new(rapid.Bool().Draw(t, "privileged"))
	case "escalation":
		first.SecurityContext.AllowPrivilegeEscalation = new(rapid.Bool().Draw(t, "escalation"))
	case "capability":
		names := rapid.SliceOfN(rapid.SampledFrom([]corev1.Capability{"CHOWN", "NET_RAW", "CAP_CHOWN", "chown", "NET_ADMIN", "ALL", "SYS_CHROOT"}), 1, 2)
		first.SecurityContext.Capabilities = &corev1.Capabilities{Add: names.Draw(t, "capabilities")}
	case "volume":
		volume(rapid.SampledFrom([]corev1.VolumeSource{
			{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory}}, {NFS: &corev1.NFSVolumeSource{}}, {DownwardAPI: &corev1.DownwardAPIVolumeSource{}},
			{HostPath: &corev1.HostPathVolumeSource{}}, {CSI: &corev1.CSIVolumeSource{}}, {Ephemeral: &corev1.EphemeralVolumeSource{}}, {GitRepo: &corev1.GitRepoVolumeSource{}},
		}).Draw(t, "volume"))
	case "node":
		spec.NodeSelector = map[string]string{
			rapid.SampledFrom([]string{corev1.LabelArchStable, corev1.LabelOSStable, "disk", "eks.amazonaws.com/compute-type"}).Draw(t, "key"): rapid.SampledFrom([]string{"amd64", "linux", "ssd", "fargate"}).Draw(t, "value"),
		}
	}
}

// claimed returns a pod as EKS's webhook leaves it.
func claimed(pod *corev1.Pod, profile string) *corev1.Pod {
	pod = pod.DeepCopy()
	if pod.Labels == nil {
		pod.Labels = map[string]string{}
	}
	pod.Labels[profileLabel], pod.Spec.SchedulerName, pod.Spec.PriorityClassName = profile, "fargate-scheduler", "system-node-critical"
	return pod
}

// outcome is what becomes of a generated pod.
type outcome string

// The outcomes.
const (
	elsewhere outcome = "isn't claimed"
	refused   outcome = "is refused"
	runs      outcome = "runs as it is labelled"
	moved     outcome = "runs by labels that the webhook adds"
)

// compare has the webhook and EKS judge a generated pod. What the webhook makes of the pod is what
// EKS takes, and to the profile that the webhook says; it is moved only to where it runs (P3); its
// size doesn't change (P1), and its containers start; what is claimed is refused if, and only if,
// EKS would leave it. It returns what becomes of the pod, and what doesn't agree, or "".
func compare(t *rapid.T) (becomes outcome, disagreement string) {
	theirs, ours := drawProfiles(t)
	pod := drawPod(t)
	before := eks.Judge(theirs, namespaceOfPods, pod)
	d := decide(pod, fargate.Mutating, namespaceOfPods, ours)
	changed := fargatetest.Patched(t, pod, d.Patch)
	after := eks.Judge(theirs, namespaceOfPods, changed)
	if before.Profile != "" && after.Profile != before.Profile {
		return "", fmt.Sprintf("profile %q takes the pod, and %q after the webhook", before.Profile, after.Profile)
	}
	if d.Placement.Profile != after.Profile {
		return "", fmt.Sprintf("the webhook says that profile %q takes the pod (%s); EKS that %q does", d.Placement.Profile, d.Placement.Reason, after.Profile)
	}
	if after.Profile == "" {
		return elsewhere, ""
	}
	becomes = runs
	if before.Profile == "" {
		if becomes = moved; after.Refusal != "" {
			return "", "moved to Fargate, where it hangs: " + after.Refusal
		}
	}
	final := decide(claimed(changed, after.Profile), fargate.Validating, namespaceOfPods, ours)
	if denies(&final) != (after.Refusal != "") {
		return "", fmt.Sprintf("refused by the webhook: %v %v; by EKS: %q", denies(&final), final.Findings, after.Refusal)
	}
	if after.Refusal != "" {
		return refused, ""
	}
	plain := eks.Judge([]eks.Profile{{Name: "any", Status: eks.Active, Selectors: []eks.Selector{{Namespace: "*"}}}}, namespaceOfPods, unpinned(pod))
	if plain.Size != after.Size || after.StartFailure != "" {
		return "", fmt.Sprintf("size %s without the webhook, %s with it, failure %q\n%s\n%s", plain.Size, after.Size, after.StartFailure, resourcesText(pod), resourcesText(changed))
	}
	return becomes, ""
}

// TestLawAgreesWithEKS compares the two.
func TestLawAgreesWithEKS(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if _, disagreement := compare(t); disagreement != "" {
			t.Fatal(disagreement)
		}
	})
}

// TestGeneratedPodsVary: the law is about pods that run, are moved, and are refused. The pods here
// are the same in each run.
func TestGeneratedPodsVary(t *testing.T) {
	const pods, least = 1000, 10
	counts := map[outcome]int{}
	all := rapid.Custom(func(t *rapid.T) outcome {
		becomes, disagreement := compare(t)
		if disagreement != "" {
			t.Fatal(disagreement)
		}
		return becomes
	})
	for seed := range pods {
		counts[all.Example(seed)]++
	}
	for _, becomes := range []outcome{elsewhere, refused, runs, moved} {
		if counts[becomes] < least {
			t.Errorf("of %d pods %d %s; want at least %d", pods, counts[becomes], becomes, least)
		}
	}
	t.Log(counts)
}

// unpinned returns a pod without the label that names a profile.
func unpinned(pod *corev1.Pod) *corev1.Pod {
	pod = pod.DeepCopy()
	delete(pod.Labels, profileLabel)
	return pod
}

// resourcesText returns the resources of all containers of a pod, a line each.
func resourcesText(pod *corev1.Pod) (text string) {
	for _, list := range [2][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			kind := list[i].Name
			if list[i].RestartPolicy != nil {
				kind += "(sidecar)"
			}
			text += kind + " " + fargatetest.ResourcesText(&list[i]) + "\n"
		}
	}
	return text
}
