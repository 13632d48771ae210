package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// version is a Kubernetes release, such as v1.37.2 or v1.38.0-rc.1.
type version struct {
	major, minor, patch int
	pre                 string // with its dash, or empty
}

// errVersion is wrapped by parseVersion's syntax errors.
var errVersion = errors.New("not a Kubernetes version such as v1.37.2")

// oldestMinor is the minor version of the oldest release that can be built: the oldest that EKS
// still supports (F8.7).
const oldestMinor = 31

// versionPattern matches a Kubernetes version. The v is optional.
var versionPattern = regexp.MustCompile(`^v?(\d{1,3})\.(\d{1,3})\.(\d{1,3})(-[0-9A-Za-z.]+)?$`)

// parseVersion parses vMAJOR.MINOR.PATCH with an optional pre-release. The v is optional.
func parseVersion(s string) (version, error) {
	match := versionPattern.FindStringSubmatch(s)
	if match == nil {
		return version{}, fmt.Errorf("%q: %w", s, errVersion)
	}
	var numbers [3]int
	for i := range numbers {
		number, err := strconv.Atoi(match[i+1])
		if err != nil {
			return version{}, fmt.Errorf("%q: %w", s, errVersion)
		}
		numbers[i] = number
	}
	v := version{major: numbers[0], minor: numbers[1], patch: numbers[2], pre: match[4]}
	if v.major != 1 || v.minor < oldestMinor {
		return version{}, fmt.Errorf("%s: must be v1.%d or later", v, oldestMinor)
	}
	return v, nil
}

// parseOptionalVersion is like parseVersion, but returns the zero version for an empty string.
func parseOptionalVersion(s string) (version, error) {
	if s == "" {
		return version{}, nil
	}
	return parseVersion(s)
}

func (v version) String() string {
	return fmt.Sprintf("v%d.%d.%d%s", v.major, v.minor, v.patch, v.pre)
}

// staging returns the version of the k8s.io/* modules published with the release: v0.37.2 for
// v1.37.2.
func (v version) staging() string {
	return fmt.Sprintf("v0.%d.%d%s", v.minor, v.patch, v.pre)
}

// committedVersion returns the version of k8s.io/kubernetes that the go.mod in dir requires.
func committedVersion(dir string) (version, error) {
	file := filepath.Join(dir, "go.mod")
	content, err := os.ReadFile(file)
	if err != nil {
		return version{}, fmt.Errorf("read the module: %w", err)
	}
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line)
		if len(fields) >= 2 && fields[0] == kubernetesModule {
			v, err := parseVersion(fields[1])
			if err != nil {
				return version{}, fmt.Errorf("%s: %w", file, err)
			}
			return v, nil
		}
	}
	return version{}, fmt.Errorf("%s does not require %s", file, kubernetesModule)
}
