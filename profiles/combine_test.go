package profiles

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// fixed is a Source that always answers the same.
type fixed struct {
	list []Profile
	err  error
}

func (f fixed) List(context.Context) ([]Profile, error) { return f.list, f.err }

// watched is a fixed Source whose Watch is the given function.
type watched struct {
	fixed
	watch func(ctx context.Context, changed func()) error
}

func (w watched) Watch(ctx context.Context, changed func()) error { return w.watch(ctx, changed) }

func TestMerge(t *testing.T) {
	creating := active("a", "x")
	creating.Status = StatusCreating
	const statuses = "source 2 has a different status (CREATING, not ACTIVE) than source 1: source 1 is used"
	const selectors = "source 2 has a different set of selectors than source 1: source 1 is used"
	for name, c := range map[string]struct {
		lists    [][]Profile
		want     []Profile
		problems []Problem
	}{
		"none":              {nil, []Profile{}, nil},
		"apart":             {[][]Profile{{active("b", "x")}, {active("a", "x")}}, []Profile{active("b", "x"), active("a", "x")}, nil},
		"alike counts once": {[][]Profile{{active("a", "x")}, {active("a", "x")}}, []Profile{active("a", "x")}, nil},
		"another status":    {[][]Profile{{active("a", "x")}, {creating}}, []Profile{active("a", "x")}, []Problem{{Profile: "a", Selector: -1, Text: statuses}}},
		"other selectors":   {[][]Profile{{active("a", "x")}, {active("a", "y"), active("b")}}, []Profile{active("a", "x"), active("b")}, []Problem{{Profile: "a", Selector: -1, Text: selectors}}},
		"twice in one list": {[][]Profile{{active("a", "x"), active("a", "y")}}, []Profile{active("a", "x"), active("a", "y")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, problems := Merge(c.lists...)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(c.problems, problems); diff != "" {
				t.Errorf("problems: -want +got:\n%s", diff)
			}
		})
	}
}

func TestCombine(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	source := Combine(zap.New(core), fixed{list: []Profile{active("a", "x")}}, fixed{list: []Profile{active("a", "y"), active("b", "x")}})
	for range 3 {
		list, err := source.List(t.Context())
		if err != nil || len(list) != 2 || list[0].Selectors[0].Namespace != "x" {
			t.Fatalf("got %v, %v", list, err)
		}
	}
	if logs.Len() != 1 {
		t.Errorf("%d lines are logged for one difference, want 1", logs.Len())
	}
	if _, notifies := source.(Notifier); notifies {
		t.Error("it tells of changes, and none of its sources does")
	}
	broken := errors.New("broken")
	list, err := Combine(nil, fixed{list: []Profile{active("a")}}, fixed{err: broken}).List(t.Context())
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "source 2 of 2: ") || list != nil {
		t.Errorf("got %v, %v", list, err)
	}
	if list, err := Combine(nil, fixed{err: broken}).List(t.Context()); list != nil || err == nil || err.Error() != "broken" {
		t.Errorf("one source: got %v, %v", list, err)
	}
}

// It watches while one source still has nothing to tell, and ends with ctx or when one of them
// fails.
func TestCombineWatch(t *testing.T) {
	broken := errors.New("broken")
	tells := watched{watch: func(ctx context.Context, changed func()) error {
		changed()
		<-ctx.Done()
		return nil
	}}
	fails := watched{watch: func(context.Context, func()) error { return broken }}
	for name, c := range map[string]struct {
		sources []Source
		told    int
		want    error
	}{
		"two that tell":      {[]Source{tells, fixed{}, tells}, 2, nil},
		"one that is broken": {[]Source{fixed{}, tells, fails}, 1, broken},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			notifier, ok := Combine(nil, c.sources...).(Notifier)
			if !ok {
				t.Fatal("it doesn't tell of changes")
			}
			told := 0
			err := notifier.Watch(ctx, func() {
				if told++; told == c.told && c.want == nil {
					cancel()
				}
			})
			if !errors.Is(err, c.want) || told != c.told {
				t.Errorf("told %d times, %v; want %d, %v", told, err, c.told, c.want)
			}
		})
	}
}
