package bill

import (
	"cmp"
	"slices"
	"testing"

	"fargate-webhook/fargate/sizing"
)

func TestPricesOfRegions(t *testing.T) {
	want := []string{"ap-northeast-1", "ap-northeast-2", "eu-central-1", "eu-west-1", "eu-west-2", "us-east-1", "us-east-2", "us-west-2"}
	if got := Regions(); !slices.Equal(got, want) {
		t.Errorf("regions %q", got)
	}
	for region, want := range map[string][3]string{
		"us-east-1":      {"0.04048", "0.004445", "0.000111"},
		"eu-west-1":      {"0.04048", "0.004445", ""},
		"eu-west-2":      {"0.04656", "0.00511", "0.000129"},
		"ap-northeast-2": {"0.04656", "0.00511", ""},
		"ap-northeast-1": {"0.05056", "0.00553", ""},
	} {
		p, ok := In(region)
		got := [3]string{p.VCPUHour.String(), p.GBHour.String()}
		if p.StorageGBHour != nil {
			got[2] = p.StorageGBHour.String()
		}
		if !ok || got != want || p.Currency != USD || p.Region != region {
			t.Errorf("%s: %q, %+v", region, got, p)
		}
	}
	if p, ok := In("mars-north-1"); ok {
		t.Errorf("a price for a region that isn't listed: %+v", p)
	}
}

// A discount is taken off vCPU and memory, not off storage.
func TestDiscount(t *testing.T) {
	prices := *virginia(t)
	prices.Discount = 200_000
	size := sizing.Size{MilliCPU: 2000, GiB2: 18}
	if got := prices.of(size.Amount(), 0).during(Month); got != 7064 {
		t.Errorf("have %s, want 20%% less than 88.30", got)
	}
	if got := prices.of(sizing.Amount{}, 95*gibibyte).during(Month); got != 770 {
		t.Errorf("storage: have %s, want 7.70", got)
	}
}

// What one caller does to prices is nobody else's.
func TestPricesAreCopies(t *testing.T) {
	first, _ := In("us-east-1")
	*first.StorageGBHour = 1
	if second, _ := In("us-east-1"); *second.StorageGBHour != 111_000 {
		t.Errorf("the price of storage has changed to %s", second.StorageGBHour)
	}
}

// Sizes are ordered by what they cost exactly, whatever is the dearer part of it.
func TestWeight(t *testing.T) {
	for _, prices := range []*Prices{virginia(t), {VCPUHour: 3, GBHour: 1}, {VCPUHour: one, GBHour: one}, {VCPUHour: 1, GBHour: 7}, {GBHour: 1}, {VCPUHour: 1}} {
		for _, a := range sizing.Sizes() {
			for _, b := range sizing.Sizes() {
				if cmp.Compare(prices.weight(a), prices.weight(b)) != prices.of(a.Amount(), 0).Cmp(&prices.of(b.Amount(), 0).Int) {
					t.Errorf("%+v: %s and %s are in the wrong order", prices, a, b)
				}
			}
		}
	}
}
