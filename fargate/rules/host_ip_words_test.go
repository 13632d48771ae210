package rules

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Words are found where these expressions find them.
func TestLawHostIPWords(t *testing.T) {
	parts := rapid.SliceOfN(rapid.SampledFrom([]string{
		"AGENT", "COLLECTOR", "STATSD", "JAEGER", "TRACE", "OTEL_", "OTEL", "HOST", "ENDPOINT", "ADDRESS", "EXPORTER_",
		"agent", "collector", "datadog", "otel", "statsd", "user", "dd", "listen", "bind", "advertise", "serve", "r", "re", "se",
		"Publish", "node", "host", "-", "ip", "IP", "_", "/", "é", "a", "z", "A", "Z", "0", "",
	}), 0, 5)
	for name, c := range map[string]struct {
		found func(string) bool
		want  string
	}{
		"namesAgent": {namesAgent, `AGENT|COLLECTOR|STATSD|JAEGER|TRACE|OTEL_.*(HOST|ENDPOINT|ADDRESS)$`},
		"saysAgent":  {saysAgent, `(^|[^a-z])(agent|collector|datadog|otel|statsd)`},
		"saysListen": {
			saysListen,
			`(?i)listen|bind|advertise|(^|[^a-z])serve([^a-z]|$)|publish|node-?ip|host-?ip`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := regexp.MustCompile(c.want)
			rapid.Check(t, func(t *rapid.T) {
				text := strings.Join(parts.Draw(t, "parts"), "")
				if got := c.found(text); got != want.MatchString(text) {
					t.Errorf("%q: %t", text, got)
				}
			})
		})
	}
}
