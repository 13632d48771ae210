package html

import (
	"math"
	"slices"
	"strconv"
	"testing"
)

// luminance is the relative luminance of a color as "#rrggbb", by WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			sum += weight * c / 12.92
		} else {
			sum += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light, dark := luminance(t, a), luminance(t, b)
	return (max(light, dark) + 0.05) / (min(light, dark) + 0.05)
}

func named(t *testing.T, name string) color {
	t.Helper()
	i := slices.IndexFunc(palette[:], func(c color) bool { return c.name == name })
	if i < 0 {
		t.Fatalf("there is no color %s", name)
	}
	return palette[i]
}

// Texts have a contrast of 4.5 at least, and what pictures and controls consist of 3 (WCAG AA).
func TestContrast(t *testing.T) {
	type pair struct {
		front, back string
		least       float64
	}
	var pairs []pair
	for _, back := range []string{"back", "panel"} {
		for _, text := range []string{"text", "soft", "link", "pass"} {
			pairs = append(pairs, pair{text, back, 4.5})
		}
		for _, part := range []string{"control", "requested", "waste", "own", "bar-deny", "bar-pods", "bar-warn", "bar-ignored"} {
			pairs = append(pairs, pair{part, back, 3})
		}
	}
	for _, o := range outcomes {
		pairs = append(pairs, pair{string(o.id), string(o.id) + "-back", 4.5})
	}
	pairs = append(pairs, pair{"requested", "billed", 3}, pair{"text", "billed", 4.5})
	for _, p := range pairs {
		front, back := named(t, p.front), named(t, p.back)
		if got := contrast(t, front.light, back.light); got < p.least {
			t.Errorf("light %s on %s: %.2f", p.front, p.back, got)
		}
		if got := contrast(t, front.dark, back.dark); got < p.least {
			t.Errorf("dark %s on %s: %.2f", p.front, p.back, got)
		}
	}
}
