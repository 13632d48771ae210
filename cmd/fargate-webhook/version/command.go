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

// Text returns the version and commit that Go recorded in the binary, the Go version and the
// platform, in one line.
func Text() string {
	version := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				version += " " + setting.Value
			}
		}
	}
	return fmt.Sprintf("fargate-webhook %s %s %s/%s", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
