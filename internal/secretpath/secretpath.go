// Package secretpath makes and compares the path segments by which the API server proves itself.
package secretpath

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"regexp"
	"strings"
)

const (
	// MinLength is the shortest segment that is accepted, 20 characters of New's alphabet having
	// 100 bits.
	MinLength = 20
	maxLength = 63
)

// label is what the API server allows as a segment of a webhook's path, without dots.
var label = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

// New returns a segment with at least 128 random bits.
func New() string { return strings.ToLower(rand.Text()) }

// Check returns an error if a segment is too short to be secret, or if the API server would reject
// it. The error doesn't quote the segment.
func Check(segment string) error {
	if len(segment) < MinLength || len(segment) > maxLength || !label.MatchString(segment) {
		return fmt.Errorf("a secret path must have %d to %d characters, lower-case letters, digits and '-' inside", MinLength, maxLength)
	}
	return nil
}

// Match reports whether a segment is one of the accepted. The time it takes depends on how many are
// accepted, but on nothing that is in them.
func Match(segment string, accepted []string) bool {
	given, found := sha256.Sum256([]byte(segment)), 0
	for _, each := range accepted {
		want := sha256.Sum256([]byte(each))
		found |= subtle.ConstantTimeCompare(given[:], want[:])
	}
	return found == 1
}

// Cut splits the secret segment off a request's path: "/segment/validate/pods" gives "segment" and
// "/validate/pods".
func Cut(path string) (segment, rest string) {
	segment, rest, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return segment, "/" + rest
}

// Join is the inverse of Cut. With an empty segment it returns the path itself.
func Join(segment, path string) string {
	if segment == "" {
		return path
	}
	return "/" + segment + path
}
