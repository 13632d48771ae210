package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fargate-webhook/explain"
	"fargate-webhook/fargate"
)

func newExplainCommand() *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "explain [RULE]",
		Short: "Print what a rule finds, why, and how to mend it or switch it off",
		Long: `explain prints the page of a rule: what it looks at, why it matters on Fargate
and how that is known, how to mend what it finds, and how to switch it off.
Without a rule it lists all of them. -o markdown writes all pages as one document.`,
		Example: `  fargate-webhook explain
  fargate-webhook explain host-port`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("explain takes one rule, not %d (see %q)", len(args), c.CommandPath()+" --help")
			}
			return nil
		},
		ValidArgs: ruleNames(),
		RunE: func(c *cobra.Command, args []string) error {
			return runExplain(c.OutOrStdout(), output, args)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "text", "text or markdown")
	return c
}

func runExplain(out io.Writer, output string, args []string) error {
	rules := fargate.Rules()
	if len(args) == 1 {
		at := slices.IndexFunc(rules, func(r fargate.Rule) bool { return string(r.ID) == args[0] })
		if at < 0 {
			return fmt.Errorf("there is no rule %q: the rules are %s", args[0], strings.Join(ruleNames(), ", "))
		}
		rules = rules[at : at+1]
	}
	var text string
	switch {
	case output == "markdown":
		text = explain.Markdown(rules)
	case output != "text":
		return fmt.Errorf("-o %q: the output is text or markdown", output)
	case len(args) == 0:
		text = explain.List(rules)
	default:
		text = explain.Text(&rules[0])
	}
	if _, err := io.WriteString(out, text); err != nil {
		return &codedError{code: exitFailed, err: fmt.Errorf("write: %w", err)}
	}
	return nil
}

func ruleNames() []string {
	var names []string
	for _, rule := range fargate.Rules() {
		names = append(names, string(rule.ID))
	}
	return names
}
