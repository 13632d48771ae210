package freshness

import (
	"fmt"
	"net/http"
	"time"
)

// Verbose returns a handler of /readyz that appends the Summary if the request has ?verbose. An old
// list never makes a replica unready: the other replicas have the same one.
func Verbose(watcher Watcher, readyz http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		readyz.ServeHTTP(w, r)
		if _, verbose := r.URL.Query()["verbose"]; verbose {
			state := watcher.State()
			fmt.Fprintln(w, Summary(&state, time.Now())) //nolint:errcheck // a client that went away gets nothing
		}
	})
}
