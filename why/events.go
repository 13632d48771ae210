package why

import (
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Event is an event about a pod, or the message of one of its conditions, and what it means.
type Event struct {
	// From is who wrote it, such as fargate-scheduler.
	From    string `json:"from"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
	// Means is what it says, in words; empty for an event that isn't known.
	Means []Meaning `json:"means,omitempty"`
}

// Meaning is what a part of a message means.
type Meaning struct {
	Text string `json:"text"`
	// Fix says what to do; empty where there is nothing to do.
	Fix string `json:"fix,omitempty"`
	// Fact is the number of a fact in docs/facts.md; empty for what speaks for itself.
	Fact string `json:"fact,omitempty"`
}

// translation is a known part of a message. $1 in means and fix is what its first group matched.
type translation struct {
	pattern          *regexp.Regexp
	means, fix, fact string
}

// inTemplate says where to change what a pod has from its workload.
const inTemplate = " in the pod template"

// translations are what EKS writes, as seen in public (F2.17, F4), and what Kubernetes writes about
// pods that EKS hasn't claimed.
var translations = []translation{
	{regexp.MustCompile(`fields not supported: [^:]*\bHostNetwork\b`), "Fargate has no host network", "remove spec.hostNetwork" + inTemplate, "F4.3"},
	{regexp.MustCompile(`fields not supported: [^:]*\bHostPID\b`), "Fargate doesn't share the host's process IDs", "remove spec.hostPID" + inTemplate, "F4.4"},
	{regexp.MustCompile(`fields not supported: [^:]*\bHostIPC\b`), "Fargate doesn't share the host's IPC", "remove spec.hostIPC" + inTemplate, "F4.5"},
	{regexp.MustCompile(`port contains HostIP or HostPort`), "a container asks for a port of the host", "remove hostPort and hostIP (hostNetwork sets them too)" + inTemplate, "F4.6"},
	{regexp.MustCompile(`SecurityContext fields: [^:]*\bPrivileged\b`), "a container is privileged", "remove securityContext.privileged" + inTemplate, "F4.7"},
	{regexp.MustCompile(`SecurityContext fields: .*\bAllowPrivilegeEscalation\b`), "a container allows privilege escalation", "set securityContext.allowPrivilegeEscalation to false" + inTemplate, "F4.8"},
	{regexp.MustCompile(`Capabilities added: ([A-Z_]+)`), "a container adds the capability $1, which Fargate doesn't allow", "remove it from securityContext.capabilities.add" + inTemplate, "F4.9"},
	{regexp.MustCompile(`(\S+) is of an unsupported volume Type`), "volume $1 has a type that Fargate can't mount", "use an emptyDir, a claim of an EFS volume, or another type that Fargate knows", "F4.10"},
	{regexp.MustCompile(`not supported because: PVC (\S+) not bound`), "the claim $1 was not bound when the pod was scheduled", "wait until it is Bound (kubectl get pvc $1)", "F4.11"},
	{regexp.MustCompile(`PVC (\S+) bound to invalid PV \S+ with nil CSI spec`), "the claim $1 is bound to a volume without a CSI driver", "use a volume of the driver efs.csi.aws.com", "F4.12"},
	{regexp.MustCompile(`bound to invalid PV \S+ with CSI Driver: (\S+)`), "a claim is bound to a volume of the driver $1, which Fargate can't mount", "use a volume of the driver efs.csi.aws.com", "F4.13"},
	{regexp.MustCompile(`volumeDevices not supported`), "a container uses a raw block volume", "remove volumeDevices" + inTemplate, "F4.14"},
	{regexp.MustCompile(`DaemonSet not supported`), "the pod belongs to a DaemonSet", "run it as a sidecar, and keep the DaemonSet off Fargate nodes", "F4.15"},
	{regexp.MustCompile(`SchedulerName is not fargate-scheduler`), "the pod names another scheduler", "remove spec.schedulerName" + inTemplate, "F4.16"},
	{
		regexp.MustCompile(`Fargate profile (\S+) cannot satisfy pod's node selector/affinity`), "no Fargate node meets the pod's node selector or affinity",
		"remove the node selector and affinity" + inTemplate + "; they aren't needed to run on Fargate", "F4.17",
	},
	{
		regexp.MustCompile(`(?:exceed the max Fargate configuration|POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE)`), "the pod requests more than the largest size, 16 vCPU and 120 GB",
		"lower the requests", "F3.6",
	},
	{regexp.MustCompile(`^Pod execution role is not found|blocked for new launches due to: Pod execution role`), "EKS can't use the profile's pod execution role", executionRole, ""},
	{regexp.MustCompile(`Failed to assume PodExecutionRole`), "EKS can't assume the profile's pod execution role", executionRole, ""},
	{regexp.MustCompile(`account is currently blocked`), "AWS has blocked the account from launching pods on Fargate", "ask AWS support", ""},
	{regexp.MustCompile(`Pod provisioning timed out`), "EKS found no machine in time, and tries again", "wait; if it repeats, check free IP addresses in the profile's subnets", ""},
	{regexp.MustCompile(`Fargate capacity is unavailable`), "AWS has no capacity in that zone now", "wait, or add subnets of other zones to the profile", ""},
	{regexp.MustCompile(`reached the limit on the number of Fargate pods`), "the account's quota of Fargate vCPUs is used up", "delete pods that have ended, and ask for a higher quota", ""},
	{regexp.MustCompile(`Disabled logging because aws-logging configmap was not found`), "EKS doesn't ship the pod's logs; this is harmless", "", "F2.17"},
	{regexp.MustCompile(`Successfully enabled logging`), "EKS ships the pod's logs", "", "F2.17"},
	{
		regexp.MustCompile(`cpu\.cfs_quota_us: invalid argument|cpu\.max: invalid argument`), "a CPU limit exceeds what Fargate provisions for the pod",
		"set limits equal to requests, or remove them" + inTemplate, "F3.9",
	},
	{regexp.MustCompile(`Too many pods`), "a Fargate node has room for one pod, and has one already", "keep the pod off Fargate nodes by node affinity", "F5.4"},
	{
		regexp.MustCompile(`untolerated taint\(?s?\)? \{eks\.amazonaws\.com/compute-type: fargate\}`),
		"EKS hasn't claimed the pod, and Kubernetes' own scheduler places nothing on Fargate nodes", "", "F5.1",
	},
	{regexp.MustCompile(`no nodes available to schedule pods`), "EKS hasn't claimed the pod, and there are no other nodes", "", "F1.13"},
}

const executionRole = "check that the role exists, has the policy AmazonEKSFargatePodExecutionRolePolicy, trusts eks-fargate-pods.amazonaws.com, and has an access entry or a line in aws-auth"

// Translate returns what a message means, "" parts for what isn't known.
func Translate(message string) []Meaning {
	var means []Meaning
	for _, t := range translations {
		for _, match := range t.pattern.FindAllStringSubmatchIndex(message, -1) {
			m := Meaning{
				Text: string(t.pattern.ExpandString(nil, t.means, message, match)),
				Fix:  string(t.pattern.ExpandString(nil, t.fix, message, match)),
				Fact: t.fact,
			}
			if !slices.Contains(means, m) {
				means = append(means, m)
			}
		}
	}
	return means
}

// eventsOf returns the events of a pod, oldest first, and what its conditions and containers say
// that no event does.
func eventsOf(pod *corev1.Pod, list []corev1.Event) []Event {
	var found []Event
	add := func(from, reason, message string) {
		if message == "" || slices.ContainsFunc(found, func(e Event) bool { return e.Message == message }) {
			return
		}
		found = append(found, Event{From: from, Reason: reason, Message: message, Means: Translate(message)})
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b corev1.Event) int { return timeOf(&a).Compare(timeOf(&b).Time) })
	for i := range list {
		e := &list[i]
		from := e.Source.Component
		if from == "" {
			from = e.ReportingController
		}
		add(from, e.Reason, strings.TrimSpace(e.Message))
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			add("condition PodScheduled", c.Reason, c.Message)
		}
	}
	for _, c := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if c.State.Waiting != nil {
			add("container "+c.Name, c.State.Waiting.Reason, c.State.Waiting.Message)
		}
	}
	return found
}

// timeOf returns when an event was last seen.
func timeOf(e *corev1.Event) metav1.Time {
	switch {
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp
	case !e.EventTime.IsZero():
		return metav1.Time{Time: e.EventTime.Time}
	}
	return e.CreationTimestamp
}
