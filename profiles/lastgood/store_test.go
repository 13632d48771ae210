package lastgood

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/internal/kube/kubetest"
	"fargate-webhook/profiles"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newStore() (*Store, kubetest.Client) {
	client := kubetest.NewClient()
	return &Store{Client: client, Namespace: "own", Name: "fargate-webhook-profiles", Source: source}, client
}

// The Role with the rights to the ConfigMap owns it.
func TestSaveSetsTheOwner(t *testing.T) {
	store, client := newStore()
	store.Owners = func(context.Context) ([]metav1.OwnerReference, error) {
		return []metav1.OwnerReference{{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role", Name: "own", UID: "u-1"}}, nil
	}
	if err := store.Save(t.Context(), someProfiles(), noon()); err != nil {
		t.Fatal(err)
	}
	if owners := written(t, client).OwnerReferences; len(owners) != 1 || owners[0].UID != "u-1" || owners[0].Kind != "Role" {
		t.Errorf("owners %+v", owners)
	}
	down := errors.New("down")
	store.Owners = func(context.Context) ([]metav1.OwnerReference, error) { return nil, down }
	if err := store.Save(t.Context(), someProfiles(), noon()); !errors.Is(err, down) {
		t.Errorf("the owner isn't known: %v", err)
	}
}

// written returns the ConfigMap.
func written(t *testing.T, client kubetest.Client) *corev1.ConfigMap {
	t.Helper()
	kept, err := client.CoreV1().ConfigMaps("own").Get(t.Context(), "fargate-webhook-profiles", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestStore(t *testing.T) {
	store, _ := newStore()
	if _, _, err := store.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "read the ConfigMap own/fargate-webhook-profiles") {
		t.Errorf("with no ConfigMap: %v", err)
	}
	for _, want := range [][]profiles.Profile{someProfiles(), someProfiles()[:1], {}} {
		if err := store.Save(t.Context(), want, noon()); err != nil {
			t.Fatal(err)
		}
		got, listed, err := store.Load(t.Context())
		if err != nil || !listed.Equal(noon()) {
			t.Errorf("listed %s, %v", listed, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestStoreRefuses a list that is not as it was written, and says where it is.
func TestStoreRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(data map[string]string)
		want   string
	}{
		"an edit":        {func(data map[string]string) { data[listKey] = strings.Replace(data[listKey], "web-*", "*", 1) }, "does not match the checksum"},
		"no checksum":    {func(data map[string]string) { delete(data, checksumKey) }, "does not match the checksum"},
		"no list":        {func(data map[string]string) { delete(data, listKey) }, "does not match the checksum"},
		"nothing at all": {func(data map[string]string) { clear(data) }, "does not match the checksum"},
		"an edit with its checksum": {func(data map[string]string) {
			data[listKey] = strings.Replace(data[listKey], `"version": 1`, `"version": 7`, 1)
			data[checksumKey] = checksum([]byte(data[listKey]))
		}, "version must be 1, not 7"},
	} {
		t.Run(name, func(t *testing.T) {
			store, client := newStore()
			if err := store.Save(t.Context(), someProfiles(), noon()); err != nil {
				t.Fatal(err)
			}
			kept := written(t, client)
			test.change(kept.Data)
			if _, err := client.CoreV1().ConfigMaps("own").Update(t.Context(), kept, metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
			list, _, err := store.Load(t.Context())
			if err == nil || list != nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "own/fargate-webhook-profiles is not used") {
				t.Errorf("got %v, %v, want %q", list, err, test.want)
			}
		})
	}
}

// fakeWatcher knows what the test says.
type fakeWatcher struct {
	mutex sync.Mutex
	state profiles.State
	news  chan struct{}
}

func (w *fakeWatcher) State() profiles.State {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.state
}

func (w *fakeWatcher) ListChanges() <-chan struct{} { return w.news }

// set changes the state, and gives notice of it.
func (w *fakeWatcher) set(state profiles.State) {
	w.mutex.Lock()
	w.state = state
	w.mutex.Unlock()
	w.news <- struct{}{}
}

// writes counts the requests to write.
func writes(client kubetest.Client) int {
	count := 0
	for _, action := range client.Actions() {
		if action.GetVerb() == "patch" {
			count++
		}
	}
	return count
}

// keeping runs a Keeper in the bubble until the test ends.
func keeping(t *testing.T, state profiles.State) (*fakeWatcher, kubetest.Client, *observer.ObservedLogs) {
	t.Helper()
	store, client := newStore()
	core, lines := observer.New(zap.DebugLevel)
	watcher := &fakeWatcher{state: state, news: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		(&Keeper{Store: store, Watcher: watcher, Logger: zap.New(core)}).Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	synctest.Wait()
	return watcher, client, lines
}

// TestKeeperWrites at once, at each change, and every 10 minutes.
func TestKeeperWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		watcher, client, lines := keeping(t, profiles.State{Profiles: someProfiles(), Listed: time.Now()})
		if writes(client) != 1 {
			t.Fatalf("%d writes at the start, want 1", writes(client))
		}
		watcher.set(profiles.State{Profiles: someProfiles()[:1], Listed: time.Now()})
		synctest.Wait()
		if writes(client) != 2 || strings.Contains(written(t, client).Data[listKey], "leaves") {
			t.Errorf("%d writes after a change, want 2", writes(client))
		}
		time.Sleep(2*renewal + time.Minute)
		if writes(client) != 4 || lines.Len() != 0 {
			t.Errorf("%d writes after 21 minutes, want 2 more; log lines %v", writes(client), lines.All())
		}
	})
}

// TestKeeperWritesNothingOld: the list of an earlier run stays as it is, and so does its time.
func TestKeeperWritesNothingOld(t *testing.T) {
	for name, state := range map[string]profiles.State{
		"no list":   {},
		"kept list": {Profiles: someProfiles(), Listed: noon(), Kept: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, client, _ := keeping(t, state)
				time.Sleep(time.Hour)
				if writes(client) != 0 {
					t.Errorf("%d writes", writes(client))
				}
			})
		})
	}
}

// TestKeeperTriesAgain less and less often, and tells it once.
func TestKeeperTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		watcher, client, lines := keeping(t, profiles.State{})
		var works atomic.Bool
		client.PrependReactor("patch", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
			return !works.Load(), nil, errors.New("forbidden")
		})
		watcher.set(profiles.State{Profiles: someProfiles(), Listed: time.Now()})
		time.Sleep(time.Hour)
		if count := writes(client); count < 8 || count > 14 {
			t.Errorf("%d tries in an hour", count)
		}
		works.Store(true)
		time.Sleep(renewal)
		synctest.Wait()
		if got := lines.TakeAll(); len(got) != 2 || got[0].Level != zap.ErrorLevel || !strings.Contains(got[1].Message, "recovered") {
			t.Errorf("log lines %v", got)
		}
		written(t, client)
	})
}

// TestKeeperSurvivesAPanic and writes the list when it tries again.
func TestKeeperSurvivesAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		watcher, client, lines := keeping(t, profiles.State{})
		client.PrependReactor("patch", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
			if lines.Len() == 0 {
				panic("nobody has thought of this list")
			}
			return false, nil, nil
		})
		watcher.set(profiles.State{Profiles: someProfiles(), Listed: time.Now()})
		time.Sleep(time.Minute)
		if entries := lines.All(); len(entries) == 0 || entries[0].ContextMap()["stack"] == nil || !strings.Contains(written(t, client).Data[listKey], "leaves") {
			t.Errorf("logged %v", entries)
		}
	})
}
