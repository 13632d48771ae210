package serve

import (
	"context"
	"fmt"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"time"

	"go.uber.org/zap"
)

// debugTime is for the answer of a request for debugging: a profile takes as long as it is asked to.
const debugTime = 5 * time.Minute

// debugHandler serves profiles of the process (pprof), and its log level, which a PUT changes.
func debugHandler(level zap.AtomicLevel) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.Handle("/debug/log-level", level)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The server's own time would end a profile of the default 30 seconds, or refuse it.
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(debugTime)); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, nil)))
	})
}

// checkDebugAddr returns an error for an address that others than this pod could reach.
func checkDebugAddr(address string) error {
	if address == "" || address == "0" {
		return nil
	}
	parsed, err := netip.ParseAddrPort(address)
	if err != nil || !parsed.Addr().IsLoopback() {
		return fmt.Errorf("--debug-bind-address %q: must be a loopback address with a port, such as 127.0.0.1:6060", address)
	}
	return nil
}
