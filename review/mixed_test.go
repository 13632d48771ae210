package review

import (
	"strings"
	"testing"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// mixed is a namespace whose batch workers run on Fargate, by a label of the profile only, and
// whose other pods run on EC2 nodes.
const mixed = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ledger, namespace: batch}
spec:
  selector: {matchLabels: {app: ledger}}
  template:
    metadata: {labels: {app: ledger}}
    spec: {containers: [{name: c, image: c}], volumes: [{name: data, persistentVolumeClaim: {claimName: ledger}}]}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: ledger, namespace: batch}, spec: {accessModes: [ReadWriteOnce], volumeName: ledger, storageClassName: ""}}
---
{apiVersion: v1, kind: PersistentVolume, metadata: {name: ledger}, spec: {csi: {driver: ebs.csi.aws.com, volumeHandle: vol-1}}}
---
apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: batch}
spec: {type: NodePort, selector: {app: ledger}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: probe, namespace: batch}
spec: {selector: {matchLabels: {app: probe}}, template: {metadata: {labels: {app: probe}}, spec: {hostNetwork: true, containers: [{name: c, image: c}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: probe, namespace: batch}
spec: {type: LoadBalancer, selector: {app: probe}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: driver, namespace: batch, labels: {app: driver}, annotations: {eks.amazonaws.com/compute-type: ec2}}
spec: {containers: [{name: c, image: c}]}
---
apiVersion: v1
kind: Service
metadata: {name: driver, namespace: batch}
spec: {type: NodePort, selector: {app: driver}, ports: [{port: 80}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: sweep, namespace: batch}
spec:
  schedule: "@daily"
  jobTemplate: {spec: {template: {metadata: {labels: {app: sweep}, annotations: {eks.amazonaws.com/compute-type: ec2}}, spec: {restartPolicy: Never, containers: [{name: c, image: c}]}}}}
---
apiVersion: v1
kind: Service
metadata: {name: sweep, namespace: batch}
spec: {type: NodePort, selector: {app: sweep}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: logs, namespace: batch}
spec: {selector: {matchLabels: {app: logs}}, template: {metadata: {labels: {app: logs}}, spec: {containers: [{name: c, image: c}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: logs, namespace: batch}
spec: {type: NodePort, selector: {app: logs}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: workers, namespace: batch}
spec: {selector: {matchLabels: {app: workers}}, template: {metadata: {labels: {app: workers, stage: worker}}, spec: {containers: [{name: c, image: c}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: workers, namespace: batch}
spec: {type: NodePort, selector: {app: workers}, ports: [{port: 80}]}
`

// Of a namespace where a label takes some pods to Fargate, only the Service of these is refused.
// Nothing says of the others that they run there.
func TestMixedNamespace(t *testing.T) {
	reviewer := &Reviewer{Policy: policy.Default(), Index: profiles.NewIndex([]profiles.Profile{
		fargatetest.Profile("workers", fargatetest.Selects("batch", "stage", "worker")),
	})}
	items, problems := reviewer.File("in.yaml", []byte(mixed))
	if len(problems) > 0 || len(items) != 14 {
		t.Fatal(len(items), problems)
	}
	for i := range items {
		item := &items[i]
		onFargate := item.Name == "workers"
		if refused := item.Result == ResultDeny; refused != (onFargate && item.Kind == "Service") {
			t.Errorf("%s %s: %s %+v", item.Kind, item.Name, item.Result, item.Findings)
		}
		if item.Placement.Fargate != onFargate && item.Kind != "PersistentVolume" && item.Kind != "PersistentVolumeClaim" || !onFargate && len(item.Patch) > 0 {
			t.Errorf("%s %s: placement %+v, patch %v", item.Kind, item.Name, item.Placement, item.Patch)
		}
		for _, f := range item.Findings {
			if says := strings.Contains(f.Message, "selects pods") || strings.Contains(f.Message, "selects the pods"); says != onFargate {
				t.Errorf("%s %s: %s", item.Kind, item.Name, f.Message)
			}
		}
	}
	want := map[string]Result{"ledger": ResultWarn, "probe": ResultPass, "driver": ResultWarn, "sweep": ResultWarn, "logs": ResultWarn, "workers": ResultDeny}
	for i := range items {
		if item := &items[i]; item.Kind == "Service" && item.Result != want[item.Name] {
			t.Errorf("Service %s: %s, want %s", item.Name, item.Result, want[item.Name])
		}
	}
}
