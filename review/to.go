package review

import (
	"cmp"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kjson "sigs.k8s.io/json"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/cluster"
	"fargate-webhook/migration"
)

// moved replaces the findings of an item by what changes when its pods move to other nodes. What
// Fargate refuses is no problem there, so nothing is denied. Placement, size, patch and bill stay
// those of today. judged is nil for an object that isn't judged.
func (r *Reviewer) moved(i *Item, o *object, judged runtime.Object) {
	if r.To == "" || r.To == migration.Fargate {
		return
	}
	namespace := i.Namespace
	subject := migration.Subject{Meta: &o.meta, Object: judged, OnFargate: i.Placement.Fargate}
	if judged == nil {
		kind := cluster.Find(o.meta.APIVersion, o.meta.Kind)
		namespaced := kind == nil || kind.Namespaced // as are the other kinds that a note is about
		subject.Object, subject.OnFargate = o.ofKind(kind), r.mayBeOnFargate(o, namespaced)
		judged = &metav1.PartialObjectMetadata{ObjectMeta: o.meta.ObjectMeta}
		if namespaced {
			namespace = cmp.Or(namespace, r.Namespace)
		}
	}
	counted, left := fargate.SplitIgnored(judged, migration.Find(subject, r.To))
	i.Findings, i.Ignored, i.PodsRefused = found(counted), ignored(left), false
	if len(counted)+len(left) > 0 {
		i.Namespace = namespace
	}
	switch {
	case i.Result == ResultExempt:
	case len(i.Findings)+len(i.UnknownFields) > 0:
		i.Result = ResultWarn
	case len(i.Patch) > 0:
		i.Result = ResultChange
	case i.Result != ResultSkip:
		i.Result = ResultPass
	}
}

// ofKind returns an object of a kind that decisions look up, nil for another. It was decoded
// already when it was read.
func (o *object) ofKind(kind *cluster.Kind) runtime.Object {
	if kind == nil {
		return nil
	}
	typed := kind.New()
	if kjson.UnmarshalCaseSensitivePreserveInts(o.json, typed) != nil {
		return nil
	}
	return typed
}

// mayBeOnFargate reports an object that may be about pods on Fargate: a profile selects its
// namespace or, of a kind without namespaces, any.
func (r *Reviewer) mayBeOnFargate(o *object, namespaced bool) bool {
	if !namespaced {
		return len(r.Index.Profiles()) > 0
	}
	return len(r.Index.Selectors(cmp.Or(o.meta.Namespace, r.Namespace))) > 0
}
