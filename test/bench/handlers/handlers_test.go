package handlers

import (
	"testing"
	"time"

	"fargate-webhook/test/bench/bodies"
)

// Every contender answers every review as it should: Measure fails otherwise. No times are asserted.
func TestMeasure(t *testing.T) {
	all, err := Measure(t.Context(), 1, time.Microsecond)
	if err != nil {
		t.Fatal(err)
	}
	if want := 2 * len(bodies.Sizes()); len(all) != want {
		t.Errorf("%d rows, want %d", len(all), want)
	}
	for _, h := range all {
		for _, cost := range []int64{h.Ours.Nanoseconds, h.Usual.Nanoseconds, h.Allowing.Nanoseconds, h.Floor.Nanoseconds, h.FloorTwice.Nanoseconds, h.FloorV1.Nanoseconds} {
			if cost <= 0 {
				t.Errorf("not measured: %+v", h)
			}
		}
	}
}

// The usual webhook makes the change that ours makes.
func TestUsual(t *testing.T) {
	ours, err := Ours(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range bodies.Sizes() {
		want, err := Changed(ours[MutatePath], size)
		if err != nil {
			t.Fatal(err)
		}
		mutate, _, err := Usual(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Changed(mutate, size)
		if err != nil {
			t.Fatal(err)
		}
		if got.Labels[bodies.Label] != bodies.Value || len(got.Annotations) != len(want.Annotations) || got.Spec.Containers[0].Resources.String() != want.Spec.Containers[0].Resources.String() {
			t.Errorf("%s: got %+v, want %+v", size.Name, got, want)
		}
	}
}

// What is broken is found, in whatever contender.
func TestFloorsDecode(t *testing.T) {
	for name, decode := range map[string]func([]byte) error{"v2, two passes": decodeV2, "v2": decodeOnePass, "v1": decodeV1} {
		for _, body := range []string{``, `{`, `{"request":{"object":{}}}`} {
			if err := decode([]byte(body)); err == nil {
				t.Errorf("%s decodes %q", name, body)
			}
		}
	}
}
