package pending

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/policy"
)

// However many pods of a namespace are judged at once, it is got once, whatever the answer.
func TestNamespaceIsGotOnceALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts(t, policy.PendingPodsReport)
		for _, namespace := range []string{"apps", "left", "gone", "unreadable"} {
			for i := range 4 { // so few that their events are written in the same look
				p.add(t, waiting(fmt.Sprint(namespace, "-", i), namespace, "", time.Hour))
			}
		}
		got := map[string]int{}
		var mutex sync.Mutex
		times := func() map[string]int {
			mutex.Lock()
			defer mutex.Unlock()
			return maps.Clone(got)
		}
		p.client.PrependReactor("get", "namespaces", func(action clienttesting.Action) (bool, runtime.Object, error) {
			name := action.(clienttesting.GetAction).GetName() //nolint:forcetypeassert // the reactor is of this verb
			mutex.Lock()
			defer mutex.Unlock()
			got[name]++
			return name == "unreadable", nil, errors.New("down")
		})
		p.selectBy("late")
		defer p.run(t)()
		pass(grace + 2*every)
		if got, want := times(), map[string]int{"apps": 1, "left": 1, "gone": 1, "unreadable": 1}; !maps.Equal(got, want) {
			t.Errorf("got %v times, want %v", got, want)
		}
		pass(grace + every)
		if n := times()["unreadable"]; n != 2 {
			t.Errorf("the unreadable namespace was got %d times, want it again in a later look", n)
		}
	})
}
