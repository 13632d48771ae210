package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fargate-webhook/bill"
	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/cmd/fargate-webhook/review"
)

// The flags of prices, and what the last line of the table says of them. The example has two pods of
// 0.25 vCPU and 1 GB.
func TestReviewPrices(t *testing.T) {
	for want, args := range map[string][]string{
		"$21.26 a month, of which $1.62 pays for more than they request (list prices of us-east-1, read 2026-10; set --region for another)": nil,
		"$21.26 a month, of which $1.62 pays for more than they request (list prices of us-east-1, read 2026-10)":                           {"--region", "us-east-1"},
		"$24.46 a month, of which $1.87 pays for more than they request (list prices of eu-central-1, read 2026-10)":                        {"--region", "eu-central-1"},
		"$17.01 a month, of which $1.30 pays for more than they request (list prices of us-east-1, read 2026-10, less 20% by a savings plan)": {
			"--region", "us-east-1", "--savings-plan", "20%"},
		"383.25 EUR a month, of which 4.56 EUR pays for more than they request (prices given)": {
			"--price-vcpu-hour", "1", "--price-gb-hour", "0.0125", "--currency", "EUR"},
		"$383.25 a month, of which $4.56 pays for more than they request (prices given for eu-north-1)": {
			"--region", "eu-north-1", "--price-vcpu-hour", "1", "--price-gb-hour", "0.0125"},
		"$371.49 a month, of which $1.62 pays for more than they request (prices of us-east-1, some of them given; set --region for another)": {
			"--price-vcpu-hour", "1"},
	} {
		got := program(t, "", append([]string{"review", "--profiles", exampleProfiles, "-f", examplePods}, args...)...)
		got.wants(t, cli.ExitOK, "")
		lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
		if last := lines[len(lines)-1]; last != "2 pods on Fargate: "+want {
			t.Errorf("%q:\nhave %s\nwant … %s", args, last, want)
		}
	}
	for want, args := range map[string][]string{
		`--region mars-north-1: its list prices are not known: set --price-vcpu-hour and --price-gb-hour, or use one of ap-northeast-1, `: {"--region", "mars-north-1"},
		`--region "US East": must be the name of an AWS region, such as us-east-1`:                                                        {"--region", "US East"},
		`--region mars-north-1: `: {"--region", "mars-north-1", "--price-vcpu-hour", "1"},
		`--price-vcpu-hour "$1": must be a decimal number without a currency, such as 0.04048`:  {"--price-vcpu-hour", "$1"},
		`--price-gb-hour "1e3": must be a decimal number`:                                       {"--price-gb-hour", "1e3"},
		`--price-storage-gb-hour "-1": must be a decimal number`:                                {"--price-storage-gb-hour", "-1"},
		`--currency EUR: list prices are in USD: set --price-vcpu-hour and --price-gb-hour too`: {"--currency", "EUR"},
		`--currency "euro": must be three capital letters, such as EUR`:                         {"--currency", "euro"},
		`--savings-plan "0.8": must be the percentage that is taken off, such as 20%`:           {"--savings-plan", "0.8"},
		`--savings-plan "100%": must be less than 100%`:                                         {"--savings-plan", "100%"},
	} {
		program(t, "", append([]string{"review", "--profiles", exampleProfiles, "-f", examplePods}, args...)...).wants(t, cli.ExitUsage, want)
	}
}

// The price of storage in the list is in USD: it doesn't count in another currency.
func TestReviewPriceOfStorage(t *testing.T) {
	own := []string{"--price-vcpu-hour", "1", "--price-gb-hour", "1", "--currency", "EUR"}
	for name, c := range map[string]struct {
		args   []string
		want   string
		listed bool
	}{
		"of the list":         {nil, "0.000111", true},
		"of another currency": {append(own, "--region", "us-east-1"), "", false},
		"given":               {append(own, "--price-storage-gb-hour", "0.5"), "0.5", false},
		"not in the list":     {[]string{"--region", "eu-west-1"}, "", true},
		"the others given":    {[]string{"--region", "us-east-1", "--price-vcpu-hour", "1", "--price-gb-hour", "1"}, "0.000111", true},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"review", "--profiles", exampleProfiles, "-f", examplePods, "-o", "json"}, c.args...)...)
			var report struct {
				Bill struct {
					Prices struct {
						StorageGBHour json.Number
						Date, Source  string
					}
				}
			}
			if err := json.Unmarshal([]byte(got.stdout), &report); err != nil {
				t.Fatal(err, got.stderr)
			}
			if have := report.Bill.Prices.StorageGBHour; have != json.Number(c.want) {
				t.Errorf("have %q, want %q", have, c.want)
			}
			if p := report.Bill.Prices; (p.Date != "") != c.listed || (p.Source != "") != c.listed {
				t.Errorf("date %q and source %q of the list", p.Date, p.Source)
			}
		})
	}
}

// withoutBill returns a report in JSON without what pods cost.
func withoutBill(t *testing.T, text string) any {
	t.Helper()
	report, ok := decoded(t, text).(map[string]any)
	if !ok || report["bill"] == nil {
		t.Fatalf("no report with a bill: %s", text)
	}
	delete(report, "bill")
	items, _ := report["items"].([]any)
	for _, item := range items {
		if fields, ok := item.(map[string]any); ok {
			delete(fields, "bill")
		}
	}
	return report
}

// The command that docs/bill.md shows prints each line that the page shows of it, and the table of
// prices is that of the program.
func TestBillPage(t *testing.T) {
	t.Chdir("../..")
	page, err := os.ReadFile("docs/bill.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := indented(string(page))
	command, isCommand := strings.CutPrefix(blocks[0], "bin/fargate-webhook ")
	if !isCommand || len(blocks) < 4 {
		t.Fatalf("have %q, want a command and what it prints", blocks)
	}
	got := program(t, "", strings.Fields(command)...)
	got.wants(t, cli.ExitOK, "")
	for _, block := range blocks[1:] {
		for line := range strings.Lines(block) {
			if !strings.Contains(got.stdout, line) {
				t.Errorf("%s prints no line %q", command, line)
			}
		}
	}
	for _, region := range bill.Regions() {
		prices, _ := bill.In(region)
		storage := "not known"
		if prices.StorageGBHour != nil {
			storage = prices.StorageGBHour.String()
		}
		row := regexp.MustCompile(`(?m)^\| [^|]*\b` + region + `\b[^|]* \| ` + prices.VCPUHour.String() + ` \| ` + prices.GBHour.String() + ` \| ` + storage + ` \|$`)
		if !row.Match(page) {
			t.Errorf("docs/bill.md has no row that matches %s", row)
		}
	}
}

// The examples of `review --help` work as they stand: in a folder with manifests, profiles and a
// policy. What stands before a pipe is given as standard input.
func TestReviewHelpExamples(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("KUBECONFIG", "none")
	t.Setenv("HOME", t.TempDir())
	copied := func(from, to string) string {
		data, err := os.ReadFile(filepath.Join(root, from))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if err := os.MkdirAll("deploy/sub", 0o700); err != nil {
		t.Fatal(err)
	}
	manifest := copied("examples/deployment.yaml", "deploy/deployment.yaml")
	copied("examples/pod-small.yaml", "deploy/sub/pod.yaml")
	copied("examples/cluster-config.yaml", "cluster-config.yaml")
	if err := os.WriteFile("policy.yaml", []byte("apiVersion: fargate-webhook/v1alpha1\nkind: Policy\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for line := range strings.Lines(strings.ReplaceAll(review.NewCommand().Example, "\\\n", " ")) {
		_, command, found := strings.Cut(line, "fargate-webhook ")
		if !found {
			continue
		}
		ran++
		got := program(t, manifest, strings.Fields(command)...)
		if strings.Contains(command, "--from-cluster") { // TestReviewFromCluster has one
			got.wants(t, cli.ExitUsage, "load the kubeconfig: ")
			continue
		}
		got.wants(t, cli.ExitOK, "")
		if got.stdout == "" {
			t.Errorf("%s prints nothing", line)
		}
	}
	if ran < 5 {
		t.Errorf("%d examples were found", ran)
	}
}
