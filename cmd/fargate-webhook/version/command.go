// Package version is the command "fargate-webhook version".
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

// NewCommand returns the command. text is the line that it prints, see [Text].
func NewCommand(text string) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), text)
			return err
		},
	}
}

// The linker sets these in images and releases:
//
//	-ldflags "-X fargate-webhook/cmd/fargate-webhook/version.version=v1.2.3 -X ….revision=COMMIT"
//
// They are empty in what `go build` and `go install` make.
var version, revision string

// Text returns version and commit, the Go version and the platform, in one line. What the linker
// didn't set is taken from what Go recorded in the binary.
func Text() string {
	info, _ := debug.ReadBuildInfo()
	return text(version, revision, info)
}

// Number returns the version alone, such as v1.2.3, "" if it isn't known.
func Number() string {
	if info, ok := debug.ReadBuildInfo(); ok && version == "" {
		return info.Main.Version
	}
	return version
}

// text is Text without the package's state. info may be nil.
func text(version, revision string, info *debug.BuildInfo) string {
	if info != nil && version == "" {
		version = info.Main.Version
	}
	if info != nil && revision == "" {
		revision = setting(info, "vcs.revision")
	}
	if version == "" {
		version = "(unknown)"
	}
	if revision != "" {
		version += " " + revision
	}
	return fmt.Sprintf("fargate-webhook %s %s %s/%s", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
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
