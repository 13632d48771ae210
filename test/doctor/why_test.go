package doctor

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fargate-webhook/test/eks"
)

// explains asks why about pods that hang, and about one that runs.
func (f *fixture) explains(t *testing.T) {
	t.Helper()
	f.kubectl(t, "", "-n", "late", "run", "stranded", "--image=c")
	f.claims(t, "late")
	if err := f.eks.CreateProfile(t.Context(), eks.Profile{Name: "late", Selectors: []eks.Selector{{Namespace: "late"}}}); err != nil {
		t.Fatal(err)
	}
	f.kubectl(t, "", "-n", "apps", "create", "deployment", "web", "--image=c")
	f.kubectl(t, "", "-n", "apps", "rollout", "status", "deployment/web", "--timeout=60s")
	f.kubectl(t, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: refused}
spec:
  selector: {matchLabels: {app: refused}}
  template:
    metadata: {labels: {app: refused, run: on-fargate}}
    spec:
      hostPID: true
      containers: [{name: c, image: c}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: rolled}
spec:
  selector: {matchLabels: {app: rolled}}
  template:
    metadata: {labels: {app: rolled, run: on-fargate}}
    spec:
      containers: [{name: c, image: c}]
`, "-n", "apps", "create", "-f", "-")
	f.kubectl(t, "", "-n", "apps", "rollout", "status", "deployment/rolled", "--timeout=60s")
	f.kubectl(t, "", "-n", "apps", "patch", "deployment", "rolled", `-p={"spec":{"template":{"spec":{"hostPID":true}}}}`)
	f.kubectl(t, "", "-n", "bare", "run", "unlabelled", "--image=c")
	f.kubectl(t, "", "-n", "apps", "run", "opted-out", "--image=c", "--annotations=eks.amazonaws.com/compute-type=ec2")
	f.kubectl(t, `
apiVersion: v1
kind: Pod
metadata: {name: denied, labels: {run: on-fargate}}
spec:
  hostNetwork: true
  containers: [{name: efs-plugin, image: c, securityContext: {privileged: true}, ports: [{containerPort: 9809, hostPort: 9809}]}]
`, "-n", "bare", "create", "-f", "-")
	for _, c := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{"deployment/web", "-n", "apps"}, 0, []string{"runs on Fargate node fargate-ip-", `(profile "apps")`, "CapacityProvisioned="}},
		{[]string{"deployment/refused", "-n", "apps"}, 1, []string{"has no pod: the webhook refuses those that it creates", "replicaset-controller, FailedCreate: ", "Deny [host-namespaces]"}},
		{[]string{"deploy/rolled", "-n", "apps"}, 1, []string{"deploy/rolled has no pod of its newest revision: the webhook refuses those that it creates", "FailedCreate"}},
		{[]string{"pod/stranded", "-n", "late"}, 1, []string{`now runs there (profile "late")`, "the pod matches selector 1", "1. delete pod stranded"}},
		{[]string{"unlabelled", "-n", "bare"}, 1, []string{"EKS has not claimed it", "apps (ACTIVE): lacks run=on-fargate (it has run=unlabelled)"}},
		{[]string{"opted-out", "-n", "apps"}, 1, []string{"the annotation eks.amazonaws.com/compute-type: ec2 keeps it off Fargate", "remove the annotation"}},
		{[]string{"denied", "-n", "bare"}, 1, []string{"Fargate doesn't run it", "fargate-scheduler, FailedScheduling: Pod not supported on Fargate: ", "Fargate has no host network (F4.3)", "a container is privileged (F4.7)", "remove spec.hostNetwork"}},
		{[]string{"claims", "-n", "late"}, 1, []string{`now runs there (profile "late")`, "Deny [persistent-volume]", "ebs.csi.aws.com", "fix what the findings name first"}},
		{[]string{"missing", "-n", "apps"}, 2, nil},
		{[]string{"service/x", "-n", "apps"}, 2, nil},
	} {
		var out string
		await(t, strings.Join(c.args, " "), func() error {
			var code int
			out, code = f.run(t, append([]string{"why"}, c.args...)...)
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					return fmt.Errorf("exit code %d, no %q in\n%s", code, want, out)
				}
			}
			if code != c.code {
				return fmt.Errorf("exit code %d\n%s", code, out)
			}
			return nil
		})
		t.Logf("$ why %s\n%s", strings.Join(c.args, " "), out)
		if slices.Contains([]string{"denied", "pod/stranded", "deployment/refused"}, c.args[0]) {
			shown(t, "docs/troubleshooting.md", "fargate-webhook why "+strings.Join(c.args, " "), out)
		}
		if c.code != 2 {
			out, _ := f.run(t, append([]string{"why", "-o", "json"}, c.args...)...)
			if err := json.Unmarshal([]byte(out), &map[string]any{}); err != nil {
				t.Error(err)
			}
		}
	}
	f.kubectl(t, "", "-n", "late", "delete", "pod/stranded", "pod/claims", "pvc/data", "pv/data", "--wait=false")
	f.kubectl(t, "", "-n", "bare", "delete", "pod", "unlabelled", "denied")
	f.kubectl(t, "", "-n", "apps", "delete", "pod/opted-out", "deployment/web", "deployment/refused", "deployment/rolled")
	if err := f.eks.DeleteProfile(t.Context(), "late"); err != nil {
		t.Fatal(err)
	}
}

// claims creates a pod with a claim that is bound to a volume on EBS.
func (f *fixture) claims(t *testing.T, namespace string) {
	t.Helper()
	f.kubectl(t, `
apiVersion: v1
kind: PersistentVolume
metadata: {name: data}
spec:
  accessModes: [ReadWriteOnce]
  capacity: {storage: 1Gi}
  claimRef: {namespace: `+namespace+`, name: data}
  csi: {driver: ebs.csi.aws.com, volumeHandle: vol-0123456789abcdef0}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
  storageClassName: ""
  volumeName: data
---
apiVersion: v1
kind: Pod
metadata: {name: claims, labels: {run: on-fargate}}
spec:
  containers: [{name: c, image: c, volumeMounts: [{name: data, mountPath: /data}]}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
`, "-n", namespace, "create", "-f", "-")
	f.kubectl(t, "", "-n", namespace, "patch", "pvc", "data", "--subresource=status", "--type=merge", `-p={"status":{"phase":"Bound"}}`)
}
