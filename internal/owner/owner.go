// Package owner finds the owner of what the webhook creates in its namespace, so that uninstalling
// deletes it too.
package owner

import (
	"context"
	"fmt"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/kube"
)

// References returns the owner references of an object that is to be created. A nil References is
// that of objects without an owner.
type References func(ctx context.Context) ([]metav1.OwnerReference, error)

// Get returns the references, none for nil.
func (r References) Get(ctx context.Context) ([]metav1.OwnerReference, error) {
	if r == nil {
		return nil, nil
	}
	return r(ctx)
}

// Role returns the reference of the Role with the rights to write the webhook's objects: deleting
// it, as uninstalling does, deletes them, and they can't be created again. Without the Role, or the
// right to get it, there is no owner.
func Role(client kube.Interface, namespace, name string) References {
	return func(ctx context.Context) ([]metav1.OwnerReference, error) {
		role, err := client.Roles(namespace).Get(ctx, name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err), apierrors.IsForbidden(err):
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("get the Role %s/%s, the owner of what the webhook stores: %w", namespace, name, err)
		}
		return []metav1.OwnerReference{{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "Role", Name: role.Name, UID: role.UID}}, nil
	}
}
