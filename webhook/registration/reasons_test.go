package registration

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// Each reason that keeps the webhook from registering is logged once, in its turn: the last one is
// what somebody has to repair. Its end is logged too, though the same is registered as before.
func TestTellsEveryReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		reason := func(part, text string) {
			p.set(func() {
				clear(p.unready)
				if part != "" {
					p.unready[part] = errors.New(text)
				}
			})
			time.Sleep(resync + lastRetry)
			synctest.Wait()
		}
		defer p.run(t)()
		reason("profiles", "throttled")
		reason("endpoint", "nobody listens")
		reason("", "")
		reason("", "")
		var told []string
		for _, line := range p.logged.All() {
			text := line.Message
			if why, ok := line.ContextMap()["error"].(string); ok {
				text += ": " + why
			}
			told = append(told, text)
		}
		want := []string{
			"registered", "registration failed, retrying: no Fargate profiles: throttled",
			"registration failed, retrying: nobody listens", "registered",
		}
		if !slices.Equal(told, want) {
			t.Errorf("told %q", told)
		}
	})
}
