// Package version is the command "fargate-webhook version".
package version

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

// NewCommand returns the command.
func NewCommand() *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			switch output {
			case "text":
				_, err := fmt.Fprintln(c.OutOrStdout(), Text())
				return err
			case "json":
				encoder := json.NewEncoder(c.OutOrStdout())
				encoder.SetIndent("", "  ")
				return encoder.Encode(Built())
			}
			return fmt.Errorf("--output %q: must be text or json", output)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "text", "output format: text or json")
	return c
}

// The linker sets these in images and releases:
//
//	-ldflags "-X fargate-webhook/cmd/fargate-webhook/version.version=v1.2.3 -X ….revision=COMMIT"
//
// They are empty in what `go build` and `go install` make.
var version, revision string

// Build says what the program was built from. Fields are empty where that isn't known.
type Build struct {
	Version   string `json:"version"`
	Revision  string `json:"revision"`
	GoVersion string `json:"goVersion"`
	// Platform is operating system and architecture: "linux/amd64".
	Platform string `json:"platform"`
}

// Built returns the build of this program. What the linker didn't set is taken from what Go recorded
// in the binary.
func Built() Build {
	info, _ := debug.ReadBuildInfo()
	return built(version, revision, info)
}

// Text returns version and commit, the Go version and the platform, in one line.
func Text() string { return Built().String() }

// Number returns the version alone, such as v1.2.3, "" if it isn't known.
func Number() string {
	if info, ok := debug.ReadBuildInfo(); ok && version == "" {
		return info.Main.Version
	}
	return version
}

// built is Built without the package's state. info may be nil.
func built(version, revision string, info *debug.BuildInfo) Build {
	if info != nil && version == "" {
		version = info.Main.Version
	}
	if info != nil && revision == "" {
		revision = setting(info, "vcs.revision")
	}
	return Build{Version: version, Revision: revision, GoVersion: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
}

// String returns the line that the command prints.
func (b Build) String() string {
	text := "fargate-webhook " + cmp.Or(b.Version, "(unknown)")
	if b.Revision != "" {
		text += " " + b.Revision
	}
	return text + " " + b.GoVersion + " " + b.Platform
}

// setting returns a setting of the build, or "" if it isn't recorded.
func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
