package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// NoArguments returns an error if the command is given arguments that are not flags.
func NoArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unexpected argument %q (see %q)", args[0], c.CommandPath()+" --help")
	}
	return nil
}

// CheckOutput returns an error if the value of --output is not one of the allowed ones.
func CheckOutput(value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("--output %q: must be %s", value, strings.Join(allowed, " or "))
}
