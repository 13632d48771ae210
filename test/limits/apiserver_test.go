package limits

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	lookups "fargate-webhook/fargate/cluster"
)

// emptyAPIServer returns the URL of an API server without any object, enough for the caches of the
// program: it answers no review before they are synced.
func emptyAPIServer(t *testing.T) string {
	t.Helper()
	kinds := map[string]*lookups.Kind{}
	for _, k := range lookups.Kinds {
		if !k.Optional {
			kinds[apiPath(k)] = k
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k, ok := kinds[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		version := strings.TrimPrefix(k.Group+"/"+k.Version, "/")
		if r.URL.Query().Get("watch") != "true" {
			_, _ = fmt.Fprintf(w, `{"apiVersion":%q,"kind":"%sList","metadata":{"resourceVersion":"1"},"items":[]}`, version, k.Kind)
			return
		}
		const ends = `{"type":"BOOKMARK","object":{"apiVersion":%q,"kind":%q,"metadata":{"resourceVersion":"1","annotations":{"k8s.io/initial-events-end":"true"}}}}` + "\n"
		_, _ = io.WriteString(w, fmt.Sprintf(ends, version, k.Kind))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

func apiPath(k *lookups.Kind) string {
	if k.Group == "" {
		return "/api/" + k.Version + "/" + k.Resource
	}
	return "/apis/" + k.Group + "/" + k.Version + "/" + k.Resource
}
