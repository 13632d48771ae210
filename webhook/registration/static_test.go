package registration

import (
	"context"
	"testing"
	"testing/synctest"
)

// A static registration asks nothing of the API server, and says once for each change of the scope
// that it should be applied anew.
func TestStatic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		static := &Static{Profiles: fakeProfiles{p}, Logger: p.registrar.Logger}
		go func() {
			defer close(ended)
			static.Run(ctx)
		}()
		for _, turn := range []struct {
			namespace string
			lines     int
		}{{"apps", 0}, {"apps", 0}, {"other", 1}, {"other", 1}, {"*", 2}} {
			p.set(func() { p.index = indexOf(turn.namespace) })
			p.profileNews <- struct{}{}
			synctest.Wait()
			if lines := p.logged.FilterMessageSnippet("print and apply the static registration again").Len(); lines != turn.lines {
				t.Errorf("for %s: %d lines, want %d", turn.namespace, lines, turn.lines)
			}
		}
		cancel()
		<-ended
		if actions := p.client.Actions(); len(actions) != 0 {
			t.Errorf("the API server was asked: %v", actions)
		}
	})
}
