package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestProfileProblemsAreLogged: what is wrong with profiles under the policy is logged once, when a
// refresh brings it.
func TestProfileProblemsAreLogged(t *testing.T) {
	const first = `[{"name":"a","selectors":[{"namespace":"apps","labels":{"team":"a"}}]},{"name":"b","selectors":[{"namespace":"apps","labels":{"team":"b"}}]}`
	path := filepath.Join(t.TempDir(), "profiles.json")
	save := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save(first + "]")
	_, webhook := withOwnWebhook(t, []string{"--profiles=" + path, "--refresh-interval=1s", "--shutdown-delay=0s"}, nil)
	log := func(context.Context) (string, error) { return webhook.Tail(1000), webhook.Running() }
	await(t, "a problem is logged", log, "profile problem found", "as near to it as to")
	save(first + `,{"name":"c","selectors":[{"namespace":"web","labels":{"app":"c"}}]}]`)
	await(t, "a note is logged", log, "profile note", "the webhook never adds the label app")
	if n := strings.Count(webhook.Tail(1000), "as near to it as to"); n != 1 {
		t.Errorf("the first problem was logged %d times", n)
	}
}
