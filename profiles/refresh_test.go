package profiles

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// waits returns the pauses between the calls of a source, in seconds.
func waits(s *script) []float64 {
	calls := s.calls()
	var list []float64
	for i := range len(calls) - 1 {
		list = append(list, calls[i+1].Sub(calls[i]).Seconds())
	}
	return list
}

// expectWaits compares pauses with what they are without jitter.
func expectWaits(t *testing.T, got []float64, want ...float64) {
	t.Helper()
	if len(got) < len(want) {
		t.Fatalf("waits %.1f, want %v", got, want)
	}
	for i := range want {
		if got[i] < 0.9*want[i] || got[i] > 1.1*want[i] {
			t.Errorf("wait %d: %.2f s, want about %.0f", i, got[i], want[i])
		}
	}
}

// TestWatcherBacksOff: a source that fails is asked less and less often (F1.21), and at the
// interval again as soon as it answers.
func TestWatcherBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{list: []Profile{active("a", "apps")}}
		started(t, source, WatcherOptions{})
		source.set(nil, errors.New("throttled"))
		time.Sleep(40 * time.Minute)
		expectWaits(t, waits(source), 60, 60, 120, 240, 300, 300)
		source.set([]Profile{active("a", "apps")}, nil)
		time.Sleep(6 * time.Minute) // the next try is a good one
		good := len(source.calls())
		time.Sleep(10 * time.Minute)
		expectWaits(t, waits(source)[good-1:], 60, 60, 60, 60)
	})
}

// TestWatcherRefreshesWhenAsked: at once, once for several calls, and not in a storm.
func TestWatcherRefreshesWhenAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{list: []Profile{active("a", "apps")}}
		w, _ := started(t, source, WatcherOptions{Interval: time.Hour})
		time.Sleep(10 * time.Second)
		source.set([]Profile{active("b", "apps")}, nil)
		w.Refresh()
		w.Refresh()
		w.Refresh()
		synctest.Wait()
		if !w.Index().Has("b") || len(source.calls()) != 2 {
			t.Errorf("%d calls, profiles %v; want one more call, at once", len(source.calls()), w.List())
		}
		for range 100 {
			w.Refresh()
			time.Sleep(100 * time.Millisecond)
		}
		if calls := len(source.calls()); calls < 10 || calls > 13 {
			t.Errorf("%d calls while asked for 10 s, want about one a second", calls)
		}
	})
}

// TestWatcherRefreshesWhileItFails: who asks doesn't wait for the end of the pause.
func TestWatcherRefreshesWhileItFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{list: []Profile{active("a", "apps")}}
		w, _ := started(t, source, WatcherOptions{})
		source.set(nil, errors.New("down"))
		time.Sleep(20 * time.Minute)
		source.set([]Profile{active("b", "apps")}, nil)
		w.Refresh()
		time.Sleep(leastPause)
		synctest.Wait()
		if !w.Index().Has("b") || w.State().Err != nil {
			t.Errorf("state %+v", w.State())
		}
	})
}

// telling is a Source that tells of changes.
type telling struct {
	script
	news chan struct{}
	fail error
}

// Watch implements Notifier.
func (s *telling) Watch(ctx context.Context, changed func()) error {
	if s.fail != nil {
		return s.fail
	}
	for {
		select {
		case <-s.news:
			changed()
		case <-ctx.Done():
			return nil
		}
	}
}

func TestWatcherHearsOfChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &telling{script: script{list: []Profile{active("a", "apps")}}, news: make(chan struct{})}
		w, lines := started(t, source, WatcherOptions{Interval: time.Hour})
		source.set([]Profile{active("b", "apps")}, nil)
		lines.TakeAll()
		source.news <- struct{}{}
		time.Sleep(leastPause)
		synctest.Wait()
		if !w.Index().Has("b") || lines.Len() != 2 {
			t.Errorf("profiles %v, log lines %q", w.List(), messages(lines))
		}
	})
}

// TestWatcherGoesOnUnwatched: a source that can't be watched is still polled, and that it can't is
// told once.
func TestWatcherGoesOnUnwatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &telling{fail: errors.New("too many open files")}
		w, lines := started(t, source, WatcherOptions{})
		for range 5 {
			pass()
		}
		source.set([]Profile{active("a", "apps")}, nil)
		pass()
		if !w.Index().Has("a") {
			t.Error("it is not polled any more")
		}
		count := 0
		for _, message := range messages(lines) {
			if strings.Contains(message, "watch of the profile source failed") {
				count++
			}
		}
		if count != 1 {
			t.Errorf("told %d times, want once", count)
		}
	})
}

// kept is a Keep.
type kept struct {
	mutex  sync.Mutex
	list   []Profile
	listed time.Time
	err    error
	loads  int
}

// Load implements Keep.
func (k *kept) Load(context.Context) ([]Profile, time.Time, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.loads++
	return k.list, k.listed, k.err
}

// set changes what is kept.
func (k *kept) set(list []Profile, listed time.Time) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.list, k.listed, k.err = list, listed, nil
}

// count is how often it was loaded.
func (k *kept) count() int {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	return k.loads
}

// TestWatcherStartsFromTheLastGoodList: the list of an earlier run serves until the source gives
// one; its age is that of the list.
func TestWatcherStartsFromTheLastGoodList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listed := time.Now().Add(-3 * time.Hour)
		keep := &kept{list: []Profile{active("old", "apps")}, listed: listed}
		source := &script{}
		source.block()
		w, lines := started(t, source, WatcherOptions{Keep: keep})
		if w.Ready() == nil {
			t.Error("ready before the source had its time")
		}
		time.Sleep(shortTimeout)
		synctest.Wait()
		state := w.State()
		if err := w.Ready(); err != nil || !w.Index().Has("old") || !noticed(w) {
			t.Fatalf("Ready() = %v, profiles %v", err, w.List())
		}
		if !state.Kept || !state.Listed.Equal(listed) || state.Failures != 1 || !errors.Is(state.Err, context.DeadlineExceeded) {
			t.Errorf("state %+v, want a kept list of %s and the source's failure", state, listed)
		}
		want := []string{"profile refresh failed, using the last good list of an earlier run",
			"profiles loaded", "profile changed"}
		if diff := cmp.Diff(want, messages(lines)); diff != "" {
			t.Errorf("log lines (-want +got):\n%s", diff)
		}
		select {
		case <-w.ListChanges():
			t.Error("the kept list passes for one of the source")
		default:
		}
		source.set([]Profile{active("new", "apps")}, nil)
		pass()
		state = w.State()
		if state.Kept || state.Err != nil || !state.FailingSince.IsZero() || w.Index().Has("old") || !w.Index().Has("new") || keep.count() != 1 {
			t.Errorf("after the source works: %+v, loaded %d times", state, keep.count())
		}
	})
}

// TestWatcherStartsWithNeither: it isn't ready, says both reasons, and tries both again.
func TestWatcherStartsWithNeither(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep := &kept{err: errors.New("no ConfigMap")}
		w, lines := started(t, &script{err: errors.New("EKS is down")}, WatcherOptions{Keep: keep})
		time.Sleep(time.Minute)
		synctest.Wait()
		err := w.Ready()
		if err == nil || !strings.Contains(err.Error(), "EKS is down") || !strings.Contains(err.Error(), "no ConfigMap") {
			t.Errorf("Ready() = %v, want both reasons", err)
		}
		if got := messages(lines); len(got) != 1 || keep.count() < 3 {
			t.Errorf("log lines %q, %d loads; want one line, and that it is tried again", got, keep.count())
		}
		keep.set([]Profile{active("a", "apps")}, time.Now())
		pass()
		if err := w.Ready(); err != nil || !w.State().Kept {
			t.Errorf("Ready() = %v after the list is there", err)
		}
	})
}

// TestWatcherTellsOfEveryStatus: those that place nothing are known too.
func TestWatcherTellsOfEveryStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		profile := active("a", "apps")
		profile.Status = StatusCreating
		source := &script{list: []Profile{profile}}
		w, lines := started(t, source, WatcherOptions{})
		noticed(w)
		<-w.ListChanges()
		lines.TakeAll()
		index := w.Index()
		profile.Status = StatusCreateFailed
		source.set([]Profile{profile}, nil)
		pass()
		if got := w.List(); len(got) != 1 || got[0].Status != StatusCreateFailed || w.Index() != index || noticed(w) {
			t.Errorf("list %v; want the new status, and the same index", got)
		}
		<-w.ListChanges()
		entries := lines.TakeAll()
		if len(entries) != 1 || entries[0].ContextMap()["change"] != "status CREATING -> CREATE_FAILED" {
			t.Errorf("log lines %v", entries)
		}
	})
}

// TestWatcherBoundsItsLog: a list of any length is told in a bounded number of lines.
func TestWatcherBoundsItsLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, lines := started(t, &script{list: exactSet(1000)}, WatcherOptions{})
		changes, rest := lines.FilterMessage("profile changed").Len(), lines.FilterMessage("more profile changes not logged").All()
		if changes != maxLines || len(rest) != 1 || rest[0].ContextMap()["more"] != int64(1000-maxLines) {
			t.Errorf("%d lines of changes, and %v", changes, rest)
		}
		// Of most of them nobody is ever asked, since others sort before.
		if entries := lines.All(); len(entries) != 2*maxLines+3 || !strings.HasPrefix(entries[len(entries)-1].Message, "more profile problems not logged") {
			t.Errorf("%d lines, the last is %v", len(entries), entries[len(entries)-1])
		}
	})
}

// TestWatcherTellsProblems: what is wrong with an ACTIVE profile is told once, when it comes.
func TestWatcherTellsProblems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{list: []Profile{{Name: "a", Status: StatusActive, Selectors: []Selector{{Namespace: "Apps"}}}, {Name: "b", Status: StatusCreateFailed}}}
		_, lines := started(t, source, WatcherOptions{})
		wrong := lines.FilterMessage("profile problem found").All()
		if len(wrong) != 1 || !strings.HasPrefix(fmt.Sprint(wrong[0].ContextMap()["problem"]), `Fargate profile "a", selector 1: it can never match`) {
			t.Errorf("%v", wrong)
		}
		time.Sleep(time.Hour)
		if again := lines.FilterMessage("profile problem found").Len(); again != 1 {
			t.Errorf("told %d times", again)
		}
	})
}

// TestWatcherLogsProblemsOfItsOption: problems may depend on more than the profiles. Notes are logged
// as information.
func TestWatcherLogsProblemsOfItsOption(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		problems := func(list []Profile) (found []Problem) {
			for _, p := range list {
				found = append(found, Problem{Profile: p.Name, Selector: -1, Text: "it is a note", Note: true}, Problem{Profile: p.Name, Selector: 0, Text: "it is bad", Fix: "repair it"})
			}
			return found
		}
		source := &script{list: []Profile{active("a", "x")}}
		_, lines := started(t, source, WatcherOptions{Problems: problems})
		source.set([]Profile{active("a", "x"), active("b", "y")}, nil)
		pass()
		pass()
		var got []string
		for _, line := range lines.All() {
			if problem, ok := line.ContextMap()["problem"]; ok {
				got = append(got, fmt.Sprintf("%s %s: %s", line.Level, line.Message, problem))
			}
		}
		want := []string{
			`info profile note: Fargate profile "a": it is a note`, `warn profile problem found: Fargate profile "a", selector 1: it is bad; repair it`,
			`info profile note: Fargate profile "b": it is a note`, `warn profile problem found: Fargate profile "b", selector 1: it is bad; repair it`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestWatcherSearchesProblemsOfNewLists: once for each list with other ACTIVE profiles, and after the
// notices: nobody waits for the search.
func TestWatcherSearchesProblemsOfNewLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		searched, release := 0, make(chan struct{})
		problems := func([]Profile) []Problem {
			searched++
			<-release
			return nil
		}
		source := &script{list: []Profile{active("a", "x")}}
		w, _ := started(t, source, WatcherOptions{Problems: problems})
		if searched != 1 || !noticed(w) || len(w.ListChanges()) != 1 || !w.Index().Has("a") {
			t.Errorf("searched %d times, and no notice of the list before the search ends", searched)
		}
		close(release)
		for range 5 {
			pass()
		}
		source.set([]Profile{active("a", "x"), {Name: "b", Status: StatusCreating}}, nil)
		pass()
		if searched != 1 {
			t.Errorf("searched %d times for the same ACTIVE profiles", searched)
		}
		source.set([]Profile{active("a", "y")}, nil)
		pass()
		if searched != 2 {
			t.Errorf("searched %d times for two lists", searched)
		}
	})
}

// TestWatcherSurvivesSearchOfProblems: a panic in it is logged, and the list is a good one. Problems
// that were known before aren't logged again after it.
func TestWatcherSurvivesSearchOfProblems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		problems := func(list []Profile) []Problem {
			if len(list) == 2 {
				panic("nobody thought of two")
			}
			return []Problem{{Profile: "a", Selector: -1, Text: "it is bad"}}
		}
		source := &script{list: []Profile{active("a", "x")}}
		w, lines := started(t, source, WatcherOptions{Problems: problems})
		source.set([]Profile{active("a", "x"), active("b", "x")}, nil)
		pass()
		if state := w.State(); state.Err != nil || state.Failures != 0 || state.Successes != 2 || !w.Index().Has("b") {
			t.Errorf("state %+v", state)
		}
		source.set([]Profile{active("a", "z")}, nil)
		pass()
		panicked, found := lines.FilterMessageSnippet("panicked").All(), lines.FilterMessage("profile problem found").Len()
		if len(panicked) != 1 || !strings.HasPrefix(panicked[0].Message, "search for profile problems") || found != 1 {
			t.Errorf("%d problems, and the log lines %q", found, messages(lines))
		}
	})
}

// TestSwapUnderLoad: while the list is swapped all the time, each answer is that of one of the two
// lists, whole.
func TestSwapUnderLoad(t *testing.T) {
	lists := [2][]Profile{{active("a", "apps", "a*"), active("c", "ap?s")}, {active("b", "apps", "*s"), active("d", "app*", "apps")}}
	answer := func(x *Index) string {
		text := ""
		for _, selector := range x.Selectors("apps") {
			text += selector.Profile + string(rune('0'+selector.Order)) + " "
		}
		return text
	}
	right := map[string]bool{answer(NewIndex(lists[0])): true, answer(NewIndex(lists[1])): true}
	source := &swapping{lists: lists}
	w := NewWatcher(source, WatcherOptions{Interval: 50 * time.Microsecond})
	if err := w.refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	ended := make(chan error, 1)
	go func() { ended <- w.Start(ctx) }()
	var mutex sync.Mutex
	seen := map[string]int{}
	for range 4 {
		running.Go(func() {
			own := map[string]int{}
			for range 50_000 {
				own[answer(w.Index())]++
			}
			mutex.Lock()
			defer mutex.Unlock()
			for text, count := range own {
				seen[text] += count
			}
		})
	}
	running.Wait()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for text, count := range seen {
		if !right[text] {
			t.Errorf("%d answers of neither list: %s", count, text)
		}
	}
	if len(seen) != 2 {
		t.Errorf("answers %v, want those of both lists", seen)
	}
}

// swapping is a Source with another list at each call.
type swapping struct {
	lists [2][]Profile
	calls int
}

// List implements Source.
func (s *swapping) List(context.Context) ([]Profile, error) {
	s.calls++
	return s.lists[s.calls%2], nil
}
