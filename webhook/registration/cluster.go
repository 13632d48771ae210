package registration

import (
	"context"
	"fmt"

	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/kube"
)

// ServiceReachable returns a check that fails while the Service has no ready endpoint, so that the
// webhook is not registered before a replica can answer.
func ServiceReachable(client kube.Interface, namespace, service string) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		slices, err := client.EndpointSlices(namespace).List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + service})
		if err != nil {
			return fmt.Errorf("list the EndpointSlices of Service %s/%s: %w", namespace, service, err)
		}
		for i := range slices.Items {
			for _, endpoint := range slices.Items[i].Endpoints {
				if endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready {
					return nil
				}
			}
		}
		return fmt.Errorf("Service %s/%s has no ready endpoint", namespace, service) //nolint:staticcheck // a kind's name
	}
}

// OwnedBy returns a function that sets the named ClusterRole as the owner in options, so that
// deleting it, as uninstalling does, deletes the configurations too. Without the ClusterRole, or
// the right to get it, they have no owner.
func OwnedBy(client kube.Interface, clusterRole string, options Options) func(ctx context.Context) (Options, error) {
	return func(ctx context.Context) (Options, error) {
		role, err := client.ClusterRoles().Get(ctx, clusterRole, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err), apierrors.IsForbidden(err):
			return options, nil
		case err != nil:
			return Options{}, fmt.Errorf("get ClusterRole %s, the owner of the webhook configurations: %w", clusterRole, err)
		}
		owned := options
		owned.Owner = &metav1.OwnerReference{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "ClusterRole", Name: role.Name, UID: role.UID}
		return owned, nil
	}
}
