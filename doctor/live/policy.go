package live

import (
	"context"
	"fmt"
	"path"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/doctor"
)

// Webhook reads the webhook's Deployment.
func Webhook(ctx context.Context, client dynamic.Interface, namespace string) doctor.Read[*appsv1.Deployment] {
	return Get[appsv1.Deployment](ctx, client, deployments, namespace, doctor.DeploymentName)
}

// PolicyFile returns the policy file that a Deployment of the webhook mounts from a ConfigMap, and
// where it is, for messages. Both are empty if it has none.
func PolicyFile(ctx context.Context, client dynamic.Interface, webhook *appsv1.Deployment) (content, where string, err error) {
	file := doctor.DeploymentFlag(webhook, "config")
	name := mounted(webhook, path.Dir(file))
	if file == "" || name == "" {
		return "", "", nil
	}
	where = fmt.Sprintf("ConfigMap %s/%s", webhook.Namespace, name)
	read := Get[corev1.ConfigMap](ctx, client, configMaps, webhook.Namespace, name)
	switch {
	case read.Denied != "":
		return "", where, fmt.Errorf("read the policy: you may not %s: set --config to the policy file", read.Denied)
	case read.Failed != "":
		return "", where, fmt.Errorf("read the policy: %s", read.Failed)
	case read.Value == nil:
		return "", where, fmt.Errorf("read the policy: there is no %s, which the Deployment mounts", where)
	}
	return read.Value.Data[path.Base(file)], where, nil
}

// mounted returns the name of the ConfigMap that a Deployment mounts at a folder, "" for none.
func mounted(webhook *appsv1.Deployment, folder string) string {
	if webhook == nil || len(webhook.Spec.Template.Spec.Containers) == 0 {
		return ""
	}
	spec := &webhook.Spec.Template.Spec
	for _, mount := range spec.Containers[0].VolumeMounts {
		for i := range spec.Volumes {
			if v := &spec.Volumes[i]; v.Name == mount.Name && path.Clean(mount.MountPath) == folder && v.ConfigMap != nil {
				return v.ConfigMap.Name
			}
		}
	}
	return ""
}
