package world

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// failure is a pod that people have reported to hang on Fargate.
type failure struct {
	name  string // where it was reported
	spec  string // the pod's
	event string // what EKS says about it, to the letter
	rule  string // the rule that refuses it
}

const (
	unsupported = "Pod not supported on Fargate: "
	container   = "containers: [{name: c, image: c}]"
)

// failures are the public ones (F3.6, F4.2 to F4.17).
func failures() []failure {
	secure := func(context string) string {
		return "containers: [{name: c, image: c, securityContext: {" + context + "}}]"
	}
	volume := func(name, source string) string {
		return container + "\nvolumes: [{name: " + name + ", " + source + "}]"
	}
	claim := func(name string) string { return volume("data", "persistentVolumeClaim: {claimName: "+name+"}") }
	return []failure{
		{"efs-csi-589", "hostNetwork: true\ncontainers: [{name: c, image: c, ports: [{containerPort: 9809}], securityContext: {privileged: true}}]",
			unsupported + "fields not supported: HostNetwork, invalid SecurityContext fields: Privileged, port contains HostIP or HostPort", "host-namespaces"},
		{"efs-csi-1179", "hostNetwork: true\ncontainers: [{name: c, image: c, ports: [{containerPort: 9809}]}]",
			unsupported + "fields not supported: HostNetwork, port contains HostIP or HostPort", "host-namespaces"},
		{"kube-s3-14", secure("privileged: true") + "\nvolumes: [{name: mntdatas3fs, hostPath: {path: /mnt}}]",
			unsupported + "invalid SecurityContext fields: Privileged, volumes not supported: mntdatas3fs is of an unsupported volume Type", "privileged"},
		{"frappe-helm-182", secure("capabilities: {add: [CAP_CHOWN]}"), unsupported + "invalid SecurityContext fields: Capabilities added: CAP_CHOWN", "added-capabilities"},
		{"ingress-nginx-4888", secure("allowPrivilegeEscalation: true"), unsupported + "invalid SecurityContext fields: AllowPrivilegeEscalation", "privilege-escalation"},
		{"efs-csi-1329", secure("privileged: true"), unsupported + "invalid SecurityContext fields: Privileged", "privileged"},
		{"containers-roadmap-682", secure("capabilities: {add: [NET_ADMIN]}"), unsupported + "invalid SecurityContext fields: Capabilities added: NET_ADMIN", "added-capabilities"},
		{"containers-roadmap-1102", secure("capabilities: {add: [SYS_PTRACE]}"), unsupported + "invalid SecurityContext fields: Capabilities added: SYS_PTRACE", "added-capabilities"},
		{"nri-kubernetes-87", "containers: [{name: c, image: c, ports: [{containerPort: 80, hostPort: 80}]}]", unsupported + "port contains HostIP or HostPort", "host-port"},
		{"host-pid", "hostPID: true\n" + container, unsupported + "fields not supported: HostPID", "host-namespaces"},
		{"host-ipc", "hostIPC: true\n" + container, unsupported + "fields not supported: HostIPC", "host-namespaces"},
		{"containers-roadmap-1764", volume("secrets", "csi: {driver: secrets-store.csi.k8s.io}"), unsupported + "volumes not supported: secrets is of an unsupported volume Type", "volume-type"},
		{"pachyderm-4522", volume("storage", "hostPath: {path: /var}"), unsupported + "volumes not supported: storage is of an unsupported volume Type", "volume-type"},
		{"aws-cdk-23375", claim("late"), unsupported + "volumes not supported: data not supported because: PVC late not bound", "persistent-volume"},
		{"ebs-csi-810", claim("ebs"), unsupported + "volumes not supported: data not supported because: PVC ebs bound to invalid PV %[1]s-ebs with CSI Driver: ebs.csi.aws.com", "persistent-volume"},
		{"nil-csi", claim("old"), unsupported + "volumes not supported: data not supported because: PVC old bound to invalid PV %[1]s-old with nil CSI spec", "persistent-volume"},
		{"volume-devices", "containers: [{name: c, image: c, volumeDevices: [{name: data, devicePath: /dev/xvda}]}]\nvolumes: [{name: data, persistentVolumeClaim: {claimName: block}}]",
			unsupported + "volumeDevices not supported", "volume-devices"},
		{"ebs-csi-496", "nodeSelector: {disk: ssd}\n" + container, "MatchNodeSelector failed: Fargate profile %[1]s cannot satisfy pod's node selector/affinity requirements", "node-selection"},
		{"eks-distro-prow-jobs-11", "containers: [{name: c, image: c, resources: {requests: {cpu: 17}}}]", "Your pod's cpu/memory requirements exceed the max Fargate configuration", "pod-size"},
	}
}

// TestPublicFailures: every one of them hangs without the webhook, with the event that people have
// pasted, and is refused with it.
func TestPublicFailures(t *testing.T) {
	f := world(t)
	with, without := f.pair(t, "failures")
	for _, namespace := range []string{with, without} {
		f.claims(t, namespace)
	}
	for _, failure := range failures() {
		t.Run(failure.name, func(t *testing.T) {
			t.Parallel()
			pod := fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: %s, labels: {run: on-fargate, failure: %s}}\nspec:\n  %s\n",
				failure.name, failure.name, strings.ReplaceAll(failure.spec, "\n", "\n  "))
			f.apply(t, without, pod)
			stuck := f.pods(t, without, "failure="+failure.name, 1, hangs)[0]
			event := failure.event
			if strings.Contains(event, "%") {
				event = fmt.Sprintf(event, without)
			}
			if got := f.event(t, &stuck, "FailedScheduling", ""); got.Message != event || got.Source.Component != "fargate-scheduler" || got.Type != corev1.EventTypeWarning {
				t.Errorf("%s from %s: %q; want %q", got.Type, got.Source.Component, got.Message, event)
			}
			result, err := f.cluster.Kubectl(t.Context(), pod, "apply", "-n", with, "-f", "-")
			if err != nil || result.Code != 1 || !strings.Contains(result.Stderr, "\n- "+failure.rule+": ") {
				t.Errorf("exit code %d, %v\n%s%s\nwant it refused by %s", result.Code, err, result.Stdout, result.Stderr, failure.rule)
			}
		})
	}
}

// claims creates the claims of the failures, bound to volumes whose names begin with the
// namespace's. No controller binds them here.
func (f *fixture) claims(t *testing.T, namespace string) {
	t.Helper()
	for _, claim := range []struct{ name, mode, source string }{
		{"late", "Filesystem", ""},
		{"ebs", "Filesystem", "csi: {driver: ebs.csi.aws.com, volumeHandle: vol-1}"},
		{"old", "Filesystem", "hostPath: {path: /tmp}"},
		{"block", "Block", "csi: {driver: efs.csi.aws.com, volumeHandle: fs-1}"},
	} {
		if claim.source == "" {
			f.apply(t, namespace, fmt.Sprintf(claimText, claim.name, claim.mode, ""))
			continue
		}
		volume := namespace + "-" + claim.name
		f.apply(t, namespace, fmt.Sprintf(volumeText, volume, claim.mode, claim.source))
		f.apply(t, namespace, fmt.Sprintf(claimText, claim.name, claim.mode, volume))
		f.kubectl(t, "", "-n", namespace, "patch", "persistentvolumeclaim", claim.name, "--subresource=status", "--type=merge", "-p", `{"status":{"phase":"Bound"}}`)
	}
}

const (
	volumeText = `
apiVersion: v1
kind: PersistentVolume
metadata: {name: %s}
spec: {accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}, volumeMode: %s, %s}
`
	claimText = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: %s}
spec: {accessModes: [ReadWriteOnce], storageClassName: "", resources: {requests: {storage: 1Gi}}, volumeMode: %s, volumeName: %q}
`
)
