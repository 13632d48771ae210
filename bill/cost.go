package bill

import (
	"math/big"

	"fargate-webhook/fargate/sizing"
)

const (
	hour = 60 * 60
	// Month is a month of 730 hours, in seconds (F10.6).
	Month = 730 * hour
	// minute is the least that is billed of a pod, in seconds (F10.8).
	minute = 60
)

const (
	milli = 1000
	// gibibyte is 1 GiB in milli-bytes; Fargate's GB are GiB (F3.2).
	gibibyte = 1 << 30 * milli
	mebibyte = 1 << 20 * milli
	// storageIncluded is the ephemeral storage that every pod has for nothing (F3.12, F10.6).
	storageIncluded = 20 * gibibyte
)

// perHour is what something costs for an hour: a multiple of 1/perHourUnit of the currency.
type perHour struct{ big.Int }

// perHourUnit is the denominator of perHour: billionths of the rates, millionths of the discount,
// and milli-bytes in a GB, which milli-vCPU in a vCPU divide.
var perHourUnit = new(big.Int).Mul(big.NewInt(int64(one)*int64(wholePrice)), big.NewInt(gibibyte))

// of returns what an amount of CPU and memory, and of ephemeral storage in milli-bytes, costs for an
// hour.
func (p *Prices) of(amount sizing.Amount, storage int64) *perHour {
	var out perHour
	out.Mul(big.NewInt(int64(p.VCPUHour)), big.NewInt(amount.MilliCPU))
	out.Mul(&out.Int, big.NewInt(gibibyte/milli))
	var term big.Int
	out.Add(&out.Int, term.Mul(big.NewInt(int64(p.GBHour)), big.NewInt(amount.MilliBytes)))
	out.Mul(&out.Int, big.NewInt(int64(wholePrice-p.Discount)))
	if storage > 0 && p.StorageGBHour != nil {
		term.Mul(big.NewInt(int64(*p.StorageGBHour)), big.NewInt(storage))
		out.Add(&out.Int, term.Mul(&term, big.NewInt(int64(wholePrice))))
	}
	return &out
}

// hourDenominator is perHourUnit for a second.
var hourDenominator = new(big.Int).Mul(perHourUnit, big.NewInt(hour))

// during returns what it costs for so many seconds.
func (c *perHour) during(seconds int64) Money {
	return rounded(new(big.Int).Mul(&c.Int, big.NewInt(seconds)), hourDenominator)
}

// within returns what it costs for what a workload uses in a month.
func (c *perHour) within(u Use) Span {
	s := Span{Least: c.during(u.Least)}
	if !u.Unknown {
		s.Most = new(c.during(u.Most))
	}
	return s
}

// weight orders sizes by what they cost.
func (p *Prices) weight(s sizing.Size) int64 {
	return int64(p.VCPUHour)*(s.MilliCPU/250) + int64(p.GBHour)*s.GiB2*2
}
