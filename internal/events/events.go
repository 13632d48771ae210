// Package events creates the events that the webhook writes about itself, and makes those about the
// pods and workloads of others.
package events

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/text"
)

const (
	// requestTimeout is the timeout of the requests for one event.
	requestTimeout = 10 * time.Second
	// maxNote limits the note of an event, in bytes.
	maxNote = 1024

	reporter = "fargate-webhook"
)

// Deployment is what the events are about.
type Deployment struct {
	Client          kube.Interface
	Namespace, Name string
}

// Event is an event about a Deployment.
type Event struct {
	// Name, after the name of the Deployment, identifies the event: it is created once.
	Name string
	// Type is that of corev1: Normal or Warning.
	Type           string
	Reason, Action string
	Note           string
}

// Create creates an event. created is false if it exists already.
func (d *Deployment) Create(ctx context.Context, e Event) (created bool, err error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	regarding := corev1.ObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Namespace: d.Namespace, Name: d.Name}
	// kubectl describe shows the events of the object's UID only.
	deployment, err := d.Client.Deployments(d.Namespace).Get(limited, d.Name, metav1.GetOptions{})
	switch {
	case err == nil:
		regarding.UID = deployment.UID
	case !apierrors.IsNotFound(err): // outside a cluster there may be no Deployment: the event then only has its name
		return false, fmt.Errorf("find the Deployment %s/%s: %w", d.Namespace, d.Name, err)
	}
	event := &eventsv1.Event{
		ObjectMeta:          metav1.ObjectMeta{Namespace: d.Namespace, Name: d.Name + "." + e.Name},
		EventTime:           metav1.NowMicro(),
		ReportingController: reporter,
		ReportingInstance:   reporter,
		Action:              e.Action,
		Reason:              e.Reason,
		Type:                e.Type,
		Regarding:           regarding,
		Note:                text.Truncate(e.Note, maxNote),
	}
	_, err = d.Client.Events(d.Namespace).Create(limited, event, metav1.CreateOptions{})
	switch {
	case apierrors.IsAlreadyExists(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("create the event %s: %w", event.Name, err)
	default:
		return true, nil
	}
}
