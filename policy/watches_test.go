package policy

import "testing"

// One namespace is enough for Pending pods to be watched.
func TestWatchesPendingPods(t *testing.T) {
	p := Default()
	if !p.WatchesPendingPods() {
		t.Error("the default policy doesn't watch Pending pods")
	}
	p.PendingPods = PendingPodsOff
	if p.WatchesPendingPods() {
		t.Error("a policy with PendingPods Off watches them")
	}
	p.Namespaces = []NamespaceSettings{{Settings: Settings{PendingPods: PendingPodsRecreate}}}
	if !p.WatchesPendingPods() {
		t.Error("a policy with PendingPods Recreate in a namespace doesn't watch them")
	}
}
