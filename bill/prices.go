package bill

import "slices"

// USD is the currency of the list prices.
const USD = "USD"

const (
	// ListDate is the month in which the list prices were read last.
	ListDate = "2026-10"
	// ListSource is where they were read (F10.6).
	ListSource = "the AWS price list as quoted in public"
)

// Prices are what a vCPU, a GB of memory and a GB of ephemeral storage cost for an hour.
type Prices struct {
	// Region is the AWS region whose list prices they are; empty where all of them were given.
	Region   string
	Currency string
	// VCPUHour and GBHour are the prices of a vCPU and a GB of memory, before the discount.
	VCPUHour, GBHour Rate
	// StorageGBHour is the price of a GB of ephemeral storage above 20 GB; nil where it isn't
	// known.
	StorageGBHour *Rate
	// Discount is taken off the price of vCPU and memory, not of storage.
	Discount Discount
	// Assumed is true where nobody named the region, and Given where a price of the list was
	// replaced.
	Assumed, Given bool
	// Unlisted is true where no price is that of the list.
	Unlisted bool
}

// listed is a row of F10.6: the regions that cost the same, and their prices in billionths of USD.
type listed struct {
	regions      []string
	vcpu, memory Rate
}

// list has the list prices of Fargate for EKS, Linux on x86.
var list = [...]listed{
	{[]string{"us-east-1", "us-east-2", "us-west-2", "eu-west-1"}, 40_480_000, 4_445_000},
	{[]string{"eu-central-1", "eu-west-2", "ap-northeast-2"}, 46_560_000, 5_110_000},
	{[]string{"ap-northeast-1"}, 50_560_000, 5_530_000},
}

// storageList has the prices of storage; they are known for fewer regions.
var storageList = map[string]Rate{"us-east-1": 111_000, "eu-west-2": 129_000}

// In returns the list prices of a region. ok is false where they aren't known.
func In(region string) (prices Prices, ok bool) {
	for i := range list {
		if l := &list[i]; slices.Contains(l.regions, region) {
			prices = Prices{Region: region, Currency: USD, VCPUHour: l.vcpu, GBHour: l.memory}
			if storage, known := storageList[region]; known {
				prices.StorageGBHour = &storage
			}
			return prices, true
		}
	}
	return Prices{}, false
}

// AssumedRegion is the region whose prices count where none is named.
const AssumedRegion = "us-east-1"

// Assumed returns the prices of [AssumedRegion].
func Assumed() Prices {
	prices, _ := In(AssumedRegion)
	prices.Assumed = true
	return prices
}

// Regions returns the regions whose list prices are known, sorted.
func Regions() []string {
	var all []string
	for i := range list {
		all = append(all, list[i].regions...)
	}
	slices.Sort(all)
	return all
}
