package why

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

var now = time.Date(2026, time.November, 27, 12, 0, 0, 0, time.UTC)

// subject returns a pod that EKS has just claimed for the profile apps, changed.
func subject(change func(s *Subject)) *Subject {
	p := policy.Default()
	s := &Subject{Now: now, Policy: &p, Profiles: []profiles.Profile{
		fargatetest.Profile("apps", fargatetest.Selects("apps", "run", "on-fargate")), fargatetest.Profile("other", fargatetest.Selects("other"), fargatetest.Selects("more-*")),
	}}
	s.Pod = &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: "apps", Name: "web-1", CreationTimestamp: metav1.Time{Time: now.Add(-time.Minute)},
		Labels:      map[string]string{"run": "on-fargate", "app": "web", "eks.amazonaws.com/fargate-profile": "apps"},
		Annotations: map[string]string{"a": "b"},
	}, Status: corev1.PodStatus{Phase: corev1.PodPending}}
	s.Pod.Spec.Containers = []corev1.Container{{Name: "c", Image: "c"}}
	s.Pod.Spec.SchedulerName = "fargate-scheduler"
	change(s)
	return s
}

// unclaimed makes the pod one that EKS has not claimed.
func unclaimed(s *Subject) {
	s.Pod.Labels, s.Pod.Spec.SchedulerName = map[string]string{"app": "web"}, "default-scheduler"
}

func event(from, reason, message string) corev1.Event {
	return corev1.Event{Source: corev1.EventSource{Component: from}, Reason: reason, Message: message}
}

func refused(message string) func(*Subject) {
	return func(s *Subject) { s.Events = []corev1.Event{event("fargate-scheduler", "FailedScheduling", message)} }
}

// podless makes the pod one that a Deployment would create.
func podless(s *Subject) {
	unclaimed(s)
	s.Workload, s.Pod.Name, s.Pod.GenerateName, s.Pod.Status = "deployment/web", "", "web-1-", corev1.PodStatus{}
	s.Pod.Labels["run"] = "on-fargate"
}

// claimOnEBS mounts a claim that is bound to a volume on EBS.
func claimOnEBS(s *Subject) {
	s.Pod.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}}}
	s.Cluster = &fargatetest.Cluster{Objects: []metav1.Object{
		&corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "data"}, Spec: corev1.PersistentVolumeClaimSpec{VolumeName: "pv"}, Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound}},
		&corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: "pv"}, Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "ebs.csi.aws.com"}},
		}},
	}}
}

func TestWhy(t *testing.T) {
	for name, c := range map[string]struct {
		change         func(*Subject)
		fargate, hangs bool
		want           []string // parts of the text
	}{
		"just claimed": {func(*Subject) {}, true, false, []string{`EKS claimed it for profile "apps" 1m0s ago`, "Labels:      eks.amazonaws.com/fargate-profile=apps, run=on-fargate\nAnnotations: -"}},
		"runs":         {func(s *Subject) { s.Pod.Spec.NodeName = "fargate-ip-10" }, true, false, []string{"runs on Fargate node fargate-ip-10"}},
		"waits long":   {func(s *Subject) { s.Now = now.Add(time.Hour) }, true, true, []string{"1h1m0s ago, and it has no node yet", "free IP addresses"}},
		"profile gone": {func(s *Subject) { s.Profiles = s.Profiles[1:] }, true, true, []string{"isn't ACTIVE any more"}},
		"denied": {refused("Pod not supported on Fargate: fields not supported: HostNetwork, invalid SecurityContext fields: Privileged, port contains HostIP or HostPort"), true, true,
			[]string{"hangs: EKS has claimed it", "Fargate has no host network (F4.3)", "a container is privileged (F4.7)", "port of the host (F4.6)", "1. remove spec.hostNetwork", "delete pod web-1 and create it again"}},
		"by condition": {func(s *Subject) {
			s.Pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "x", Message: "Your pod's cpu/memory requirements exceed the max Fargate configuration"}}
		}, true, true, []string{"more than the largest size", "lower the requests"}},
		"container": {func(s *Subject) {
			s.Pod.Spec.NodeName = "fargate-ip-10"
			s.Pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "c", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{
				Reason: "RunContainerError", Message: `failed to write "100000": write /sys/fs/cgroup/cpu,cpuacct/kubepods/cpu.cfs_quota_us: invalid argument`,
			}}}}
		}, true, true, []string{`container "c" doesn't start: RunContainerError`, "CPU limit exceeds", "set limits equal to requests"}},
		"stranded": {func(s *Subject) { unclaimed(s); s.Pod.Labels["run"] = "on-fargate" }, false, true,
			[]string{"a pod like it that is created now runs there (profile \"apps\")", "apps (ACTIVE): the pod matches selector 1", "delete pod web-1"}},
		"missing label": {unclaimed, false, true, []string{"lacks run=on-fargate", "the webhook adds run=on-fargate", "other (ACTIVE): selects only namespaces more-*, other"}},
		"other value":   {func(s *Subject) { unclaimed(s); s.Pod.Labels["run"] = "here" }, false, true, []string{"lacks run=on-fargate (it has run=here)", "add the labels that a profile above asks for"}},
		"opted out": {func(s *Subject) {
			unclaimed(s)
			s.Pod.Annotations["eks.amazonaws.com/compute-type"] = "ec2"
		}, false, true, []string{"the annotation eks.amazonaws.com/compute-type: ec2 keeps it off Fargate", "remove the annotation", "Annotations: eks.amazonaws.com/compute-type=ec2"}},
		"on EC2":     {func(s *Subject) { unclaimed(s); s.Pod.Spec.NodeName = "ip-10" }, false, false, []string{"runs on node ip-10 and not on Fargate"}},
		"pinned":     {func(s *Subject) { unclaimed(s); s.Pod.Labels["eks.amazonaws.com/fargate-profile"] = "x" }, false, true, []string{"remove the label eks.amazonaws.com/fargate-profile"}},
		"exempt":     {func(s *Subject) { unclaimed(s); s.Exempt = true }, false, true, []string{"lacks run=on-fargate"}},
		"gated":      {func(s *Subject) { unclaimed(s); s.Pod.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "g"}} }, false, true, []string{`waits for its scheduling gate "g"`}},
		"would deny": {func(s *Subject) { unclaimed(s); s.Pod.Labels["run"] = "on-fargate"; s.Pod.Spec.HostPID = true }, false, true, []string{"Deny [host-namespaces]", "fix what the findings name first"}},
		"not active": {func(s *Subject) { unclaimed(s); s.Profiles[0].Status = profiles.StatusCreating }, false, true, []string{"apps (CREATING): only an ACTIVE profile takes pods"}},
		"no profile": {func(s *Subject) { unclaimed(s); s.Profiles = nil }, false, true, []string{"there are none"}},
		"claimed, with a claim of EBS (F4.13)": {claimOnEBS, true, false, []string{
			"but the findings name what Fargate doesn't run", "Deny [persistent-volume]", "ebs.csi.aws.com", "2. delete pod web-1",
		}},
		"claimed long ago, with a claim of EBS": {func(s *Subject) { claimOnEBS(s); s.Now = now.Add(time.Hour) }, true, true, []string{"it has no node yet", "Deny [persistent-volume]", "2. delete pod web-1"}},
		"a label that a Service selects": {func(s *Subject) {
			unclaimed(s)
			s.Cluster = fargatetest.In("apps", fargatetest.Service("tenants", map[string]string{"run": "on-fargate"}))
		}, false, true, []string{
			`which are not added: Service "tenants" would start to select the pod`, "Warn [not-injected]", `add {run: "on-fargate"} to the pod template yourself`,
		}},
		"labels kept back, since Fargate refuses it": {func(s *Subject) { unclaimed(s); s.Pod.Spec.HostPID = true }, false, true, []string{
			"Fargate can't run it: spec.hostPID must not be true (host-namespaces)", "1. to run it on Fargate, fix this; to keep it elsewhere",
		}},
		"no pod, refused": {func(s *Subject) {
			podless(s)
			s.Pod.Spec.HostPID = true
			s.Events = []corev1.Event{event("replicaset-controller", "FailedCreate", "Error creating: admission webhook denied the request")}
		}, false, true, []string{
			"deployment/web has no pod: the webhook refuses those that it creates.", "Labels:      run=on-fargate", "replicaset-controller, FailedCreate: Error creating",
			"Deny [host-namespaces]", "1. remove these fields", "2. correct the pod template",
		}},
		"no pod, quota": {func(s *Subject) {
			podless(s)
			s.Events = []corev1.Event{event("replicaset-controller", "FailedCreate", "exceeded quota")}
		}, false, true, []string{`deployment/web has no pod: its events say why; a new one runs on Fargate (profile "apps").`, "exceeded quota", "1. correct what the events name"}},
		"no pod, they were created before": {func(s *Subject) {
			podless(s)
			s.Events = []corev1.Event{event("replicaset-controller", "SuccessfulCreate", "Created pod: web-1")}
		}, false, false, []string{`deployment/web has no pod yet: a new one runs on Fargate (profile "apps").`}},
		"no pod of the newest revision": {func(s *Subject) { podless(s); s.Earlier, s.Pod.Spec.HostPID = true, true }, false, true, []string{
			"deployment/web has no pod of its newest revision: the webhook refuses those that it creates.",
		}},
		"no pod, idle":       {func(s *Subject) { podless(s); s.Idle = true }, false, false, []string{`deployment/web has no pod, since it is scaled to 0: a new one runs on Fargate (profile "apps").`}},
		"no pod, no Fargate": {func(s *Subject) { podless(s); s.Pod.Labels["run"] = "here" }, false, false, []string{"deployment/web has no pod yet: ", "add the labels that a profile above asks for"}},
		"no pod, as if claimed": {func(s *Subject) {
			podless(s)
			s.Pod.Labels["eks.amazonaws.com/fargate-profile"], s.Pod.Spec.SchedulerName = "apps", "fargate-scheduler"
		}, false, false, []string{"has no pod yet"}},
	} {
		t.Run(name, func(t *testing.T) {
			answer := New(subject(c.change))
			var text strings.Builder
			if err := answer.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(text.String(), want) {
					t.Errorf("lacks %q", want)
				}
			}
			if answer.Fargate != c.fargate || answer.Hangs != c.hangs || answer.Expected() != (c.fargate && !c.hangs) || answer.Hangs && len(answer.Steps) == 0 {
				t.Errorf("Fargate: %v, hangs: %v", answer.Fargate, answer.Hangs)
			}
			if t.Failed() {
				t.Log(text.String())
			}
		})
	}
}

// Every event that was seen in public is translated, each part of it.
func TestPublicEventsAreTranslated(t *testing.T) {
	const prefix = "Pod not supported on Fargate: "
	for message, facts := range map[string]string{
		prefix + "fields not supported: HostNetwork, invalid SecurityContext fields: Privileged, port contains HostIP or HostPort":         "F4.3 F4.7 F4.6",
		prefix + "fields not supported: HostNetwork, port contains HostIP or HostPort":                                                     "F4.3 F4.6",
		prefix + "fields not supported: HostNetwork, HostPID, HostIPC":                                                                     "F4.3 F4.4 F4.5",
		prefix + "invalid SecurityContext fields: Privileged, volumes not supported: mntdatas3fs is of an unsupported volume Type":         "F4.7 F4.10",
		prefix + "invalid SecurityContext fields: Privileged,AllowPrivilegeEscalation":                                                     "F4.7 F4.8",
		prefix + "invalid SecurityContext fields: Capabilities added: CAP_CHOWN":                                                           "F4.9",
		"[POD_UNSUPPORTED_ON_FARGATE] " + prefix + "invalid SecurityContext fields: AllowPrivilegeEscalation":                              "F4.8",
		prefix + "volumes not supported: data not supported because: PVC data-0 not bound":                                                 "F4.11",
		prefix + "volumes not supported: data not supported because: PVC data-0 bound to invalid PV pv-1 with nil CSI spec":                "F4.12",
		prefix + "volumes not supported: data not supported because: PVC data-0 bound to invalid PV pv-1 with CSI Driver: ebs.csi.aws.com": "F4.13",
		prefix + "volumeDevices not supported":                                                                                             "F4.14",
		prefix + "DaemonSet not supported":                                                                                                 "F4.15",
		"SchedulerName is not fargate-scheduler":                                                                                           "F4.16",
		"MatchNodeSelector failed: Fargate profile fp cannot satisfy pod's node selector/affinity requirements":                            "F4.17",
		"Your pod's cpu/memory requirements exceed the max Fargate configuration":                                                          "F3.6",
		"Disabled logging because aws-logging configmap was not found.":                                                                    "F2.17",
		"Successfully enabled logging for pod apps/web-1":                                                                                  "F2.17",
	} {
		var got []string
		for _, m := range Translate(message) {
			got = append(got, m.Fact)
		}
		if want := strings.Fields(facts); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
			t.Errorf("%s: %v, want %v", message, got, want)
		}
	}
	for _, message := range []string{
		"Misconfigured Fargate Profile: fargate profile X blocked for new launches due to: Pod execution role is not found in auth config or does not have all required permissions for launching fargate pods.",
		"Failed to assume PodExecutionRole; Please make sure the role exists and trusts the eks-fargate-pods.amazonaws.com service principal",
		"Your AWS account is currently blocked and thus cannot launch any Fargate pods",
		"Pod provisioning timed out (will retry) for pod: ns/name",
		"Fargate capacity is unavailable at this time. Please try again later or in a different availability zone.",
		"Your AWS account has reached the limit on the number of Fargate pods it can run concurrently",
		"0/2 nodes are available: 2 node(s) had untolerated taint {eks.amazonaws.com/compute-type: fargate}.",
		"0/2 nodes are available: 1 Too many pods.", "no nodes available to schedule pods",
	} {
		if len(Translate(message)) != 1 {
			t.Errorf("%s: %v", message, Translate(message))
		}
	}
	if got := Translate("Successfully assigned apps/web-1 to node"); got != nil {
		t.Errorf("what isn't known: %v", got)
	}
	if got := Translate(prefix + "invalid SecurityContext fields: Capabilities added: CAP_CHOWN")[0].Text; got != "a container adds the capability CAP_CHOWN, which Fargate doesn't allow" {
		t.Error(got)
	}
}

// JSON has lists and maps, never null.
func TestAnswerJSON(t *testing.T) {
	var out strings.Builder
	s := subject(func(s *Subject) { s.Profiles = nil })
	if err := New(s).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "null") {
		t.Error(out.String())
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(out.String()), &fields); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"pod", "namespace", "fargate", "hangs", "profile", "summary", "labels", "annotations", "profiles", "findings", "events", "steps"} {
		if _, ok := fields[key]; !ok {
			t.Errorf("no field %s", key)
		}
	}
}

// Arbitrary messages neither panic nor match themselves into something that isn't there.
func FuzzTranslate(f *testing.F) {
	f.Add("Pod not supported on Fargate: fields not supported: HostNetwork")
	f.Add("Capabilities added: A, Capabilities added: B")
	f.Fuzz(func(t *testing.T, message string) {
		for _, m := range Translate(message) {
			if m.Text == "" || strings.Contains(m.Text, "$1") {
				t.Errorf("%q: %+v", message, m)
			}
		}
	})
}
