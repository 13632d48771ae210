package sizing

import "testing"

// Each worked example of F3.3 to F3.5, and the borders of S16 and S20.
func TestFor(t *testing.T) {
	for _, c := range []struct{ cpu, memory, want string }{
		{"0", "0", "0.25 vCPU / 512Mi"}, // F3.4
		{"1", "8Gi", "2 vCPU / 9Gi"},    // F3.3: with 256 MB more it exceeds the 1 vCPU row
		{"250m", "1000Mi", "0.25 vCPU / 2Gi"},
		{"255m", "1000Mi", "0.5 vCPU / 2Gi"},
		{"260m", "1750Mi", "0.5 vCPU / 2Gi"},
		{"255m", "1800Mi", "0.5 vCPU / 3Gi"},
		{"255m", "10Gi", "2 vCPU / 11Gi"},
		{"1", "512Mi", "1 vCPU / 2Gi"},
		{"250m", "256Mi", "0.25 vCPU / 512Mi"}, // F3.5: the most that fits a size
		{"250m", "768Mi", "0.25 vCPU / 1Gi"},
		{"250m", "1792Mi", "0.25 vCPU / 2Gi"},
		{"500m", "2816Mi", "0.5 vCPU / 3Gi"},
		{"500m", "3840Mi", "0.5 vCPU / 4Gi"},
		{"16", "122624Mi", "16 vCPU / 120Gi"},
		{"250m", "512Mi", "0.25 vCPU / 1Gi"},
		{"250m", "1Gi", "0.25 vCPU / 2Gi"}, // no step of 1.25 GB
		{"250m", "2Gi", "0.5 vCPU / 3Gi"},  // S16: the next row
		{"250m", "257Mi", "0.25 vCPU / 1Gi"},
		{"251m", "0", "0.5 vCPU / 1Gi"},
		{"8", "16Gi", "8 vCPU / 20Gi"}, // S20: steps of 4
		{"8", "60Gi", "16 vCPU / 64Gi"},
		{"16", "32Gi", "16 vCPU / 40Gi"}, // S20: steps of 8
		{"4", "30Gi", "8 vCPU / 32Gi"},
		{"0", "0.1Mi", "0.25 vCPU / 512Mi"},
		{"1n", "1", "0.25 vCPU / 512Mi"},
	} {
		got, ok := For(amount(c.cpu, c.memory))
		if !ok || got.String() != c.want {
			t.Errorf("%s / %s: got %v, %v, want %s", c.cpu, c.memory, got, ok, c.want)
		}
	}
}

// What the largest size doesn't hold has no size (F3.6).
func TestForBeyondLargest(t *testing.T) {
	for _, c := range [][2]string{{"16001m", "1Gi"}, {"1", "122625Mi"}, {"1E", "1"}, {"0", "100E"}} {
		if got, ok := For(amount(c[0], c[1])); ok {
			t.Errorf("%s / %s: got %v, want none", c[0], c[1], got)
		}
	}
}

// naiveSizes returns the memory of F3.1 in GiB by vCPU, written out as the table is printed.
func naiveSizes() map[float64][]float64 {
	sizes := map[float64][]float64{0.25: {0.5, 1, 2}, 0.5: {1, 2, 3, 4}}
	for cpu, row := range map[float64][3]float64{1: {2, 8, 1}, 2: {4, 16, 1}, 4: {8, 30, 1}, 8: {16, 60, 4}, 16: {32, 120, 8}} {
		for gib := row[0]; gib <= row[1]; gib += row[2] {
			sizes[cpu] = append(sizes[cpu], gib)
		}
	}
	return sizes
}

// naiveFor searches all combinations for the least that holds both.
func naiveFor(milliCPU, mi int64) (cpu, gib float64) {
	for c, memories := range naiveSizes() {
		for _, m := range memories {
			holds := c*1000 >= float64(milliCPU) && m*1024 >= float64(mi+256)
			if holds && (cpu == 0 || c < cpu || c == cpu && m < gib) {
				cpu, gib = c, m
			}
		}
	}
	return cpu, gib
}

// For agrees with a search at every edge of the table, and 1m and 1Mi beside it.
func TestForAgreesWithSearch(t *testing.T) {
	checked := 0
	for cpu, memories := range naiveSizes() {
		for _, gib := range memories {
			for dc := int64(-1); dc <= 1; dc++ {
				for dm := int64(-1); dm <= 1; dm++ {
					milliCPU, mi := int64(cpu*1000)+dc, int64(gib*1024)-256+dm
					got, ok := For(Amount{MilliCPU: milliCPU, MilliBytes: mi * mebibyte})
					wantCPU, wantGiB := naiveFor(milliCPU, mi)
					if ok != (wantCPU != 0) || ok && (float64(got.MilliCPU) != wantCPU*1000 || float64(got.GiB2) != wantGiB*2) {
						t.Errorf("%dm / %dMi: got %v, %v, want %v / %v", milliCPU, mi, got, ok, wantCPU, wantGiB)
					}
					checked++
				}
			}
		}
	}
	if checked < 9*70 {
		t.Errorf("only %d combinations were checked", checked)
	}
}

// The budget is the size less what Fargate reserves (F3.2).
func TestBudget(t *testing.T) {
	got := Size{MilliCPU: 250, GiB2: 1}.Budget()
	if want := amount("250m", "256Mi"); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
