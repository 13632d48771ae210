// Package ack reads the Fargate profiles of a cluster from the FargateProfile
// objects of ACK, the AWS controllers for Kubernetes, in the cluster at hand.
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
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/profiles"
)

const (
	group    = "eks.services.k8s.aws"
	version  = "v1alpha1"
	resource = "fargateprofiles"
)

// Source lists the Fargate profiles of one cluster by their objects, in all
// namespaces (F9.4).
type Source struct {
	objects dynamic.ResourceInterface
	client  dynamic.Interface
	cluster string
}

// New makes a Source of the EKS cluster of that name. It asks for nothing yet.
func New(client dynamic.Interface, cluster string) *Source {
	return &Source{objects: client.Resource(kind()), client: client, cluster: cluster}
}

func kind() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: group, Version: version, Resource: resource}
}

// List returns the profiles of the cluster, of any status; those of other
// clusters are left out, as are those that EKS doesn't know of and whose cluster
// only it could tell. One object that can't be read fails the list as a whole. Errors name the object and its field, and what to do.
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
		r := &reader{object: name(object)}
		profile, cluster := r.profile(object.Object)
		switch first := places[profile.Name]; {
		case cluster != "" && cluster != s.cluster: // whatever else is wrong with it
		case len(r.failures) > 0:
			failures = append(failures, r.failures...)
		case cluster == "": // EKS doesn't know of it yet
		case first != "":
			failures = append(failures, fmt.Errorf("%s: spec.name: %q is the name of the profile in %s already: delete one of them", r.object, profile.Name, first))
		default:
			places[profile.Name] = r.object
			list = append(list, profile)
		}
	}
	if err := errors.Join(failures...); err != nil {
		return nil, err
	}
	return list, nil
}

// remedyFor says what to do about an error of the API server, to be put behind
// it, or nothing.
func remedyFor(err error) string {
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Sprintf("; the API server serves no %s.%s/%s: install the ACK controller for EKS, or leave out --ack-cluster-name", resource, group, version)
	case apierrors.IsForbidden(err):
		return "; let the webhook list and watch them: apply deploy/optional/profiles-from-ack.yaml"
	}
	return ""
}

func name(object *unstructured.Unstructured) string {
	return fmt.Sprintf("FargateProfile %q", object.GetNamespace()+"/"+object.GetName())
}

// Watch calls changed whenever the list may be another one, until ctx ends. A
// watch that breaks is taken up again; while it can't be, List says why.
func (s *Source) Watch(ctx context.Context, changed func()) error {
	objects := dynamicinformer.NewFilteredDynamicInformer(s.client, kind(), metav1.NamespaceAll, 0, cache.Indexers{}, nil).Informer()
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
		return fmt.Errorf("follow the FargateProfile objects of ACK: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		objects.RunWithContext(ctx)
	}()
	select {
	case <-objects.HasSyncedChecker().Done():
		changed() // there may have been a change since the last list
	case <-ctx.Done():
	}
	<-ended
	return nil
}

// trim leaves of an object what profiles are read from. The controller writes
// conditions and metadata again and again: that is no change.
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
