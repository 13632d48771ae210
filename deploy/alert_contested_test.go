package deploy

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A lasting fight over the webhook configurations stays above the threshold of its alert: repairs
// then settle at the longest backoff, and the other side may need a minute to undo one.
func TestContestedAlertStaysOn(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "webhook", "registration", "backoff.go"))
	if err != nil {
		t.Fatal(err)
	}
	backoff := regexp.MustCompile(`\bmaxBackoff = (\d+) \* time\.Minute\n`).FindStringSubmatch(string(source))
	alert := regexp.MustCompile(`(?s)- alert: FargateWebhookRegistrationContested\n.*?expr: sum\(increase\(\w+_repairs_total\[(\d+)m\]\)\) > (\d+)\n`).
		FindStringSubmatch(chartFiles(t)["monitoring.yaml"])
	if backoff == nil || alert == nil {
		t.Fatalf("found %q, %q", backoff, alert)
	}
	minutes := func(text string) time.Duration {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return time.Duration(n) * time.Minute
	}
	// The first and the last scrape may be a minute from the ends of the window.
	repairs := int((minutes(alert[1]) - 2*time.Minute) / (minutes(backoff[1]) + time.Minute))
	if threshold, err := strconv.Atoi(alert[2]); err != nil || repairs <= threshold {
		t.Errorf("in %s minutes there may be only %d repairs; the alert needs more than %s", alert[1], repairs, alert[2])
	}
	page, err := os.ReadFile(filepath.Join("..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "within " + alert[1] + " minutes"; !strings.Contains(string(page), want) {
		t.Errorf("docs/operations.md doesn't say %q", want)
	}
}
