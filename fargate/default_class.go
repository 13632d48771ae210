package fargate

import (
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// DefaultStorageClass is the class that the API server gives to claims that
// name none: of those marked as default the newest, then the first by name; nil
// when none is.
func DefaultStorageClass(classes []*storagev1.StorageClass) *storagev1.StorageClass {
	return defaultClass(classes, DefaultClassAnnotation, BetaDefaultClassAnnotation)
}

// DefaultIngressClass is the class that the API server gives to Ingresses that
// name none: of those marked as default the newest, then the first by name; nil
// when none is.
func DefaultIngressClass(classes []*networkingv1.IngressClass) *networkingv1.IngressClass {
	return defaultClass(classes, networkingv1.AnnotationIsDefaultIngressClass)
}

// defaultClass is the newest object with one of the annotations being "true",
// and of several as new the first by name.
func defaultClass[T any, P interface {
	*T
	metav1.Object
}](classes []P, annotations ...string) P {
	var best P
	for _, class := range classes {
		marked := false
		for _, annotation := range annotations {
			marked = marked || class.GetAnnotations()[annotation] == "true"
		}
		if marked && (best == nil || supersedes(class, best)) {
			best = class
		}
	}
	return best
}

// supersedes reports whether a is preferred to b of two default classes.
func supersedes(a, b metav1.Object) bool {
	then, now := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	if then.Equal(&now) {
		return a.GetName() < b.GetName()
	}
	return now.Before(&then)
}
