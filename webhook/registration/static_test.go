package registration

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/profiles"
)

// A static registration changes nothing, and says once for each change of the scope or of the CA
// that it should be applied again.
func TestStatic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		registered := "CA1"
		static := &Static{Profiles: fakeProfiles{p}, Certificates: fakeCertificates{p}, Logger: p.registrar.Logger, Trusted: func(_ context.Context, ca []byte) error {
			if string(ca) != registered {
				return errors.New("the CA bundle lacks the new CA")
			}
			return nil
		}}
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
		p.set(func() {
			p.index = profiles.NewIndex([]profiles.Profile{fargatetest.Profile("p", fargatetest.Selects("*", "run", "on-fargate"))})
		})
		p.profileNews <- struct{}{}
		synctest.Wait()
		if lines := p.logged.FilterMessageSnippet("selectors changed: print and apply").Len(); lines != 1 {
			t.Errorf("for other labels: %d lines", lines)
		}
		lines := func(want int) {
			t.Helper()
			synctest.Wait()
			if got := p.logged.FilterMessageSnippet("CA changed").Len(); got != want {
				t.Errorf("%d lines about the CA, want %d", got, want)
			}
		}
		p.caNews <- struct{}{}
		lines(0)
		p.set(func() { p.bundle = "CA2" })
		p.caNews <- struct{}{}
		lines(1)
		time.Sleep(10 * time.Minute)
		lines(1)
		p.set(func() { registered = "CA2" })
		time.Sleep(2 * time.Minute)
		p.set(func() { p.bundle = "CA3" })
		time.Sleep(2 * time.Minute)
		lines(2)
		cancel()
		<-ended
		if actions := p.client.Actions(); len(actions) != 0 {
			t.Errorf("the API server was asked: %v", actions)
		}
	})
}
