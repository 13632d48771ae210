package live

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"fargate-webhook/internal/kube"
	"fargate-webhook/review"
)

// paged serves Deployments in pages, each with a ReplicaSet, and both with managed fields.
func paged(t *testing.T, deployments int) *Reader {
	t.Helper()
	managed := `"managedFields":[{"manager":"kubectl","operation":"Update","apiVersion":"apps/v1","fieldsType":"FieldsV1","fieldsV1":{` + strings.Repeat(`"f:spec":{},`, 20) + `"f:metadata":{}}}]`
	item := func(name string, owner string) string {
		return fmt.Sprintf(`{"metadata":{"name":%q,"namespace":"apps",%s%s},"spec":{"selector":{"matchLabels":{"app":"a"}},"template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"a","image":"registry.example.com/a:1","env":[%s{"name":"A","value":"a"}]}]}}},"status":{"replicas":1}}`,
			name, managed, owner, strings.Repeat(`{"name":"SETTING","value":"a value of some length"},`, 200))
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		of := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		owners := map[string]string{"deployments": "", "replicasets": `,"ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"a","uid":"u","controller":true}]`}
		owner, full := owners[of]
		switch {
		case r.URL.Path == "/apis":
			_, _ = io.WriteString(w, `{"kind":"APIGroupList","apiVersion":"v1","groups":[]}`)
			return
		case r.URL.Path == "/api/v1":
			_, _ = io.WriteString(w, `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"v1","resources":[]}`)
			return
		case !full:
			_, _ = io.WriteString(w, `{"kind":"List","apiVersion":"v1","metadata":{},"items":[]}`)
			return
		}
		from, _ := strconv.Atoi(r.URL.Query().Get("continue"))
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		until, next := min(from+limit, deployments), ""
		if until < deployments {
			next = strconv.Itoa(until)
		}
		_, _ = fmt.Fprintf(w, `{"kind":"List","apiVersion":"apps/v1","metadata":{"continue":%q},"items":[`, next)
		for i := from; i < until; i++ {
			if i > from {
				_, _ = io.WriteString(w, ",")
			}
			_, _ = io.WriteString(w, item(fmt.Sprintf("%s-%d", of, i), owner))
		}
		_, _ = io.WriteString(w, "]}")
	}))
	t.Cleanup(server.Close)
	config := rest.Config{Host: server.URL, QPS: 1000}
	client, err := kube.NewClient(&config)
	if err != nil {
		t.Fatal(err)
	}
	untyped, err := dynamic.NewForConfig(&config)
	if err != nil {
		t.Fatal(err)
	}
	r := &Reader{Client: client, Dynamic: untyped}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first one's finalizers keep
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// The objects of a cluster aren't kept in memory, however many they are.
func TestMemory(t *testing.T) {
	const deployments = 600
	r := paged(t, deployments)
	before := heap()
	sources, gaps, err := r.Read(t.Context())
	if err != nil || len(gaps) > 0 {
		t.Fatal(gaps, err)
	}
	kept := int64(heap()) - int64(before)
	size, count := int64(0), 0
	for i := range sources {
		size += length(t, &sources[i])
		count += strings.Count(text(t, &sources[i]), `"kind":"Deployment"`)
	}
	t.Logf("%d objects: %d bytes as JSON, %d kept", count, size, kept)
	if count != deployments || size < 6<<20 || kept > 4<<20 { // spool, connections and their buffers take some
		t.Errorf("%d objects: %d bytes as JSON, %d kept", count, size, kept)
	}
}

// length reads a source without keeping it.
func length(t *testing.T, s *review.Source) int64 {
	t.Helper()
	in, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, in)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func text(t *testing.T, s *review.Source) string {
	t.Helper()
	in, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}
