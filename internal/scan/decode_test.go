package scan_test

import (
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
	kjson "sigs.k8s.io/json"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/internal/scan"
	"fargate-webhook/kinds"
)

// seeds are bodies that encoders write, and some that nobody does.
var seeds = []string{
	"", "null", "{}", wrapped("{}"), pod(`{"name":"web","resources":{"requests":{"cpu":"1e3","memory":"128Mi","x":1}}}`), pod(`{"env":[{"name":"\u0041","value":"é\ud800"}]}`),
	`{"request":null,"request":{"object":[{}]}}`, `{"a":[1,-2.5e3,true,null,"x"]}`, wrapped(`{"metadata":{"labels":{"a":"\xff"},"managedFields":[{"fieldsV1":{"f:a":{}}}]}}`),
	wrapped(`{"metadata":{"creationTimestamp":null,"labels":{},"finalizers":[],"deletionGracePeriodSeconds":30,"annotations":{"a":"{\"x\":\u003c1\u003e}\n","a":null}}}`),
	pod(`{"livenessProbe":{"httpGet":{"port":"http"},"periodSeconds":2147483648},"securityContext":{"privileged":true,"runAsUser":01},"ports":[{"containerPort":80.0},{"hostPort":1e3}]}`),
	wrapped(`{"metadata":{"creationTimestamp":"2026-11-02T10:00:00Z","generation":"1"},"spec":{"hostNetwork":"true","containers":{},"nodeSelector":[]},"spec ":1}`),
	wrapped(`{"spec":{"containers":[null,{"name":null,"args":["a",null,"\t"]}],"terminationGracePeriodSeconds":-0}}`) + " \n", wrapped(`"x"`), wrapped(`[1]`),
	`{"kind":"A","unknown":{"deep":[{"a":"\/\b\f\n\r\t\u00e9"}]},"request":{"object":{"spec":{"ports":[{"port":80,"targetPort":"web"}],"selector":{"a":"b"}}}}}`,
}

// same decodes a body in both ways, and compares.
func same(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, k *kinds.Kind, body []byte) (decoded bool) {
	t.Helper()
	s, have := shape(k)
	_, want := shape(k)
	err := s.Decode(body, have, 1<<20)
	general := kjson.UnmarshalCaseSensitivePreserveInts(body, want)
	refusal := (*scan.RefusalError)(nil)
	switch {
	case errors.Is(err, scan.ErrUndecided), errors.As(err, &refusal):
		return false
	case err != nil && !errors.Is(err, scan.ErrSyntax):
		t.Fatalf("have %v", err)
	case err != nil && general == nil:
		t.Fatalf("%q: %v, and the general decoder takes it", body, err)
	case err == nil && general != nil:
		t.Fatalf("%q is decoded, and the general decoder says %v", body, general)
	case err != nil:
		return false
	}
	if !reflect.DeepEqual(have, want) {
		t.Fatalf("%q:\n%s", body, cmp.Diff(want, have, cmpopts.EquateComparable()))
	}
	return true
}

// What is decoded is what the API server's decoder makes of it, and what is no JSON is none.
func FuzzDecode(f *testing.F) {
	for i := range kinds.Table {
		for _, body := range seeds {
			f.Add(body, uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, body string, at uint8) {
		same(t, kinds.Table[int(at)%len(kinds.Table)], []byte(body))
	})
}

// Pods are decoded in the quick way, whatever they are, and to the same as in the general one.
func TestLawPodsAreDecoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := fargatetest.Defaulted(fargatetest.PodSpecs(1, 5).Draw(t, "spec"))
		pod := &corev1.Pod{Spec: *spec, ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"text": rapid.String().Draw(t, "text"), "json": `{"a":"<b>"}`}}}
		if !same(t, kinds.Pods, []byte(wrapped(string(fargatetest.JSON(t, pod))))) {
			t.Fatalf("%+v is left to the general decoder", pod)
		}
	})
}

// The objects of the corpus are decoded in the quick way.
func TestCorpusIsDecoded(t *testing.T) {
	decoded, left := 0, 0
	ofCorpus(t, func(_ string, k *kinds.Kind, object json.RawMessage) {
		if same(t, k, []byte(wrapped(string(object)))) {
			decoded++
		} else {
			left++
		}
	})
	t.Logf("%d objects were decoded, %d left", decoded, left)
	if left > decoded/50 {
		t.Errorf("%d of %d objects are left to the general decoder", left, left+decoded)
	}
}

// What is skipped isn't decoded, and everything else is.
func TestSkippedFields(t *testing.T) {
	_, in := shape(kinds.Pods)
	s := scan.ShapeOf(in, scan.Fields{reflect.TypeFor[corev1.Container](): {"LivenessProbe"}, reflect.TypeFor[corev1.Pod](): {"Status"}})
	body := `{"metadata":{"name":"web"},"spec":{"containers":[{"name":"c","livenessProbe":{"periodSeconds":1},"image":"i"}]},"status":{"phase":"Pending"}}`
	if err := s.Decode([]byte(wrapped(body)), in, 1<<20); err != nil {
		t.Fatal(err)
	}
	_, want := shape(kinds.Pods)
	without := `{"metadata":{"name":"web"},"spec":{"containers":[{"name":"c","image":"i"}]}}`
	if err := kjson.UnmarshalCaseSensitivePreserveInts([]byte(wrapped(without)), want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(in, want) {
		t.Error(cmp.Diff(want, in))
	}
}

// A body that takes more memory than it may is left to the general decoder.
func TestDecodeIsBounded(t *testing.T) {
	s, in := shape(kinds.Pods)
	body := []byte(pod(`{}` + strings.Repeat(`,{}`, 99)))
	if err := s.Decode(body, in, 32<<10); !errors.Is(err, scan.ErrUndecided) {
		t.Errorf("100 containers in 32 KiB: %v", err)
	}
	_, in = shape(kinds.Pods)
	if err := s.Decode(body, in, 1<<20); err != nil {
		t.Errorf("100 containers in 1 MiB: %v", err)
	}
	// What is too much for the scan stays so.
	var refusal *scan.RefusalError
	if err := s.Decode([]byte(wrapped(`{"spec":{"overhead":{"cpu":"1e999"}}}`)), in, 1<<20); !errors.As(err, &refusal) {
		t.Errorf("have %v", err)
	}
}

// The types of all kinds have nothing that only the general decoder knows: texts that are decoded by
// methods, numbers in quotes, embedded pointers.
func TestTypesAreKnown(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var look func(reflect.Type)
	look = func(of reflect.Type) {
		if seen[of] {
			return
		}
		seen[of] = true
		pointer := reflect.PointerTo(of)
		if _, ok := pointer.MethodByName("UnmarshalJSON"); ok {
			return
		}
		if pointer.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
			t.Errorf("%s is decoded by UnmarshalText", of)
		}
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			look(of.Elem())
		case reflect.Map:
			look(of.Key())
			look(of.Elem())
		case reflect.Struct:
			for f := range of.Fields() {
				if strings.HasSuffix(f.Tag.Get("json"), ",string") || f.Anonymous && f.Type.Kind() == reflect.Pointer {
					t.Errorf("%s.%s: %s %q", of, f.Name, f.Type, f.Tag)
				}
				look(f.Type)
			}
		default:
		}
	}
	for _, k := range kinds.Table {
		look(reflect.TypeOf(k.New()))
	}
}
