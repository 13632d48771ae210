package scan_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	kjson "sigs.k8s.io/json"

	"fargate-webhook/internal/scan"
	"fargate-webhook/kinds"
)

// shape returns the shape of a review of a kind, as the handlers decode it, and a place to decode
// one into.
func shape(k *kinds.Kind) (*scan.Shape, any) {
	type request struct {
		UID       string `json:"uid"`
		Object    any    `json:"object"`
		OldObject any    `json:"oldObject"`
	}
	in := &struct {
		Kind    string   `json:"kind"`
		Request *request `json:"request"`
	}{Request: &request{Object: k.Slot().Pointer, OldObject: k.Slot().Pointer}}
	return scan.ShapeOf(in, nil), in
}

// wrapped returns a review of an object.
func wrapped(object string) string {
	return `{"kind":"AdmissionReview","request":{"uid":"u1","object":` + object + `,"oldObject":null}}`
}

// containers returns a pod with the JSON of a container.
func pod(container string) string {
	return wrapped(`{"metadata":{"name":"web"},"spec":{"containers":[` + container + `]}}`)
}

func TestRefusals(t *testing.T) {
	requests := func(quantity string) string { return pod(`{"resources":{"requests":{"cpu":` + quantity + `}}}`) }
	const cpu = "request.object.spec.containers[0].resources.requests.cpu: "
	for name, c := range map[string]struct {
		body string
		want string // "" if it passes
	}{
		"nothing":               {wrapped("null"), ""},
		"a container":           {pod(`{"name":"web"}`), ""},
		"depth":                 {wrapped(strings.Repeat(`{"spec":`, 63) + "1" + strings.Repeat("}", 63)), "request.object.spec.spec: must not be nested more than 64 levels deep"},
		"depth that passes":     {wrapped(strings.Repeat(`{"spec":`, 62) + "1" + strings.Repeat("}", 62)), ""},
		"exponent":              {requests(`"1e-2147483647"`), cpu + `the exponent of a quantity must be between -100 and 100, inclusive, not as in "1e-2147483647"`},
		"exponent with plus":    {requests(`"1E+101"`), `not as in "1E+101"`},
		"exponent with zeros":   {requests(`"1e-000000000000000101"`), `not as in "1e-000000000000000101"`},
		"exponent and blanks":   {requests(`"1e101 "`), `not as in "1e101 "`},
		"bare exponent":         {requests(`1e-2147483647`), `not as in "1e-2147483647"`},
		"exponent that passes":  {requests(`"1e-100"`), ""},
		"zeros that pass":       {requests(`"1e00000000000000000000"`), ""},
		"exa":                   {requests(`"1E"`), ""},
		"exbi":                  {requests(`"1Ei"`), ""},
		"two exponents":         {requests(`"1e5e999"`), `not as in "1e5e999"`},
		"no quantity":           {requests(`"elephant"`), ""},
		"long quantity":         {requests(`"` + strings.Repeat("9", 101) + `"`), cpu + "a quantity must have at most 100 bytes, not 101"},
		"escaped key":           {strings.Replace(requests(`"1e999"`), `"requests"`, `"r\u0065quests"`, 1), `not as in "1e999"`},
		"key in another case":   {strings.Replace(requests(`"1e999"`), `"requests"`, `"Requests"`, 1), ""},
		"embedded field":        {wrapped(`{"spec":{"volumes":[{"name":"x","emptyDir":{"sizeLimit":"1e999"}}]}}`), "request.object.spec.volumes[0].emptyDir.sizeLimit: "},
		"old object":            {strings.Replace(wrapped("null"), `"oldObject":null`, `"oldObject":{"spec":{"overhead":{"cpu":"1e999"}}}`, 1), "request.oldObject.spec.overhead.cpu: "},
		"text in an annotation": {wrapped(`{"metadata":{"annotations":{"a":"1e-2147483647"}}}`), ""},
		"text in a variable":    {pod(`{"env":[{"name":"BIG","value":"1e99999999"},{"name":"requests","value":"` + strings.Repeat("9", 10_000) + `"}]}`), ""},
		"text in unknown":       {wrapped(`{"spec":{"novel":{"requests":{"cpu":"1e999"}}}}`), ""},
		"a long number":         {wrapped(`{"spec":{"novel":` + strings.Repeat("1", 65) + `}}`), "request.object.spec.novel: a number must have at most 64 bytes, not 65"},
		"a long timestamp":      {wrapped(`{"metadata":{"creationTimestamp":"` + strings.Repeat("2", 7_000_000) + `"}}`), "request.object.metadata.creationTimestamp: a timestamp must have at most 100 bytes, not 7000000"},
		"a long uid":            {wrapped(`{"metadata":{"uid":"` + strings.Repeat("2", 1025) + `"}}`), "request.object.metadata.uid: a UID must have at most 1024 bytes, not 1025"},
		"twice":                 {wrapped(`{"spec":{},"spec":{}}`), "request.object.spec: must be there only once"},
		"twice, escaped":        {wrapped(`{"spec":{},"\u0073pec":{}}`), `request.object.\u0073pec: must be there only once`},
		"twice in a map":        {wrapped(`{"metadata":{"labels":{"a":"1","a":"2"}}}`), ""},
		"empty containers":      {pod(strings.Repeat("{},", 2_800_000) + "{}"), "the review must not take more than 24 MiB once it is decoded, which is reached here"},
		"capabilities":          {pod(`{"securityContext":{"capabilities":{"add":[` + strings.Repeat(`"A",`, 200_000) + `"A"]}}}`), "capabilities.add[199999]: the lists of the review must not have more than 200000 elements"},
		"199,999 capabilities":  {pod(`{"securityContext":{"capabilities":{"add":[` + strings.Repeat(`"A",`, 199_998) + `"A"]}}}`), ""},
		"9,999 labels":          {wrapped(`{"metadata":{"labels":{"a":""` + strings.Repeat(`,"a":""`, 9_998) + `}}}`), ""},
		"10,001 labels":         {wrapped(`{"metadata":{"labels":{"a":""` + strings.Repeat(`,"a":""`, 10_000) + `}}}`), "request.object.metadata.labels.a: a map must not have more than 10000 entries"},
		"elements of unknown":   {wrapped(`{"spec":{"novel":[` + strings.Repeat(`1,`, 200_000) + `1]}}`), "request.object.spec.novel[200000]: the lists"},
		"a long annotation":     {wrapped(`{"metadata":{"annotations":{"a":"` + strings.Repeat("x", 6<<20) + `"}}}`), ""},
		"what isn't UTF-8":      {wrapped(`{"metadata":{"annotations":{"a":"` + strings.Repeat("\xff", 6<<20) + `"}}}`), "24 MiB"},
		"a key with controls":   {wrapped(`{"metadata":{"labels":{"a\u0000` + "\x7f" + `":{"x":` + strings.Repeat("1", 65) + `}}}}`), "request.object.metadata.labels.….x: a number"},
	} {
		t.Run(name, func(t *testing.T) {
			pods, _ := shape(kinds.Pods)
			_, err := pods.Body([]byte(c.body))
			refusal := (*scan.RefusalError)(nil)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("have %v", err)
			case c.want != "" && (!errors.As(err, &refusal) || !strings.Contains(err.Error(), c.want)):
				t.Errorf("have %v, want %q", err, c.want)
			case err != nil && len(err.Error()) > 600:
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

// What isn't JSON is left to the decoder, which refuses it.
func TestSyntax(t *testing.T) {
	pods, in := shape(kinds.Pods)
	for _, body := range []string{"", " ", "{", "[", `"`, `"\`, "-,", "{]", "[}", "{1:2}", `{"a"}`, `{"a":}`, `{"a":1,}`, "[1 2]", "1 1", "{} x", "\xff", `{"a`} {
		if _, err := pods.Body([]byte(body)); !errors.Is(err, scan.ErrSyntax) {
			t.Errorf("%q: have %v", body, err)
		}
		if err := kjson.UnmarshalCaseSensitivePreserveInts([]byte(body), in); err == nil {
			t.Errorf("%q: the decoder takes it", body)
		}
	}
}

// The scan allocates nothing for a body that passes.
func TestScanAllocatesNothing(t *testing.T) {
	pods, _ := shape(kinds.Pods)
	body := []byte(pod(`{"name":"web","r\u0065sources":{"requests":{"cpu":"1e1"}}}` + strings.Repeat(`,{"name":"é","env":[{"name":"A","value":"1"}]}`, 1000)))
	if got := testing.AllocsPerRun(10, func() {
		if _, err := pods.Body(body); err != nil {
			t.Error(err)
		}
	}); got > 3 {
		t.Errorf("%v allocations", got)
	}
}

// Any body either stops at a refusal, or is read to its end as the decoder reads it: what the scan
// takes for no JSON is none, and what passes is decoded into little memory.
func FuzzScan(f *testing.F) {
	for _, body := range []string{
		"", "null", "{}", wrapped("{}"), pod(`{"name":"web","resources":{"requests":{"cpu":"1e3"}}}`), pod(`{"env":[{"name":"\u0041","value":"é\ud800"}]}`),
		`{"request":null,"request":{"object":[{}]}}`, `{"a":[1,-2.5e3,true,null,"x"]}`, wrapped(`{"metadata":{"labels":{"a":"\xff"},"managedFields":[{"fieldsV1":{"f:a":{}}}]}}`),
	} {
		f.Add(body, uint8(0))
	}
	f.Fuzz(func(t *testing.T, body string, at uint8) {
		s, in := shape(kinds.Table[int(at)%len(kinds.Table)])
		_, err := s.Body([]byte(body))
		refusal := (*scan.RefusalError)(nil)
		switch {
		case errors.Is(err, scan.ErrSyntax):
			if json.Valid([]byte(body)) {
				t.Fatalf("%q is JSON", body)
			}
		case errors.As(err, &refusal):
			if refusal.Problem == "" || len(err.Error()) > 600 {
				t.Fatalf("have %v", err)
			}
		case err != nil:
			t.Fatal(err)
		default:
			_ = kjson.UnmarshalCaseSensitivePreserveInts([]byte(body), in) // must return, in little time
		}
	})
}

// BenchmarkScan is the cost beside that of decoding.
func BenchmarkScan(b *testing.B) {
	body := []byte(pod(`{"name":"web"}` + strings.Repeat(`,{"name":"x","image":"y","env":[{"name":"A","value":"1"}],"resources":{"requests":{"cpu":"100m"}}}`, 100)))
	for _, decode := range []bool{false, true} {
		b.Run(fmt.Sprintf("decode=%t", decode), func(b *testing.B) {
			s, _ := shape(kinds.Pods)
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if _, err := s.Body(body); err != nil {
					b.Fatal(err)
				}
				if decode {
					_, in := shape(kinds.Pods)
					if err := kjson.UnmarshalCaseSensitivePreserveInts(body, in); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
