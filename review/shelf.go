package review

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/spool"
)

// kept is an object of the manifests that decisions look up.
type kept struct {
	// object is nil for one that is decoded each time that it is looked up.
	object metav1.Object
	json   spool.Ref
	// deployment is true for the ReplicaSet of a Deployment, whose JSON is that of the Deployment.
	deployment bool
}

// keys are what an object is found by, besides its name.
type keys struct {
	// selects is true for an object that selects pods; requires are the labels that these must have.
	selects  bool
	requires map[string]string
	// labels are those of the pods of a workload.
	labels map[string]string
	// unlabelled is true for a workload that is found whatever the labels are.
	unlabelled bool
	// target is the name of what an autoscaler scales.
	target string
}

// shelf is the objects of a kind in a namespace, found by name and by labels. Its places are those of
// kept.
type shelf struct {
	kept   []kept
	byName map[string]int32
	// bySelector are the places of objects by a label that their selector requires: each has one,
	// which few others have. Those whose selector requires none are in unselective.
	bySelector  map[label][]int32
	unselective []int32
	// byLabel are the places of workloads by the labels of their pods. Those that are needed whatever
	// their labels are in unlabelled.
	byLabel    map[label][]int32
	unlabelled []int32
	// byTarget are the places of autoscalers by the name of what they scale.
	byTarget map[string][]int32
}

type label struct{ key, value string }

func newShelf() *shelf {
	return &shelf{byName: map[string]int32{}, bySelector: map[label][]int32{}, byLabel: map[label][]int32{}, byTarget: map[string][]int32{}}
}

// put adds an object, or replaces the one of its name. Objects without a name, which is generated,
// are all different. What the replaced one was found by stays: those who look up compare what they
// get.
func (s *shelf) put(name string, by keys, k kept) {
	place, replaces := s.byName[name]
	if replaces {
		s.kept[place] = k
	} else {
		place = int32(len(s.kept)) //nolint:gosec // so many don't fit into memory
		s.kept = append(s.kept, k)
		if name != "" {
			s.byName[name] = place
		}
	}
	if by.selects {
		s.indexSelector(by.requires, place)
	}
	for key, value := range by.labels {
		l := label{key, value}
		s.byLabel[l] = append(s.byLabel[l], place)
	}
	if by.unlabelled {
		s.unlabelled = append(s.unlabelled, place)
	}
	if by.target != "" {
		s.byTarget[by.target] = append(s.byTarget[by.target], place)
	}
}

func (s *shelf) indexSelector(requires map[string]string, place int32) {
	if len(requires) == 0 {
		s.unselective = append(s.unselective, place)
		return
	}
	var rarest label
	least := -1
	for _, key := range slices.Sorted(maps.Keys(requires)) {
		l := label{key, requires[key]}
		if n := len(s.bySelector[l]); least < 0 || n < least {
			rarest, least = l, n
		}
	}
	s.bySelector[rarest] = append(s.bySelector[rarest], place)
}

// named returns the object of a name, nil if there is none.
func (s *shelf) named(name string) *kept {
	if s == nil {
		return nil
	}
	if place, ok := s.byName[name]; ok {
		return &s.kept[place]
	}
	return nil
}

// all returns all objects.
func (s *shelf) all() []*kept {
	if s == nil {
		return nil
	}
	list := make([]*kept, len(s.kept))
	for i := range s.kept {
		list[i] = &s.kept[i]
	}
	return list
}

// selecting returns at least the objects whose selector matches the labels or some of them.
func (s *shelf) selecting(labels map[string]string) []*kept {
	if s == nil {
		return nil
	}
	places := s.unselective
	for key, value := range labels {
		places = slices.Concat(places, s.bySelector[label{key, value}])
	}
	return s.at(places)
}

// labelled returns at least the workloads whose pods have all labels of a selector.
func (s *shelf) labelled(selector map[string]string) []*kept {
	if s == nil {
		return nil
	}
	if len(selector) == 0 {
		return s.all()
	}
	var rarest []int32
	first := true
	for key, value := range selector {
		if places := s.byLabel[label{key, value}]; first || len(places) < len(rarest) {
			rarest, first = places, false
		}
	}
	return s.at(slices.Concat(s.unlabelled, rarest))
}

// scaling returns at least the autoscalers of what has one of the names.
func (s *shelf) scaling(names []string) []*kept {
	if s == nil {
		return nil
	}
	var places []int32
	for _, name := range names {
		places = append(places, s.byTarget[name]...)
	}
	return s.at(places)
}

// at returns the objects at places, each once and in their order.
func (s *shelf) at(places []int32) []*kept {
	places = slices.Compact(slices.Sorted(slices.Values(places)))
	list := make([]*kept, len(places))
	for i, place := range places {
		list[i] = &s.kept[place]
	}
	return list
}
