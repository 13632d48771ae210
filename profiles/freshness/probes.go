package freshness

import (
	"fmt"
	"net/http"
	"time"
)

// Verbose is the handler of /readyz, which for ?verbose tells below the checks how current the profiles are. A list that is old is no
// reason to take a replica away: the others have it too.
func Verbose(watcher Watcher, readyz http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		readyz.ServeHTTP(w, r)
		if _, verbose := r.URL.Query()["verbose"]; verbose {
			state := watcher.State()
			fmt.Fprintln(w, Summary(&state, time.Now())) //nolint:errcheck // a client that went away gets nothing
		}
	})
}
