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
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// script is a Source whose answers are set by the test.
type script struct {
	mutex sync.Mutex
	list  []Profile
	err   error
	hang  bool
	times []time.Time // of the calls
}

// set changes the answers from now on.
func (s *script) set(list []Profile, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.list, s.err, s.hang = list, err, false
}

// block makes List wait for the end of its context.
func (s *script) block() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.hang = true
}

// calls returns when List was called.
func (s *script) calls() []time.Time {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.times)
}

// List implements Source.
func (s *script) List(ctx context.Context) ([]Profile, error) {
	s.mutex.Lock()
	s.times = append(s.times, time.Now())
	list, err, hang := s.list, s.err, s.hang
	s.mutex.Unlock()
	if hang {
		<-ctx.Done()
		return nil, fmt.Errorf("asking: %w", ctx.Err())
	}
	return list, err
}

// started runs a Watcher in a synctest bubble until the test ends, and returns it with its log
// lines.
func started(t *testing.T, source Source, options WatcherOptions) (*Watcher, *observer.ObservedLogs) {
	t.Helper()
	core, lines := observer.New(zapcore.DebugLevel)
	options.Logger = zap.New(core)
	w := NewWatcher(source, options)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Start returned %v, want nil", err)
		}
	})
	synctest.Wait()
	return w, lines
}

// noticed says whether a notice waits, and takes it.
func noticed(w *Watcher) bool {
	select {
	case <-w.Changes():
		return true
	default:
		return false
	}
}

// pass lets more than one interval of a Watcher with default options go by, and less than two.
func pass() {
	time.Sleep(70 * time.Second)
	synctest.Wait()
}

// messages returns the text of the log lines so far, and forgets them.
func messages(lines *observer.ObservedLogs) []string {
	var list []string
	for _, entry := range lines.TakeAll() {
		list = append(list, entry.Message)
	}
	return list
}

func TestWatcherBeforeStart(t *testing.T) {
	w := NewWatcher(&script{}, WatcherOptions{Interval: -1})
	if w.Index() == nil || len(w.Index().Profiles()) != 0 {
		t.Error("the index is not an empty one")
	}
	if err := w.Ready(); err == nil || !strings.Contains(err.Error(), "waiting for") {
		t.Errorf("Ready() = %v, want that the first list is awaited", err)
	}
	if noticed(w) {
		t.Error("there is a notice before there is a list")
	}
	if w.interval != defaultInterval || w.timeout != defaultTimeout {
		t.Errorf("interval %s, timeout %s: not the defaults", w.interval, w.timeout)
	}
}

func TestWatcherFollowsTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{list: []Profile{active("a", "apps"), active("b", "web"), active("c", "db")}}
		w, lines := started(t, source, WatcherOptions{})
		if err := w.Ready(); err != nil {
			t.Fatalf("not ready after the first list: %v", err)
		}
		if !w.Index().Has("a") || !noticed(w) {
			t.Fatal("the first list made no index or no notice")
		}
		before := w.Index()
		pass()
		if noticed(w) || w.Index() != before {
			t.Error("the same list again made a notice or another index")
		}
		lines.TakeAll()
		source.set([]Profile{active("d", "new"), active("b", "web2"), active("c", "db")}, nil)
		pass()
		if !noticed(w) || w.Index().Has("a") || !w.Index().Has("d") || len(w.Index().Selectors("web2")) != 1 {
			t.Errorf("the index did not follow: %v", w.Index().Profiles())
		}
		if before.Has("d") || !before.Has("a") {
			t.Error("the old index changed")
		}
		entries := lines.TakeAll()
		var got []string
		for _, entry := range entries {
			got = append(got, fmt.Sprintf("%s %s: %s", entry.Message, entry.ContextMap()["profile"], entry.ContextMap()["change"]))
		}
		want := []string{
			"profile changed a: removed, was ACTIVE",
			"profile changed b: selector added: namespace web2",
			"profile changed b: selector removed: namespace web",
			"profile changed d: added, ACTIVE: namespace new",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("log lines (-want +got):\n%s", diff)
		}
	})
}

func TestWatcherNoticesAnEmptyFirstList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := started(t, &script{}, WatcherOptions{})
		if err := w.Ready(); err != nil || !noticed(w) {
			t.Errorf("an empty first list: Ready() = %v, want nil and a notice", err)
		}
	})
}

// TestWatcherSeesAProfileLeaveActive: its status is all that changes.
func TestWatcherSeesAProfileLeaveActive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		profile := active("a", "apps")
		source := &script{list: []Profile{profile}}
		w, _ := started(t, source, WatcherOptions{})
		noticed(w)
		profile.Status = StatusDeleting
		source.set([]Profile{profile}, nil)
		pass()
		if w.Index().Has("a") || !noticed(w) {
			t.Error("a profile that is being deleted still counts")
		}
	})
}

func TestWatcherKeepsTheLastGoodList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{list: []Profile{active("a", "apps")}}
		w, lines := started(t, source, WatcherOptions{})
		noticed(w)
		lines.TakeAll()
		good := w.Index()
		source.set([]Profile{active("half", "of it")}, errors.New("EKS is down"))
		for range 5 {
			pass()
		}
		if w.Index() != good || noticed(w) {
			t.Error("a failed refresh changed the index")
		}
		if err := w.Ready(); err != nil {
			t.Errorf("not ready because of a failed refresh: %v", err)
		}
		entries := lines.TakeAll()
		if len(entries) != 1 || entries[0].Level != zapcore.ErrorLevel || !strings.Contains(entries[0].Message, "last good") {
			t.Fatalf("log lines %v, want one error for all failures", entries)
		}
		if got := entries[0].ContextMap()["error"]; got != "EKS is down" {
			t.Errorf("logged error %q", got)
		}
		if age, ok := entries[0].ContextMap()["age"].(time.Duration); !ok || age < 54*time.Second || age > 66*time.Second {
			t.Errorf("logged age %v, want about 60s", entries[0].ContextMap()["age"])
		}
		source.set([]Profile{active("a", "apps")}, nil)
		time.Sleep(2 * lastRetry)
		synctest.Wait()
		if diff := cmp.Diff([]string{"profile refresh recovered"}, messages(lines)); diff != "" {
			t.Errorf("log lines after recovery (-want +got):\n%s", diff)
		}
		source.set(nil, errors.New("down again"))
		pass()
		if got := messages(lines); len(got) != 1 {
			t.Errorf("log lines when it fails again: %q, want one", got)
		}
	})
}

// TestWatcherFirstListIsTriedSoonAgain: a replica that starts during a short outage is ready soon
// after it.
func TestWatcherFirstListIsTriedSoonAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{err: errors.New("no route")}
		w, lines := started(t, source, WatcherOptions{})
		if err := w.Ready(); err == nil || !strings.Contains(err.Error(), "no route") {
			t.Errorf("Ready() = %v, want the source's error", err)
		}
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		calls := source.calls()
		for i, want := range []float64{1, 2, 4, 8, 16, 32, 60, 60} {
			if got := calls[i+1].Sub(calls[i]).Seconds(); got < 0.9*want || got > 1.1*want {
				t.Errorf("wait %d: %.2f s, want about %.0f", i, got, want)
			}
		}
		source.set([]Profile{active("a", "apps")}, nil)
		pass()
		if err := w.Ready(); err != nil || !w.Index().Has("a") || !noticed(w) {
			t.Errorf("Ready() = %v after the source works", err)
		}
		want := []string{"profile refresh failed, no profiles loaded yet", "profiles loaded",
			"profile changed", "profile refresh recovered"}
		if diff := cmp.Diff(want, messages(lines)); diff != "" {
			t.Errorf("log lines (-want +got):\n%s", diff)
		}
	})
}

func TestWatcherWaitsAnIntervalWithJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{}
		started(t, source, WatcherOptions{Interval: 100 * time.Second})
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		calls := source.calls()
		waits := map[time.Duration]bool{}
		for i := range len(calls) - 1 {
			wait := calls[i+1].Sub(calls[i])
			waits[wait] = true
			if wait < 90*time.Second || wait > 110*time.Second {
				t.Errorf("wait %d is %s, want 90 s to 110 s", i, wait)
			}
		}
		if len(waits) < 10 {
			t.Errorf("%d calls, %d different waits: no jitter", len(calls), len(waits))
		}
	})
}

func TestWatcherRefreshTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{}
		source.block()
		begin := time.Now()
		w, _ := started(t, source, WatcherOptions{Timeout: 5 * time.Second})
		time.Sleep(5500 * time.Millisecond)
		synctest.Wait()
		err := w.Ready()
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "within 5s") {
			t.Errorf("Ready() = %v, want that there was no list within 5s", err)
		}
		source.set([]Profile{active("a", "apps")}, nil)
		time.Sleep(time.Second)
		synctest.Wait()
		if !w.Index().Has("a") {
			t.Errorf("no index %s after the start: one hanging refresh held up the next", time.Since(begin))
		}
	})
}

// TestWatcherEndsInTheMidstOfARefresh: the end is no failure, and is not waited for.
func TestWatcherEndsInTheMidstOfARefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{}
		source.block()
		core, lines := observer.New(zapcore.DebugLevel)
		w := NewWatcher(source, WatcherOptions{Logger: zap.New(core)})
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		time.AfterFunc(time.Second, cancel)
		if err := w.Start(ctx); err != nil {
			t.Errorf("Start returned %v, want nil", err)
		}
		if took := time.Since(begin); took != time.Second {
			t.Errorf("Start ended %s after its context", took-time.Second)
		}
		if got := messages(lines); got != nil {
			t.Errorf("the end was logged as a failure: %q", got)
		}
	})
}

// TestWatcherNoticesArePooled: a slow reader finds one notice, and the newest index.
func TestWatcherNoticesArePooled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{}
		w, _ := started(t, source, WatcherOptions{})
		for i := range 5 {
			source.set([]Profile{active(fmt.Sprint("p", i))}, nil)
			pass()
		}
		if !noticed(w) || noticed(w) {
			t.Error("want exactly one notice")
		}
		if !w.Index().Has("p4") {
			t.Error("the index is not the newest")
		}
	})
}

// TestWatcherIsReadDuringRefreshes is for the race detector.
func TestWatcherIsReadDuringRefreshes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{}
		w, _ := started(t, source, WatcherOptions{Interval: time.Second})
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for range 50 {
					for _, selector := range w.Index().Selectors("apps") {
						selector.Matches(map[string]string{"run": "x"})
					}
					_ = w.Ready()
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		for i := range 5 {
			source.set([]Profile{active(fmt.Sprint("p", i), "apps", "a*")}, nil)
			time.Sleep(time.Second)
		}
		readers.Wait()
	})
}

// TestWatcherRemembersEarlierLists for as long as another replica may use them, and not for ever.
func TestWatcherRemembersEarlierLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{list: []Profile{active("a", "apps")}}
		w, _ := started(t, source, WatcherOptions{})
		if got := w.Earlier(); len(got) != 0 {
			t.Errorf("%d lists before the first", len(got))
		}
		first := w.Index()
		source.set([]Profile{active("a", "apps"), active("b", "web")}, nil)
		pass()
		second := w.Index()
		source.set([]Profile{active("b", "web")}, nil)
		pass()
		if got := w.Earlier(); !slices.Equal(got, []*Index{second, first}) {
			t.Errorf("remembered are %v, want the two before, the latest first", got)
		}
		pass() // the same list again is no earlier one
		if got := w.Earlier(); len(got) != 2 {
			t.Errorf("%d lists", len(got))
		}
		time.Sleep(memory)
		if got := w.Earlier(); len(got) != 0 {
			t.Errorf("%d lists after %s", len(got), memory)
		}
		for i := range 2 * maxEarlier {
			source.set([]Profile{active(fmt.Sprint("p", i), "apps")}, nil)
			w.Refresh()
			time.Sleep(2 * leastPause)
			synctest.Wait()
		}
		if got := w.Earlier(); len(got) != maxEarlier {
			t.Errorf("%d lists, want %d at most", len(got), maxEarlier)
		}
	})
}

// panicking is a Source that panics as often as the test says.
type panicking struct {
	script
	panics int
}

func (p *panicking) List(ctx context.Context) ([]Profile, error) {
	p.mutex.Lock()
	p.panics--
	now := p.panics >= 0
	p.mutex.Unlock()
	if now {
		panic("nobody has thought of this profile")
	}
	return p.script.List(ctx)
}

// TestWatcherSurvivesAPanic as it does a failed refresh.
func TestWatcherSurvivesAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &panicking{script: script{list: []Profile{active("a", "apps")}}, panics: 2}
		w, lines := started(t, source, WatcherOptions{})
		if err := w.Ready(); err == nil || !strings.Contains(err.Error(), "nobody has thought of") {
			t.Errorf("Ready() = %v", err)
		}
		pass()
		if err := w.Ready(); err != nil || !w.Index().Has("a") {
			t.Errorf("after two panics: %v", err)
		}
		if got := lines.FilterMessage("profile refresh panicked").Len(); got != 2 {
			t.Errorf("%d lines", got)
		}
	})
}
