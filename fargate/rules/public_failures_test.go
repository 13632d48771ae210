package rules

import (
	"encoding/json"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fixtures"
)

// publicFailure is a pod that somebody reported as refused by Fargate.
type publicFailure struct {
	// event is what Fargate said, and where who reported it.
	event, where string
	// spec is the part of the pod that it was about.
	spec string
	// want are the rules that report it before the pod is admitted.
	want []*Rule
}

// publicFailures are the reports and events behind section F4 of the facts, such as F4.2.
func publicFailures() []publicFailure {
	return []publicFailure{
		{"fields not supported: HostNetwork, invalid SecurityContext fields: Privileged, port contains HostIP or HostPort", "kubernetes-sigs/aws-efs-csi-driver#589",
			`{"hostNetwork":true,"containers":[{"name":"efs-plugin","securityContext":{"privileged":true},"ports":[{"containerPort":9809,"hostPort":9809}]}]}`,
			[]*Rule{HostNamespaces, Privileged}},
		{"fields not supported: HostNetwork, invalid SecurityContext fields: Privileged, port contains HostIP or HostPort", "aws/containers-roadmap#1517",
			`{"hostNetwork":true,"containers":[{"name":"agent","securityContext":{"privileged":true},"ports":[{"containerPort":80,"hostPort":80}]}]}`,
			[]*Rule{HostNamespaces, Privileged}},
		{"fields not supported: HostNetwork, port contains HostIP or HostPort", "kubernetes-sigs/aws-efs-csi-driver#1179",
			`{"hostNetwork":true,"containers":[{"name":"efs-plugin","ports":[{"containerPort":9909,"hostPort":9909}]}]}`, []*Rule{HostNamespaces}},
		{"fields not supported: HostNetwork, port contains HostIP or HostPort", "cert-manager/website#696",
			`{"hostNetwork":true,"containers":[{"name":"webhook","ports":[{"containerPort":10260,"hostPort":10260}]}]}`, []*Rule{HostNamespaces}},
		{"invalid SecurityContext fields: Privileged, volumes not supported: mntdatas3fs is of an unsupported volume Type", "freegroup/kube-s3#14",
			`{"containers":[{"name":"s3","securityContext":{"privileged":true}}],"volumes":[{"name":"mntdatas3fs","hostPath":{"path":"/mnt/data-s3-fs"}}]}`,
			[]*Rule{Privileged, VolumeType}},
		{"invalid SecurityContext fields: Capabilities added: CAP_CHOWN", "frappe/helm#182",
			`{"containers":[{"name":"frappe","securityContext":{"capabilities":{"add":["CAP_CHOWN"]}}}]}`, []*Rule{AddedCapabilities}},
		{"invalid SecurityContext fields: AllowPrivilegeEscalation", "kubernetes/ingress-nginx#4888",
			`{"containers":[{"name":"controller","securityContext":{"allowPrivilegeEscalation":true,"capabilities":{"drop":["ALL"],"add":["NET_BIND_SERVICE"]}}}]}`,
			[]*Rule{PrivilegeEscalation}},
		{"invalid SecurityContext fields: Privileged", "kubernetes-sigs/aws-efs-csi-driver#1329",
			`{"containers":[{"name":"efs-plugin","securityContext":{"privileged":true}}]}`, []*Rule{Privileged}},
		{"invalid SecurityContext fields: Privileged,Privileged", "F4.7: repeated for each container (S36)",
			`{"initContainers":[{"name":"setup","securityContext":{"privileged":true}}],"containers":[{"name":"app","securityContext":{"privileged":true}}]}`,
			[]*Rule{Privileged, Privileged}},
		{"fields not supported: HostPID", "F4.4", `{"hostPID":true,"containers":[{"name":"app"}]}`, []*Rule{HostNamespaces}},
		{"fields not supported: HostIPC", "F4.5", `{"hostIPC":true,"containers":[{"name":"app"}]}`, []*Rule{HostNamespaces}},
		{"port contains HostIP or HostPort", "newrelic/nri-kubernetes#87",
			`{"containers":[{"name":"agent","ports":[{"containerPort":8003,"hostPort":8003}]}]}`, []*Rule{HostPort}},
		{"invalid SecurityContext fields: Capabilities added: NET_ADMIN", "aws/containers-roadmap#682",
			`{"initContainers":[{"name":"proxyinit","securityContext":{"capabilities":{"add":["NET_ADMIN"]}}}],"containers":[{"name":"app"}]}`,
			[]*Rule{AddedCapabilities}},
		{"invalid SecurityContext fields: Capabilities added: SYS_PTRACE", "aws/containers-roadmap#1102",
			`{"containers":[{"name":"app","securityContext":{"capabilities":{"add":["SYS_PTRACE"]}}}]}`, []*Rule{AddedCapabilities}},
		{"volumes not supported: … is of an unsupported volume Type", "aws/containers-roadmap#1764",
			`{"containers":[{"name":"app"}],"volumes":[{"name":"secrets","csi":{"driver":"secrets-store.csi.k8s.io","readOnly":true}}]}`, []*Rule{VolumeType}},
		{"volumes not supported: … is of an unsupported volume Type", "cert-manager/csi-driver#267",
			`{"containers":[{"name":"app"}],"volumes":[{"name":"tls","csi":{"driver":"csi.cert-manager.io"}}]}`, []*Rule{VolumeType}},
		{"volumes not supported: … is of an unsupported volume Type", "pachyderm/pachyderm#4522",
			`{"containers":[{"name":"app"}],"volumes":[{"name":"pach-disk","hostPath":{"path":"/var/pachyderm"}}]}`, []*Rule{VolumeType}},
		{"volumeDevices not supported", "F4.14",
			`{"containers":[{"name":"app","volumeDevices":[{"name":"disk","devicePath":"/dev/xvda"}]}],"volumes":[{"name":"disk","emptyDir":{}}]}`,
			[]*Rule{VolumeDevices}},
		{"SchedulerName is not fargate-scheduler", "F4.16", `{"schedulerName":"volcano","containers":[{"name":"app"}]}`, []*Rule{NodeSelection}},
		{"MatchNodeSelector failed: Fargate profile X cannot satisfy pod's node selector/affinity requirements", "kubernetes-sigs/aws-ebs-csi-driver#496",
			`{"nodeSelector":{"eks.amazonaws.com/nodegroup":"blue"},"containers":[{"name":"app"}]}`, []*Rule{NodeSelection}},
		{"MatchNodeSelector failed: Fargate profile X cannot satisfy pod's node selector/affinity requirements", "aws/containers-roadmap#1629",
			`{"nodeSelector":{"kubernetes.io/arch":"arm64"},"containers":[{"name":"app"}]}`, []*Rule{NodeSelection}},
		{"the pod never starts with an unsafe sysctl", "aws/containers-roadmap#967",
			`{"securityContext":{"sysctls":[{"name":"net.core.somaxconn","value":"1024"}]},"containers":[{"name":"app"}]}`, []*Rule{UnsafeSysctl}},
		{"address already in use, or kubelet's certificate", "cert-manager/cert-manager#3237",
			`{"containers":[{"name":"webhook","ports":[{"containerPort":10250}]}]}`, []*Rule{KubeletPort}},
	}
}

// Whatever Fargate was seen to refuse is refused before the pod is admitted.
func TestPublicFailuresAreFound(t *testing.T) {
	for _, f := range publicFailures() {
		t.Run(f.where, func(t *testing.T) {
			pod := fixtures.Pod()
			pod.Spec = corev1.PodSpec{}
			decoder := json.NewDecoder(strings.NewReader(f.spec))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(&pod.Spec); err != nil {
				t.Fatal(err)
			}
			t.Logf("Fargate says %q", f.event)
			checkRules(t, CheckPod(onFargate(pod), false), f.want...)
		})
	}
}
