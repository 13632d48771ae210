// Package ack reads the Fargate profiles of a cluster from FargateProfile objects of ACK (AWS
// Controllers for Kubernetes) in the same cluster.
package ack

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/internal/kube"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/manifest"
)

const (
	group    = manifest.ACKGroup
	version  = "v1alpha1"
	resource = "fargateprofiles"
)

// Source lists the Fargate profiles of one EKS cluster from the FargateProfile objects in all
// namespaces (F9.4).
type Source struct {
	objects dynamic.ResourceInterface
	client  dynamic.Interface
	cluster string
}

// New returns a Source of the profiles of the named EKS cluster. It sends no request.
func New(client dynamic.Interface, cluster string) *Source {
	return &Source{objects: client.Resource(kind()), client: client, cluster: cluster}
}

func kind() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: group, Version: version, Resource: resource}
}

// List returns the profiles of the cluster, of any status. It leaves out profiles of other
// clusters, and those whose cluster is unknown until EKS has created them. One object that can't be
// read fails the whole list. Errors name the object and field and say what to do.
func (s *Source) List(ctx context.Context) ([]profiles.Profile, error) {
	objects, err := s.objects.List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list the FargateProfile objects of ACK: %w%s", err, remedyFor(err))
	}
	var list []profiles.Profile
	var failures []error
	places := map[string]string{}
	for i := range objects.Items {
		object := &objects.Items[i]
		place := name(object)
		profile, cluster, err := read(place, object.Object)
		switch first := places[profile.Name]; {
		case cluster != "" && cluster != s.cluster: // its errors don't matter here
		case err != nil:
			failures = append(failures, err)
		case cluster == "": // EKS has no such profile yet
		case first != "":
			failures = append(failures, fmt.Errorf("%s: spec.name: %q is also the name of the profile in %s: delete one of the two", place, profile.Name, first))
		default:
			places[profile.Name] = place
			list = append(list, profile)
		}
	}
	if err := errors.Join(failures...); err != nil {
		return nil, err
	}
	return list, nil
}

// remedyFor returns what to do about an error of the API server, to be appended to it, or "".
func remedyFor(err error) string {
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Sprintf("; the API server does not serve %s.%s/%s: install the ACK controller for EKS, or remove --ack-cluster-name", resource, group, version)
	case apierrors.IsForbidden(err):
		return "; allow the webhook to list and watch them: apply deploy/optional/profiles-from-ack.yaml"
	}
	return ""
}

func name(object *unstructured.Unstructured) string {
	return fmt.Sprintf("FargateProfile %q", object.GetNamespace()+"/"+object.GetName())
}

// Watch calls changed whenever the list may have changed, until ctx ends. It restarts a watch that
// breaks and logs nothing: while the API server fails, List returns why.
func (s *Source) Watch(ctx context.Context, changed func()) error {
	objects := kube.NewCustomInformer(s.client, kind(), cache.Indexers{})
	_, err := objects.AddEventHandler(cache.ResourceEventHandlerDetailedFuncs{
		AddFunc: func(_ any, initial bool) {
			if !initial {
				changed()
			}
		},
		UpdateFunc: func(before, after any) {
			if !reflect.DeepEqual(before, after) {
				changed()
			}
		},
		DeleteFunc: func(any) { changed() },
	})
	silent := func(context.Context, *cache.Reflector, error) {}
	if err := errors.Join(err, objects.SetTransform(trim), objects.SetWatchErrorHandlerWithContext(silent)); err != nil {
		return fmt.Errorf("watch the FargateProfile objects of ACK: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		objects.RunWithContext(ctx)
	}()
	select {
	case <-objects.HasSyncedChecker().Done():
		changed() // a change before the watch began goes unseen otherwise
	case <-ctx.Done():
	}
	<-ended
	return nil
}

// trim returns the fields of an object that read uses. The controller updates conditions and
// metadata often: these updates are not changes of the profile.
func trim(object any) (any, error) {
	full, ok := object.(*unstructured.Unstructured)
	if !ok {
		return object, nil
	}
	trimmed := &unstructured.Unstructured{Object: map[string]any{"spec": full.Object["spec"]}}
	trimmed.SetAPIVersion(full.GetAPIVersion())
	trimmed.SetKind(full.GetKind())
	trimmed.SetNamespace(full.GetNamespace())
	trimmed.SetName(full.GetName())
	if status, ok := full.Object["status"].(map[string]any); ok {
		trimmed.Object["status"] = map[string]any{"status": status["status"], "ackResourceMetadata": status["ackResourceMetadata"]}
	}
	return trimmed, nil
}
