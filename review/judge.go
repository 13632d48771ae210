package review

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/parallel"
	"fargate-webhook/internal/spool"
)

// judge judges all objects that aren't only looked up.
func (s *stream) judge(each func([]Item) error) error {
	texts := texts{get: s.get}
	for part := range slices.Chunk(s.manifests, batchDocuments) {
		items, errs := make([][]Item, len(part)), make([]error, len(part))
		of := make([]*documentText, len(part))
		for i := range part {
			of[i] = texts.of(part[i].document)
		}
		parallel.Do(len(part), func(i int) {
			if !part[i].source.Context {
				items[i], errs[i] = s.items(&part[i], of[i])
			}
		})
		var all []Item
		for i := range part {
			if err := errs[i]; err != nil {
				s.problems.add(part[i].order, part[i].index, of[i].problem(err))
			}
			all = append(all, items[i]...)
		}
		if err := s.failed.Load(); err != nil {
			return *err
		}
		s.totals.add(all)
		if err := each(all); err != nil {
			return err
		}
	}
	return nil
}

// items judges one object.
func (s *stream) items(m *manifest, text *documentText) ([]Item, error) {
	data, err := s.get(m.json)
	if err != nil {
		return nil, err
	}
	o, err := s.object(m, data)
	if err != nil {
		return nil, m.inItems(err)
	}
	if o.judged != nil {
		s.known.judging.Store(m.json, o.judged)
		defer s.known.judging.Delete(m.json)
	}
	items := s.reviewer.items(o, s.known)
	if origin := m.origin(); origin != nil {
		for i := range items {
			items[i].Origin = origin
		}
	}
	return items, text.locate(items, m)
}

// inItems makes an error name the object's places in its Lists.
func (m *manifest) inItems(err error) error {
	for _, at := range slices.Backward(m.within) {
		err = inItem(at, err)
	}
	return err
}

// get returns what was kept. If that fails, so does the review.
func (s *stream) get(ref spool.Ref) ([]byte, error) {
	data, err := s.spool.Get(ref)
	if err != nil {
		err = fmt.Errorf("read what was kept of the manifests: %w", err)
		s.failed.CompareAndSwap(nil, &err)
	}
	return data, err
}

// load decodes an object that is looked up; nil if it can't be decoded.
func (s *stream) load(kind *cluster.Kind, k *kept) (metav1.Object, error) {
	data, err := s.get(k.json)
	if err != nil {
		return nil, err
	}
	var object cluster.Object = &appsv1.Deployment{}
	if !k.deployment {
		object = kind.New()
	}
	if s.decode(data, object) == nil {
		return lookedUpAs(object, k.deployment), nil
	}
	return nil, nil // which is reported when it is judged
}
