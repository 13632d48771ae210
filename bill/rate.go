package bill

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Rate is the price of one unit for an hour, in billionths of the currency's unit.
type Rate int64

const (
	// one is a price of 1.
	one Rate = 1_000_000_000
	// maxRate is the largest price of a unit an hour. Sizes are compared in 64 bits.
	maxRate = 100_000 * one
)

// decimal is how a price is written.
var decimal = regexp.MustCompile(`^([0-9]{1,9})(?:\.([0-9]{1,9}))?$`)

// ParseRate reads a decimal number with at most nine decimals: "0.04048".
func ParseRate(text string) (Rate, error) {
	parts := decimal.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("%q: must be a decimal number without a currency, such as 0.04048, with at most 9 decimals", text)
	}
	nanos, err := strconv.ParseInt(parts[1]+parts[2]+strings.Repeat("0", 9-len(parts[2])), 10, 64)
	if err != nil || Rate(nanos) > maxRate {
		return 0, fmt.Errorf("%q: must be at most %d", text, maxRate/one)
	}
	return Rate(nanos), nil
}

// String returns the price as it is written: "0.04048".
func (r Rate) String() string {
	text := fmt.Sprintf("%d.%09d", r/one, r%one)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// Discount is what a Compute Savings Plan takes off the price of vCPU and memory, in millionths.
type Discount int64

// wholePrice is a discount of 100%.
const wholePrice Discount = 1_000_000

// ParseDiscount reads a percentage with at most four decimals: "20%".
func ParseDiscount(text string) (Discount, error) {
	number, isPercent := strings.CutSuffix(text, "%")
	parts := decimal.FindStringSubmatch(number)
	if !isPercent || parts == nil || len(parts[2]) > 4 {
		return 0, fmt.Errorf("%q: must be the percentage that is taken off, such as 20%%", text)
	}
	millionths, err := strconv.ParseInt(parts[1]+parts[2]+strings.Repeat("0", 4-len(parts[2])), 10, 64)
	if err != nil || Discount(millionths) >= wholePrice {
		return 0, fmt.Errorf("%q: must be less than 100%%", text)
	}
	return Discount(millionths), nil
}

// String returns the discount as a percentage: "20%".
func (d Discount) String() string {
	text := fmt.Sprintf("%d.%04d", d/10_000, d%10_000)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + "%"
}
