package webhook

import (
	"context"
	"errors"
	"reflect"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"

	"fargate-webhook/internal/scan"
	"fargate-webhook/kinds"
	"fargate-webhook/webhook/intake"
)

// unread are the fields of pods that no decision reads: a third of the bytes of a pod, and half of
// the values in it.
var unread = scan.Fields{
	reflect.TypeFor[metav1.ManagedFieldsEntry](): {"Manager", "Operation", "APIVersion", "FieldsType", "FieldsV1", "Subresource"},
	reflect.TypeFor[corev1.Pod]():                {"Status"},
	reflect.TypeFor[corev1.Container](): {
		"WorkingDir", "EnvFrom", "ResizePolicy", "VolumeMounts", "LivenessProbe", "ReadinessProbe", "StartupProbe", "Lifecycle",
		"TerminationMessagePath", "TerminationMessagePolicy", "ImagePullPolicy",
	},
}

// shapes are what the reviews of a kind are decoded into.
type shapes struct {
	// all has everything, and quick what decisions read.
	all, quick *scan.Shape
}

func shapesOf(kind *kinds.Kind) shapes {
	in, _, _ := emptyReview(kind)
	s := shapes{all: scan.ShapeOf(in, nil)}
	s.quick = s.all
	if kind == kinds.Pods {
		s.quick = scan.ShapeOf(in, unread)
	}
	return s
}

// decode decodes a body once there is room for it, which is taken until the visit ends. What the API
// server sends is decoded in the pass that bounds it, other bodies after it. Its errors are
// [httpError], [intake.BusyError] and [scan.RefusalError].
func (h *handler) decode(ctx context.Context, body []byte, visit *intake.Visit) (*request, error) {
	in, object, oldObject := emptyReview(h.kind)
	err := visit.Quick(ctx, body, func(most int) error { return h.quick.Decode(body, in, most) })
	if errors.Is(err, scan.ErrUndecided) {
		if err = visit.Turn(ctx, body, h.all.Body); err == nil {
			in, object, oldObject = emptyReview(h.kind)
			if problem := kjson.UnmarshalCaseSensitivePreserveInts(body, in); problem != nil {
				return nil, badRequest("decode the AdmissionReview: %v", problem)
			}
		}
	}
	if err != nil {
		return nil, unscannable(body, err)
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	in.Request.object, in.Request.oldObject = object.Object(), oldObject.Object()
	return in.Request, nil
}

// unscannable returns the error for a body that the scan stops at. What isn't JSON gets the
// decoder's own error; there is no field to decode anything into.
func unscannable(body []byte, err error) error {
	if !errors.Is(err, scan.ErrSyntax) {
		return err
	}
	if syntax := kjson.UnmarshalCaseSensitivePreserveInts(body, &struct{}{}); syntax != nil {
		err = syntax
	}
	return badRequest("decode the AdmissionReview: %v", err)
}

// emptyReview returns a review to decode into, with the places of its objects.
func emptyReview(kind *kinds.Kind) (in *review, object, oldObject kinds.Slot) {
	object, oldObject = kind.Slot(), kind.Slot()
	return &review{Request: &request{Object: object.Pointer, OldObject: oldObject.Pointer}}, object, oldObject
}

// check returns an error for what isn't a review that can be answered.
func (in *review) check() error {
	if in.APIVersion != admissionv1.SchemeGroupVersion.String() || in.Kind != "AdmissionReview" {
		return badRequest("must be an AdmissionReview of %s, not apiVersion %q, kind %q", admissionv1.SchemeGroupVersion, in.APIVersion, in.Kind)
	}
	if in.Request == nil || in.Request.UID == "" {
		return badRequest("the AdmissionReview must have a request with a uid")
	}
	return nil
}
