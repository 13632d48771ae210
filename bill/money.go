package bill

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Money is an amount of a currency, in its hundredths. It is never negative, and the largest one
// stands for all that are larger.
type Money int64

// plus adds two amounts.
func (m Money) plus(n Money) Money { return Money(sum(int64(m), int64(n))) }

// minus subtracts an amount, down to zero.
func (m Money) minus(n Money) Money { return max(m-n, 0) }

// String returns the amount without its currency: "88.30".
func (m Money) String() string { return fmt.Sprintf("%d.%02d", m/100, m%100) }

// MarshalJSON returns the amount as a number with two decimals.
func (m Money) MarshalJSON() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalJSON reads what MarshalJSON returns, and nothing else.
func (m *Money) UnmarshalJSON(data []byte) error {
	whole, cents, ok := strings.Cut(string(data), ".")
	amount, err := strconv.ParseInt(whole+cents, 10, 64)
	if !ok || len(cents) != 2 || err != nil || amount < 0 {
		return fmt.Errorf("%q must be an amount with two decimals", data)
	}
	*m = Money(amount)
	return nil
}

// In returns the amount with its currency, "$88.30" or "88.30 EUR".
func (m Money) In(currency string) string {
	if currency == USD {
		return "$" + m.String()
	}
	return m.String() + " " + currency
}

// rounded returns a fraction of two integers in hundredths, half of one rounded up.
func rounded(numerator, denominator *big.Int) Money {
	n := new(big.Int).Mul(numerator, big.NewInt(200))
	n.Add(n, denominator)
	n.Quo(n, new(big.Int).Lsh(denominator, 1))
	if !n.IsInt64() {
		return math.MaxInt64
	}
	return Money(n.Int64())
}

// sum adds integers that aren't negative, up to the largest one.
func sum(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// product multiplies integers that aren't negative, up to the largest one.
func product(a, b int64) int64 {
	if b != 0 && a > math.MaxInt64/b {
		return math.MaxInt64
	}
	return a * b
}

// Span is an amount that is between two others.
type Span struct {
	Least Money
	// Most is nil where there is no telling.
	Most *Money
}

// plus adds two spans. The sum has no most if one of them has none.
func (s Span) plus(t Span) Span {
	out := Span{Least: s.Least.plus(t.Least)}
	if s.Most != nil && t.Most != nil {
		out.Most = new(s.Most.plus(*t.Most))
	}
	return out
}

// less returns how much less t is. There is no telling the most where one of them has none.
func (s Span) less(t Span) Span {
	out := Span{Least: s.Least.minus(t.Least)}
	if s.Most != nil && t.Most != nil {
		out.Most = new(s.Most.minus(*t.Most))
	}
	return out
}

// In returns the span with its currency: "$9.01", "$9.01 to $90.10", "at least $9.01".
func (s Span) In(currency string) string {
	switch {
	case s.Most == nil:
		return "at least " + s.Least.In(currency)
	case *s.Most == s.Least:
		return s.Least.In(currency)
	}
	return s.Least.In(currency) + " to " + s.Most.In(currency)
}
