package review

import (
	"encoding/json"

	"fargate-webhook/bill"
)

// BillTotal is what all pods on Fargate cost in a month.
type BillTotal struct {
	Prices     Prices           `json:"prices"`
	Total      Total            `json:"total"`
	Namespaces map[string]Total `json:"namespaces"`
	// Profiles are the totals by Fargate profile.
	Profiles map[string]Total `json:"profiles"`

	prices *bill.Prices
	full   bill.Total
}

// Prices are the prices of the report, an hour. Numbers are as they were given.
type Prices struct {
	// Region is empty where prices were given for no region, and Assumed true where none was named.
	Region  string `json:"region"`
	Assumed bool   `json:"assumed,omitempty"`
	// Date and Source are those of the list prices, empty where none of them counts; Given is true
	// where some were replaced.
	Date     string      `json:"date,omitempty"`
	Source   string      `json:"source,omitempty"`
	Given    bool        `json:"given,omitempty"`
	Currency string      `json:"currency"`
	VCPUHour json.Number `json:"vcpuHour"`
	GBHour   json.Number `json:"gbHour"`
	// StorageGBHour is null where it isn't known.
	StorageGBHour *json.Number `json:"storageGBHour"`
	// SavingsPlan is the percentage that is taken off vCPU and memory; empty for none.
	SavingsPlan string `json:"savingsPlan,omitempty"`
	// HoursPerMonth is how long a month is.
	HoursPerMonth int `json:"hoursPerMonth"`
}

// Total is what several objects cost in a month.
type Total struct {
	Workloads int   `json:"workloads"`
	Pods      Count `json:"pods"`
	// VCPU is that of the most pods, which the quota of the account has to allow.
	VCPU json.Number `json:"vcpu"`
	// Month and Waste are sums. For objects of which the most isn't known, which Unknown counts,
	// the least is in the most too.
	Month   Sum `json:"month"`
	Waste   Sum `json:"waste"`
	Unknown int `json:"unknown,omitempty"`
}

// Sum is a sum of amounts of money.
type Sum struct {
	Least bill.Money `json:"least"`
	Most  bill.Money `json:"most"`
}

// totals counts items, and what they cost.
type totals struct {
	summary map[Result]int
	prices  *bill.Prices
	bill    bill.Totals
}

func newTotals(prices *bill.Prices) *totals {
	summary := map[Result]int{ResultSkip: 0, ResultPass: 0, ResultExempt: 0, ResultChange: 0, ResultWarn: 0, ResultDeny: 0}
	return &totals{summary: summary, prices: prices}
}

func (t *totals) add(items []Item) {
	for i := range items {
		t.summary[items[i].Result]++
		if b := items[i].Bill; b != nil {
			t.bill.Add(items[i].Namespace, items[i].Placement.Profile, &b.full)
		}
	}
}

// report returns a report without items.
func (t *totals) report(problems []Problem) Report {
	out := Report{Items: []Item{}, Summary: t.summary, Problems: problems}
	if t.prices != nil {
		out.Bill = &BillTotal{
			Prices: pricesOf(t.prices), Total: totalOf(&t.bill.All),
			Namespaces: totalsOf(t.bill.ByNamespace), Profiles: totalsOf(t.bill.ByProfile),
			prices: t.prices, full: t.bill.All,
		}
	}
	return out
}

func pricesOf(p *bill.Prices) Prices {
	out := Prices{
		Region: p.Region, Assumed: p.Assumed, Given: p.Given, Currency: p.Currency,
		VCPUHour: json.Number(p.VCPUHour.String()), GBHour: json.Number(p.GBHour.String()), HoursPerMonth: bill.Month / 3600,
	}
	if !p.Unlisted {
		out.Date, out.Source = bill.ListDate, bill.ListSource
	}
	if p.StorageGBHour != nil {
		out.StorageGBHour = new(json.Number(p.StorageGBHour.String()))
	}
	if p.Discount > 0 {
		out.SavingsPlan = p.Discount.String()
	}
	return out
}

func totalOf(t *bill.Total) Total {
	return Total{
		Workloads: t.Workloads, Pods: Count{t.PodsLeast, t.PodsMost}, VCPU: json.Number(t.VCPU()),
		Month: Sum(t.Cost), Waste: Sum(t.Waste), Unknown: t.Unknown,
	}
}

func totalsOf(parts map[string]*bill.Total) map[string]Total {
	out := make(map[string]Total, len(parts))
	for name, part := range parts {
		out[name] = totalOf(part)
	}
	return out
}
