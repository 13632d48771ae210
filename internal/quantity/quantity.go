// Package quantity parses Kubernetes quantities that nobody has validated.
package quantity

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"fargate-webhook/internal/text"
)

// maxLength is the longest text of a quantity, in bytes. 64 bits take 20 digits, with as many
// behind the point.
const maxLength = 40

// Endless reports a text that takes long to parse or to compute with as a quantity: 1e2000000000
// has two billion digits, and 1e-2147483647 is rounded to nano by as many (S41).
func Endless(s string) bool {
	exponent := strings.LastIndexAny(s, "eE")
	return len(s) > maxLength || exponent >= 0 && len(s)-exponent > len("e-99")
}

// Parse parses a quantity as the Kubernetes API does, such as "250m" or "1Gi", except for endless
// ones.
func Parse(s string) (resource.Quantity, error) {
	if Endless(s) {
		return resource.Quantity{}, fmt.Errorf("%q is no quantity of a sensible length", text.Truncate(s, maxLength))
	}
	q, err := resource.ParseQuantity(s)
	if err != nil {
		return resource.Quantity{}, fmt.Errorf("%q is no quantity such as 100m or 64Mi", s)
	}
	return q, nil
}
