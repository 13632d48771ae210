package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Prepare makes a program's command report errors as Run does, and print version for --version. It
// sets neither Version nor a template of the command: cobra would print the one with another text,
// and execute the other with text/template, which calls methods by name. The linker would then keep
// every method of every type, 10 MB of them.
func Prepare(root *cobra.Command, version string) {
	root.SilenceUsage, root.SilenceErrors = true, true
	wanted := root.Flags().BoolP("version", "v", false, "version for "+root.DisplayName())
	root.RunE = func(c *cobra.Command, _ []string) error {
		if !*wanted {
			return pflag.ErrHelp
		}
		_, err := fmt.Fprintln(c.OutOrStdout(), version)
		return err
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w (see %q)", err, c.CommandPath()+" --help")
	})
}

// Run runs the command that args name until it ends or ctx does, and returns the exit code.
func Run(ctx context.Context, root *cobra.Command, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && err.Error() != "" {
		Complain(stderr, err)
	}
	return ExitCode(err)
}
