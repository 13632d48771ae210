package lookups

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/cluster"
)

var errDown = errors.New("down")

// pages is an API server with ReplicaSets, in pages of the size that is asked for.
type pages struct {
	count   int
	expires bool // what the second page continues
	fails   bool // the second page
	asked   []metav1.ListOptions
}

func (p *pages) ListWithContext(_ context.Context, options metav1.ListOptions) (runtime.Object, error) {
	p.asked = append(p.asked, options)
	first, _ := strconv.Atoi(options.Continue) // 0 for none
	switch {
	case first > 0 && p.expires:
		return nil, apierrors.NewResourceExpired("too old")
	case first > 0 && p.fails:
		return nil, errDown
	}
	last := p.count
	list := &appsv1.ReplicaSetList{ListMeta: metav1.ListMeta{ResourceVersion: "7"}}
	if options.Limit > 0 && first+int(options.Limit) < last {
		last = first + int(options.Limit)
		list.Continue = strconv.Itoa(last)
	}
	for i := first; i < last; i++ {
		list.Items = append(list.Items, *wholeReplicaSet(i))
	}
	return list, nil
}

// A list has all objects of all pages, trimmed once. One that takes too long is taken whole, and an
// error is never half a list.
func TestListsComeInPages(t *testing.T) {
	for name, c := range map[string]struct {
		pages  pages
		limits []int64
		failed error
	}{
		"none":     {pages{}, []int64{500}, nil},
		"one page": {pages{count: 500}, []int64{500}, nil},
		"three":    {pages{count: 1001}, []int64{500, 500, 500}, nil},
		"too slow": {pages{count: 1001, expires: true}, []int64{500, 500, 0}, nil},
		"an error": {pages{count: 1001, fails: true}, []int64{500, 500}, errDown},
	} {
		t.Run(name, func(t *testing.T) {
			times := 0
			counted := func(object any) (any, error) { times++; return trim(object) }
			list, err := paged{lists: &c.pages, trim: counted}.list(t.Context(), metav1.ListOptions{ResourceVersion: "0", Limit: 500})
			if !errors.Is(err, c.failed) {
				t.Fatal(err)
			}
			var limits []int64
			for _, asked := range c.pages.asked {
				limits = append(limits, asked.Limit)
				if asked.ResourceVersion != "" {
					t.Errorf("asked for version %q: the API server would send all at once", asked.ResourceVersion)
				}
			}
			if !slices.Equal(limits, c.limits) {
				t.Errorf("limits %v, want %v", limits, c.limits)
			}
			if err == nil {
				checkPaged(t, list, c.pages.count, counted)
			}
			if most := c.pages.count + 500; times > most {
				t.Errorf("trimmed %d times", times)
			}
		})
	}
}

// checkPaged compares a list with what the informer makes of it, by the function that it trims with.
func checkPaged(t *testing.T, list runtime.Object, count int, trim func(any) (any, error)) {
	t.Helper()
	items, err := meta.ExtractList(list)
	if err != nil || len(items) != count {
		t.Fatalf("%d objects, %v, want %d", len(items), err, count)
	}
	about, err := meta.ListAccessor(list)
	if err != nil || about.GetResourceVersion() != "7" || about.GetContinue() != "" {
		t.Errorf("version %q, continue %q, %v", about.GetResourceVersion(), about.GetContinue(), err)
	}
	for i, item := range items {
		kept, err := once(trim)(item)
		set, ok := kept.(*cluster.ReplicaSet)
		if want := wholeReplicaSet(i).Name; err != nil || !ok || set.Name != want {
			t.Fatalf("object %d: %s, %v, want %s", i, fmt.Sprint(kept), err, want)
		}
	}
}
