package limits

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	lookups "fargate-webhook/fargate/cluster"
)

// shelf is the objects of a kind, in protobuf.
type shelf [][]byte

// newShelf returns n objects. They are encoded before a program asks for them: the time of an API
// server isn't the program's.
func newShelf(t *testing.T, n int, object func(i int) lookups.Object) shelf {
	t.Helper()
	s := make(shelf, n)
	for i := range s {
		data, err := marshal(object(i))
		if err != nil {
			t.Fatal(err)
		}
		s[i] = data
	}
	return s
}

// marshal returns a message.
func marshal(value any) ([]byte, error) {
	marshaler, ok := value.(interface{ Marshal() ([]byte, error) })
	if !ok {
		return nil, fmt.Errorf("%T has no protobuf", value)
	}
	return marshaler.Marshal()
}

// emptyAPIServer returns the URL of an API server without any object, enough for the caches of the
// program: it answers no review before they are synced.
func emptyAPIServer(t *testing.T) string {
	t.Helper()
	return apiServer(t, nil, true)
}

// apiServer returns the URL of an API server that lists and watches objects that never change, in
// protobuf. One that doesn't stream lists sends them page by page, and whole where any version will do,
// as before 1.34.
func apiServer(t *testing.T, objects map[*lookups.Kind]shelf, streams bool) string {
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
		asked := r.URL.Query()
		var err error
		switch {
		case asked.Get("watch") != "true":
			err = sendList(w, k, objects[k], asked.Get("resourceVersion"), asked.Get("limit"), asked.Get("continue"))
		case asked.Get("sendInitialEvents") == "true" && !streams:
			err = sendRefusal(w)
		default:
			var initial shelf
			if asked.Get("sendInitialEvents") == "true" {
				initial = objects[k]
			}
			err = sendEvents(w, k, initial)
			<-r.Context().Done()
		}
		if err != nil && r.Context().Err() == nil {
			t.Errorf("%s: %v", r.URL, err)
		}
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// protobuf returns what writes objects.
func protobuf() runtime.SerializerInfo {
	info, _ := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), runtime.ContentTypeProtobuf)
	return info
}

// sendList sends a page of a list, or all of it.
func sendList(w http.ResponseWriter, k *lookups.Kind, s shelf, version, limit, from string) error {
	first, _ := strconv.Atoi(from) // 0 for none
	last := len(s)
	if most, _ := strconv.Atoi(limit); most > 0 && version != "0" {
		last = min(last, first+most)
	}
	meta := metav1.ListMeta{ResourceVersion: "1"}
	if last < len(s) {
		meta.Continue = strconv.Itoa(last)
	}
	about, err := marshal(&meta)
	if err != nil {
		return err
	}
	message := appendField(nil, 1, about)
	for _, object := range s[first:last] {
		message = appendField(message, 2, object)
	}
	whole, err := envelope(k, k.Kind+"List", message)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", runtime.ContentTypeProtobuf)
	_, err = w.Write(whole)
	return err
}

// envelope returns what a message of a kind is sent in.
func envelope(k *lookups.Kind, kind string, message []byte) ([]byte, error) {
	whole := runtime.Unknown{TypeMeta: runtime.TypeMeta{APIVersion: schema.GroupVersion{Group: k.Group, Version: k.Version}.String(), Kind: kind}, Raw: message}
	data, err := whole.Marshal()
	return append([]byte("k8s\x00"), data...), err
}

// appendField appends a field to a message. The lists of all kinds have their metadata as field 1, and
// objects as field 2.
func appendField(message []byte, number byte, field []byte) []byte {
	const bytes = 2
	message = binary.AppendUvarint(append(message, number<<3|bytes), uint64(len(field)))
	return append(message, field...)
}

// sendEvents sends the objects as events, and that there are no more.
func sendEvents(w http.ResponseWriter, k *lookups.Kind, s shelf) error {
	w.Header().Set("Content-Type", runtime.ContentTypeProtobuf+";stream=watch")
	info := protobuf()
	buffered := bufio.NewWriterSize(w, 64<<10)
	frames := info.StreamSerializer.NewFrameWriter(buffered)
	send := func(kind string, object []byte) error {
		whole, err := envelope(k, k.Kind, object)
		if err != nil {
			return err
		}
		return info.StreamSerializer.Encode(&metav1.WatchEvent{Type: kind, Object: runtime.RawExtension{Raw: whole}}, frames)
	}
	for _, object := range s {
		if err := send("ADDED", object); err != nil {
			return err
		}
	}
	end := k.New()
	end.SetResourceVersion("2")
	end.SetAnnotations(map[string]string{metav1.InitialEventsAnnotationKey: "true"})
	bookmark, err := marshal(end)
	if err != nil {
		return err
	}
	if err := send("BOOKMARK", bookmark); err != nil {
		return err
	}
	return errors.Join(buffered.Flush(), http.NewResponseController(w).Flush())
}

// sendRefusal answers as an API server that doesn't stream lists.
func sendRefusal(w http.ResponseWriter) error {
	status := apierrors.NewInvalid(schema.GroupKind{Kind: "ListOptions"}, "", nil).ErrStatus
	status.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}
	w.Header().Set("Content-Type", runtime.ContentTypeProtobuf)
	w.WriteHeader(http.StatusUnprocessableEntity)
	return protobuf().Serializer.Encode(&status, w)
}

func apiPath(k *lookups.Kind) string {
	if k.Group == "" {
		return "/api/" + k.Version + "/" + k.Resource
	}
	return "/apis/" + k.Group + "/" + k.Version + "/" + k.Resource
}

// writeKubeconfig writes the configuration for the API server at a URL.
func writeKubeconfig(t *testing.T, path, url string) string {
	t.Helper()
	const before = `{"apiVersion":"v1","kind":"Config","current-context":"none","contexts":[{"name":"none","context":{"cluster":"none","user":"none"}}],` +
		`"clusters":[{"name":"none","cluster":{"server":"`
	if err := os.WriteFile(path, []byte(before+url+`"}}],"users":[{"name":"none"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
