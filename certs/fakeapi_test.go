package certs

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
)

const (
	testNamespace = "own"
	testSecret    = "fargate-webhook-ca"
)

// fakeAPI is as much of an API server as one Secret needs. Like an API server with rights limited
// by resourceNames, it refuses to list or watch anything but that Secret.
type fakeAPI struct {
	server *httptest.Server

	mutex   sync.Mutex
	secret  *corev1.Secret
	version int
	watches map[chan metav1.WatchEvent]bool
	verbs   []string // that were used, each once
}

func newFakeAPI(t *testing.T) *fakeAPI {
	t.Helper()
	f := &fakeAPI{version: 1, watches: map[chan metav1.WatchEvent]bool{}}
	mux := http.NewServeMux()
	all := "/api/v1/namespaces/" + testNamespace + "/secrets"
	mux.HandleFunc("GET "+all, f.listOrWatch)
	mux.HandleFunc("POST "+all, func(w http.ResponseWriter, r *http.Request) { f.write(w, r, "create") })
	mux.HandleFunc("PUT "+all+"/"+testSecret, func(w http.ResponseWriter, r *http.Request) { f.write(w, r, "update") })
	mux.HandleFunc("GET "+all+"/"+testSecret, f.get)
	f.server = httptest.NewServer(mux)
	t.Cleanup(f.server.Close)
	return f
}

// config has the client speak JSON, the only language here.
func (f *fakeAPI) config() *rest.Config {
	return &rest.Config{Host: f.server.URL, ContentConfig: rest.ContentConfig{
		ContentType: runtime.ContentTypeJSON, AcceptContentTypes: runtime.ContentTypeJSON,
	}}
}

// used notes a verb; the mutex is held.
func (f *fakeAPI) used(verb string) {
	if !slices.Contains(f.verbs, verb) {
		f.verbs = append(f.verbs, verb)
	}
}

func (f *fakeAPI) usedVerbs() []string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return slices.Sorted(slices.Values(f.verbs))
}

func reply(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, code int, reason metav1.StatusReason) {
	reply(w, code, &metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Code: int32(code), Reason: reason, Message: string(reason),
	})
}

func (f *fakeAPI) get(w http.ResponseWriter, _ *http.Request) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.used("get")
	if f.secret == nil {
		refuse(w, http.StatusNotFound, metav1.StatusReasonNotFound)
		return
	}
	reply(w, http.StatusOK, f.secret)
}

func (f *fakeAPI) listOrWatch(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case query.Get("fieldSelector") != "metadata.name="+testSecret:
		refuse(w, http.StatusForbidden, metav1.StatusReasonForbidden)
	case query.Get("sendInitialEvents") != "": // as a server without that feature; the client then lists
		refuse(w, http.StatusUnprocessableEntity, metav1.StatusReasonInvalid)
	case query.Get("watch") != "":
		f.watch(w, r)
	default:
		f.mutex.Lock()
		defer f.mutex.Unlock()
		f.used("list")
		list := &corev1.SecretList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "SecretList"}}
		list.ResourceVersion = strconv.Itoa(f.version)
		if f.secret != nil {
			list.Items = append(list.Items, *f.secret)
		}
		reply(w, http.StatusOK, list)
	}
}

func (f *fakeAPI) watch(w http.ResponseWriter, r *http.Request) {
	events := make(chan metav1.WatchEvent, 16)
	f.mutex.Lock()
	f.used("watch")
	if r.URL.Query().Get("resourceVersion") != strconv.Itoa(f.version) { // something happened since the list
		f.mutex.Unlock()
		refuse(w, http.StatusGone, metav1.StatusReasonExpired)
		return
	}
	f.watches[events] = true
	f.mutex.Unlock()
	defer func() {
		f.mutex.Lock()
		defer f.mutex.Unlock()
		delete(f.watches, events)
	}()
	w.Header().Set("Content-Type", "application/json")
	for {
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
			return
		case event := <-events:
			_ = json.NewEncoder(w).Encode(event)
		}
	}
}

func (f *fakeAPI) write(w http.ResponseWriter, r *http.Request, verb string) {
	secret := new(corev1.Secret)
	if err := json.NewDecoder(r.Body).Decode(secret); err != nil {
		refuse(w, http.StatusBadRequest, metav1.StatusReasonBadRequest)
		return
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.used(verb)
	switch {
	case verb == "create" && f.secret != nil:
		refuse(w, http.StatusConflict, metav1.StatusReasonAlreadyExists)
	case verb == "update" && (f.secret == nil || f.secret.ResourceVersion != secret.ResourceVersion):
		refuse(w, http.StatusConflict, metav1.StatusReasonConflict)
	default:
		f.store(secret)
		reply(w, http.StatusOK, f.secret)
	}
}

// store takes over the Secret, nil for none, and tells the watches; the mutex is held.
func (f *fakeAPI) store(secret *corev1.Secret) {
	event, before := "MODIFIED", f.secret
	switch {
	case secret == nil:
		event, secret = "DELETED", before.DeepCopy()
		f.secret = nil
	case before == nil:
		event = "ADDED"
		f.secret = secret
	default:
		f.secret = secret
	}
	f.version++
	secret.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}
	secret.Namespace, secret.Name, secret.ResourceVersion = testNamespace, testSecret, strconv.Itoa(f.version)
	for watch := range f.watches {
		watch <- metav1.WatchEvent{Type: event, Object: runtime.RawExtension{Object: secret.DeepCopy()}}
	}
}

// change makes a change behind the back of the source; change returns the new Secret, or nil to
// delete it.
func (f *fakeAPI) change(change func(*corev1.Secret) *corev1.Secret) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.store(change(f.secret.DeepCopy()))
}
