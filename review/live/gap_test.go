package live

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
)

// refuse lets lists of a resource fail.
func (b *bench) refuse(resource string, err error) {
	b.dynamic.PrependReactor("list", resource, func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, err })
}

func forbidden(resource string) error {
	return apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", errors.New("no"))
}

// unavailable is what an API server answers that can't reach a conversion webhook.
func unavailable(reason metav1.StatusReason) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: http.StatusInternalServerError, Reason: reason, Message: "conversion failed"}}
}

// What can't be listed is named, with what the report is without it, and doesn't stop the review.
// What the objects of a kind made is reported if the kind can't be read.
func TestGaps(t *testing.T) {
	b := newBench(
		&appsv1.Deployment{ObjectMeta: meta("web"), Spec: appsv1.DeploymentSpec{Template: template()}},
		&appsv1.ReplicaSet{ObjectMeta: meta("web-1", "apps/v1", "Deployment"), Spec: appsv1.ReplicaSetSpec{Template: template()}},
		pod("web-1-a", "apps/v1", "ReplicaSet"),
	)
	b.Namespace = "apps"
	for _, resource := range []string{"namespaces", "deployments", "storageclasses", "podtemplates"} {
		b.refuse(resource, forbidden(resource))
	}
	b.refuse("limitranges", unavailable(metav1.StatusReasonInternalError))
	b.refuse("rollouts", apierrors.NewNotFound(schema.GroupResource{Resource: "rollouts"}, "")) // its kind was removed meanwhile
	items, gaps := b.review(t)
	var got []string
	for _, g := range gaps {
		got = append(got, fmt.Sprintf("%s|%s|not judged %v, serious %v", g.Name, g.Text, g.NotJudged, g.Serious))
	}
	want := []string{
		"cluster: deployments.apps|no right to list deployments.apps in namespace apps: they are not reviewed|not judged true, serious true",
		"cluster: limitranges|list limitranges in namespace apps: conversion failed: decisions about other objects are made without them|not judged false, serious true",
		"cluster: namespaces|no right to list namespaces: decisions about other objects are made without them|not judged false, serious false",
		"cluster: podtemplates|no right to list podtemplates in namespace apps: they are not reviewed|not judged true, serious false",
		"cluster: storageclasses.storage.k8s.io|no right to list storageclasses.storage.k8s.io: decisions about other objects are made without them|not judged false, serious false",
	}
	if slices.Sort(got); !slices.Equal(items, []string{"ReplicaSet apps/web-1 pass@apps"}) || !slices.Equal(got, want) {
		t.Errorf("got %q, gaps %q", items, got)
	}
}

// A gap is a problem of the report, with the name that the source of the objects would have.
func TestGapIsAProblem(t *testing.T) {
	g := Gap{Name: "cluster: deployments.apps", Text: "no right to list deployments.apps: they are not reviewed", NotJudged: true}
	report, _ := (&review.Reviewer{Index: profiles.NewIndex(nil), Policy: policy.Default()}).Sources([]review.Source{g.Source()})
	if want := (review.Problem{Text: g.Text, Source: g.Name, Minor: true}); len(report.Problems) != 1 || report.Problems[0] != want {
		t.Errorf("got %+v, want %+v", report.Problems, want)
	}
}

// Without any right everything is a gap, and the report is empty.
func TestNoRights(t *testing.T) {
	b := newBench(pod("a"))
	b.refuse("*", forbidden("x"))
	if sources, gaps, err := b.Read(t.Context()); err != nil || len(sources) > 0 || len(gaps) < 20 {
		t.Errorf("got %v, %d gaps, %v", sources, len(gaps), err)
	}
}

// An API server that doesn't know the user answers every request so: one is enough.
func TestUnauthorized(t *testing.T) {
	b := newBench()
	b.refuse("*", apierrors.NewUnauthorized("who are you"))
	if _, _, err := b.Read(t.Context()); !apierrors.IsUnauthorized(err) || len(b.dynamic.Actions()) != 1 {
		t.Errorf("got %v after %d requests", err, len(b.dynamic.Actions()))
	}
}
