package handlers

import (
	"testing"
	"time"
)

func TestMeasure(t *testing.T) {
	all, err := Measure(t.Context(), 3, 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range all {
		o := float64(h.Ours.Nanoseconds)
		t.Logf("%s %s (%d bytes): ours %d ns %d allocs, usual %.1fx, v2 two passes 1/%.2f, v2 one pass 1/%.2f, v1 1/%.2f", h.Call, h.Size, h.Bytes, h.Ours.Nanoseconds, h.Ours.Allocations,
			float64(h.Usual.Nanoseconds)/o, o/float64(h.FloorTwice.Nanoseconds), o/float64(h.Floor.Nanoseconds), o/float64(h.FloorV1.Nanoseconds))
	}
}
