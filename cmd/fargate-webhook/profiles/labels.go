package profiles

import (
	"fmt"
	"strings"

	apilabels "k8s.io/apimachinery/pkg/labels"
)

// parseLabels parses the values of --labels.
func parseLabels(pairs []string) (map[string]string, error) {
	labels := map[string]string{}
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("--labels %q: must be key=value", pair)
		}
		if earlier, taken := labels[key]; taken && earlier != value {
			return nil, fmt.Errorf("--labels %q: must not set a label twice, %s is already %q", pair, key, earlier)
		}
		labels[key] = value
	}
	return labels, nil
}

// formatLabels returns the labels as key=value,… sorted by key, or "-" if there are none.
func formatLabels(labels map[string]string) string {
	if len(labels) == 0 {
		return "-"
	}
	return apilabels.Set(labels).String()
}
