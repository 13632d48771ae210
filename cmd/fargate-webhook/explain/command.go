// Package explain is the command "fargate-webhook explain".
package explain

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/explain"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/migration"
	"fargate-webhook/policy"
)

// NewCommand returns the command.
func NewCommand() *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "explain [RULE]",
		Short: "Explain a rule: what it checks, why, how to fix a finding, how to turn it off",
		Long: `explain prints the documentation of a rule: what it checks, why Fargate requires
it, how to fix a finding, the references, and how to turn the rule off. Without
RULE it lists all rules, and the notes of review --to, which it explains too.
-o markdown prints all pages of rules as one document.`,
		Example: `  # List all rules
  fargate-webhook explain

  # Explain one rule
  fargate-webhook explain host-port`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("accepts at most 1 rule, received %d (see %q)", len(args), c.CommandPath()+" --help")
			}
			return nil
		},
		ValidArgs: ruleNames(),
		RunE: func(c *cobra.Command, args []string) error {
			return run(c.OutOrStdout(), output, args)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "text", "output format: text or markdown")
	return c
}

func run(out io.Writer, output string, args []string) error {
	if err := cli.CheckOutput(output, "text", "markdown"); err != nil {
		return err
	}
	var text string
	switch {
	case output == "markdown" && len(args) == 0:
		text = explain.Markdown(catalog.All())
	case len(args) == 0:
		text = explain.List(catalog.All()) + "\n" + explain.NotesList(migration.All())
	case migration.ByID(policy.RuleID(args[0])) != nil:
		text = explain.Note(migration.ByID(policy.RuleID(args[0])))
		if output == "markdown" {
			text = explain.NotesMarkdown([]*migration.Note{migration.ByID(policy.RuleID(args[0]))})
		}
	default:
		rule := catalog.ByID(policy.RuleID(args[0]))
		if rule == nil {
			return fmt.Errorf("unknown rule %q: must be one of %s", args[0], strings.Join(ruleNames(), ", "))
		}
		text = explain.Text(rule)
		if output == "markdown" {
			text = explain.Markdown([]*rules.Rule{rule})
		}
	}
	if _, err := io.WriteString(out, text); err != nil {
		return cli.Failed(fmt.Errorf("write the output: %w", err))
	}
	return nil
}

func ruleNames() []string {
	var names []string
	for _, rule := range catalog.All() {
		names = append(names, string(rule.ID))
	}
	for _, note := range migration.All() {
		names = append(names, string(note.ID))
	}
	return names
}
