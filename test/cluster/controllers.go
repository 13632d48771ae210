package cluster

import (
	"context"
	"path/filepath"
	"strings"
)

// controllers returns the controllers that need no nodes or volumes. The others would wait for
// objects that never exist, and the volume controllers create directories on this machine.
func controllers() []string {
	return []string{
		"clusterrole-aggregation-controller",
		"cronjob-controller",
		"daemonset-controller",
		"deployment-controller",
		"disruption-controller",
		"endpointslice-controller",
		"garbage-collector-controller",
		"job-controller",
		"namespace-controller",
		"replicaset-controller",
		"replicationcontroller-controller",
		"resourcequota-controller",
		"root-ca-certificate-publisher-controller",
		"serviceaccount-controller",
		"serviceaccount-token-controller",
		"statefulset-controller",
		"ttl-after-finished-controller",
	}
}

// startControllerManager starts kube-controller-manager and waits until its controllers work. Each
// controller uses its own ServiceAccount, as on EKS, so admission requests have the same users as
// there.
func (c *Cluster) startControllerManager(ctx context.Context, controllers, more []string) error {
	kubeconfig := filepath.Join(c.dir, "controller-manager.kubeconfig")
	if err := c.writeKubeconfig(kubeconfig, c.manager); err != nil {
		return err
	}
	_, err := c.start("kube-controller-manager", append([]string{
		"--kubeconfig=" + kubeconfig,
		"--secure-port=0",
		"--leader-elect=false",
		"--use-service-account-credentials",
		"--service-account-private-key-file=" + c.signingKey(),
		"--root-ca-file=" + c.authorityFile(),
		"--controllers=" + strings.Join(controllers, ","),
	}, more...)...)
	if err != nil {
		return err
	}
	return c.AwaitNamespace(ctx, "default")
}
