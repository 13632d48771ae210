package cluster

import (
	"errors"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// read notes which lists are read.
type read struct {
	fixed
	lists map[string]int
}

func (r read) List(kind *Kind, namespace string) ([]metav1.Object, error) {
	r.lists[namespace+"/"+kind.Resource]++
	return r.fixed.List(kind, namespace)
}

func (r read) Serves(kind *Kind) (bool, error) { return kind == Services, r.err }

// narrow is a reader with indexes.
type narrow struct {
	fixed
	narrower
}

// Each list is read once, also one that fails; all else is the reader's own answer.
func TestListingOnce(t *testing.T) {
	for name, reader := range map[string]read{
		"read":  {fixed{object: class("a", 0, "", "")}, map[string]int{}},
		"fails": {fixed{err: errors.New("the cache has not synced")}, map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			once := ListingOnce(reader)
			for range 3 {
				for _, namespace := range []string{"apps", "batch"} {
					for _, kind := range []*Kind{Services, Jobs} {
						if got, err := once.List(kind, namespace); len(got) != 1 || got[0] != reader.object || !errors.Is(err, reader.err) {
							t.Errorf("%s of %s: %v, %v", kind.Resource, namespace, got, err)
						}
					}
				}
			}
			for _, list := range []string{"apps/services", "apps/jobs", "batch/services", "batch/jobs"} {
				if reader.lists[list] != 1 {
					t.Errorf("%s: read %d times", list, reader.lists[list])
				}
			}
			for _, kind := range []*Kind{Services, Jobs} {
				if served, err := Serves(once, kind); served != (kind == Services) || !errors.Is(err, reader.err) {
					t.Errorf("%s: served %v, %v", kind.Resource, served, err)
				}
			}
		})
	}
	indexed := &narrow{}
	if got := ListingOnce(indexed); got != Reader(indexed) {
		t.Errorf("a reader with indexes became %T", got)
	}
	if got := ListingOnce(nil); got != nil {
		t.Errorf("no reader became %T", got)
	}
}
