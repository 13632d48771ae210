package review

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/pflag"

	"fargate-webhook/bill"
)

// priceFlags are the flags that say what pods are billed by.
type priceFlags struct{ region, vcpu, memory, storage, currency, savingsPlan string }

func (f *priceFlags) add(set *pflag.FlagSet) {
	set.StringVar(&f.region, "region", "", "AWS region whose list prices the bill uses (default "+bill.AssumedRegion+", which the report says); known: "+strings.Join(bill.Regions(), ", "))
	set.StringVar(&f.vcpu, "price-vcpu-hour", "", "price of a vCPU for an hour, such as 0.04048, instead of the list price")
	set.StringVar(&f.memory, "price-gb-hour", "", "price of a GB of memory for an hour")
	set.StringVar(&f.storage, "price-storage-gb-hour", "", "price of a GB of ephemeral storage above 20 GB for an hour")
	set.StringVar(&f.currency, "currency", bill.USD, "currency of the prices, three capital letters; another one than USD needs --price-vcpu-hour and --price-gb-hour")
	set.StringVar(&f.savingsPlan, "savings-plan", "", "`percentage` that a Compute Savings Plan takes off vCPU and memory, such as 20%")
}

var (
	regionName   = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	currencyName = regexp.MustCompile(`^[A-Z]{3}$`)
)

// read returns the prices that the flags ask for.
func (f *priceFlags) read() (*bill.Prices, error) {
	own := f.vcpu != "" && f.memory != ""
	switch {
	case f.region != "" && !regionName.MatchString(f.region):
		return nil, fmt.Errorf("--region %q: must be the name of an AWS region, such as %s", f.region, bill.AssumedRegion)
	case !currencyName.MatchString(f.currency):
		return nil, fmt.Errorf("--currency %q: must be three capital letters, such as EUR", f.currency)
	case f.currency != bill.USD && !own:
		return nil, fmt.Errorf("--currency %s: list prices are in USD: set --price-vcpu-hour and --price-gb-hour too", f.currency)
	}
	prices, known := bill.In(cmp.Or(f.region, bill.AssumedRegion))
	switch {
	case own && f.region == "":
		prices = bill.Prices{}
	case !known && !own:
		return nil, fmt.Errorf("--region %s: its list prices are not known: set --price-vcpu-hour and --price-gb-hour, or use one of %s",
			f.region, strings.Join(bill.Regions(), ", "))
	}
	prices.Region, prices.Assumed = cmp.Or(prices.Region, f.region), f.region == "" && !own
	if f.currency != bill.USD {
		prices.StorageGBHour = nil // that of the list is in USD
	}
	prices.Currency = f.currency
	prices.Unlisted = own && (f.storage != "" || prices.StorageGBHour == nil)
	return &prices, f.replace(&prices)
}

// replace sets the prices that the flags give, and the discount.
func (f *priceFlags) replace(prices *bill.Prices) error {
	for _, given := range [...]struct {
		flag, text string
		set        func(bill.Rate)
	}{
		{"price-vcpu-hour", f.vcpu, func(r bill.Rate) { prices.VCPUHour = r }},
		{"price-gb-hour", f.memory, func(r bill.Rate) { prices.GBHour = r }},
		{"price-storage-gb-hour", f.storage, func(r bill.Rate) { prices.StorageGBHour = &r }},
	} {
		if given.text == "" {
			continue
		}
		rate, err := bill.ParseRate(given.text)
		if err != nil {
			return fmt.Errorf("--%s %w", given.flag, err)
		}
		given.set(rate)
		prices.Given = true
	}
	if f.savingsPlan == "" {
		return nil
	}
	discount, err := bill.ParseDiscount(f.savingsPlan)
	if err != nil {
		return fmt.Errorf("--savings-plan %w", err)
	}
	prices.Discount = discount
	return nil
}
