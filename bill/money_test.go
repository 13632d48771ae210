package bill

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
)

func TestMoney(t *testing.T) {
	for name, c := range map[string]struct{ got, want string }{
		"dollars":        {Money(8830).In(USD), "$88.30"},
		"another":        {Money(5).In("EUR"), "0.05 EUR"},
		"one amount":     {Span{Least: 100, Most: new(Money(100))}.In(USD), "$1.00"},
		"a span":         {Span{Least: 100, Most: new(Money(250))}.In(USD), "$1.00 to $2.50"},
		"no known most":  {Span{Least: 100}.In(USD), "at least $1.00"},
		"below zero":     {Money(1).minus(2).String(), "0.00"},
		"a sum":          {Sum{Least: 1, Most: 2}.In(USD), "$0.01 to $0.02"},
		"the largest":    {Money(math.MaxInt64).plus(1).String(), Money(math.MaxInt64).String()},
		"spans":          {Span{Least: 1, Most: new(Money(3))}.plus(Span{Least: 2, Most: new(Money(5))}).In(USD), "$0.03 to $0.08"},
		"spans, no most": {Span{Least: 1}.plus(Span{Least: 2, Most: new(Money(5))}).In(USD), "at least $0.03"},
	} {
		if c.got != c.want {
			t.Errorf("%s: have %q, want %q", name, c.got, c.want)
		}
	}
	if text, err := json.Marshal([]Money{8830, 5}); err != nil || string(text) != "[88.30,0.05]" {
		t.Errorf("JSON: %s, %v", text, err)
	}
}

func TestRounded(t *testing.T) {
	for name, c := range map[string]struct {
		numerator, denominator int64
		want                   Money
	}{
		"nothing":       {0, 3, 0},
		"down":          {1, 3, 33},
		"up":            {2, 3, 67},
		"half goes up":  {1, 200, 1},
		"below half":    {4999, 1_000_000, 0},
		"most of 64bit": {math.MaxInt64, 1, math.MaxInt64},
	} {
		if got := rounded(big.NewInt(c.numerator), big.NewInt(c.denominator)); got != c.want {
			t.Errorf("%s: have %s, want %s", name, got, c.want)
		}
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]Rate{"0.04048": 40_480_000, "1": one, "0": 0, "0.000000001": 1, "100000": maxRate, "12.5": 12_500_000_000} {
		got, err := ParseRate(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: have %d (%s), %v", text, got, got, err)
		}
	}
	for _, text := range []string{"", "-1", "$0.04", "0,04", ".5", "1.", "1e3", "100000.1", "0.0000000001", "9999999999", " 1", "NaN"} {
		if got, err := ParseRate(text); err == nil || !strings.Contains(err.Error(), "must be") {
			t.Errorf("%q: have %d, %v", text, got, err)
		}
	}
}

func TestParseDiscount(t *testing.T) {
	for text, want := range map[string]Discount{"20%": 200_000, "0%": 0, "52.5%": 525_000, "99.9999%": 999_999} {
		got, err := ParseDiscount(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: have %d (%s), %v", text, got, got, err)
		}
	}
	for _, text := range []string{"", "20", "0.8", "100%", "-1%", "%", "0.00001%", "20%%", "1000000000%"} {
		if got, err := ParseDiscount(text); err == nil || !strings.Contains(err.Error(), "must be") {
			t.Errorf("%q: have %d, %v", text, got, err)
		}
	}
}

// FuzzPrices checks that whatever is read is written as the same price and discount.
func FuzzPrices(f *testing.F) {
	for _, seed := range []string{"0.04048", "20%", "00000001.10", "", "1e9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if rate, err := ParseRate(text); err == nil {
			if again, err := ParseRate(rate.String()); err != nil || again != rate {
				t.Errorf("%q is %d, and %s is %d, %v", text, rate, rate, again, err)
			}
		}
		if discount, err := ParseDiscount(text); err == nil {
			if again, err := ParseDiscount(discount.String()); err != nil || again != discount {
				t.Errorf("%q is %d, and %s is %d, %v", text, discount, discount, again, err)
			}
		}
	})
}

// What is written is read as the same amount, and nothing else is read.
func TestMoneyJSON(t *testing.T) {
	for _, want := range []Money{0, 1, 901, 8830, math.MaxInt64} {
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Money
		if err := json.Unmarshal(data, &got); err != nil || got != want {
			t.Errorf("%s is read as %d, %v", data, got, err)
		}
	}
	for _, text := range []string{"9", "9.1", "9.001", "-1.00", `"9.01"`, "9e2", "null"} {
		if err := json.Unmarshal([]byte(text), new(Money)); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}
