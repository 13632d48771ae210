// Package review is the command "fargate-webhook review".
package review

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/fargate/lint"
	"fargate-webhook/kinds/custom"
	"fargate-webhook/migration"
	"fargate-webhook/policy"
	"fargate-webhook/review"
)

type flags struct {
	inputs    inputs
	output    []string
	quiet     bool
	color     string
	failOn    string
	to        string
	templates []string
	prices    priceFlags
}

// NewCommand returns the command of a program that renders nothing.
func NewCommand() *cobra.Command { return NewCommandWith(Renderers{}) }

// NewCommandWith returns the command.
func NewCommandWith(render Renderers) *cobra.Command {
	f := flags{inputs: inputs{render: render}}
	c := &cobra.Command{
		Use:   "review -f FILE|DIR|URL|- (--profiles FILE|DIR | --cluster-name NAME)",
		Short: "Check manifests, or a live cluster, against Fargate profiles and policy",
		Long: `review makes the same decisions about manifests as the webhook makes in a cluster
with these Fargate profiles and this policy file: where the pods run, which size
Fargate provisions, what the webhook changes and what it denies. Manifests are
YAML or JSON files, with several documents or Lists; -f names files, folders,
patterns and URLs, as kubectl's. Problems of the profiles are printed to
standard error.

--from-cluster reviews the objects of a live cluster as if they were created now:
without what admission added to them, as far as that is recorded. It only lists
them, page by page, and never reads a Secret. Objects of a controller, such as
the ReplicaSets of a Deployment and their pods, stand for it and aren't listed.
Profiles and policy are those of the webhook there, unless flags name others.
What it has no right to list is a problem of the report.

--profiles reads the files that eksctl, the AWS CLI, Terraform, CloudFormation,
ACK and Cluster API use or print.

Pod templates in custom resources of well-known kinds (Argo, Knative, KEDA,
OpenKruise, Ray and others) are judged too; --pod-template and the
policy's podTemplates name more. Any other object that holds something like a
pod template is listed as not judged.

An annotation fargate-webhook/ignore-RULE: "reason" on an object, or on its pod
template, takes the findings of that rule out of the result; they are listed as
ignored.

--to says where the pods are to run. With auto-mode (EKS Auto Mode) or ec2 (other
EC2 nodes) the findings are what changes for them there, and what of the habits
of Fargate they no longer need: nothing is denied. Sizes, changes and costs stay
those of today, on Fargate.

What pods cost is estimated by the list prices of --region, without it those of
us-east-1, for months of 730 hours. Replicas are those of the manifests, or what
a HorizontalPodAutoscaler or ScaledObject among them keeps.

--output can be repeated: one format goes to standard output, the others to files.
` + formatsHelp() + `
Exit codes:
  0  nothing that --fail-on names
  1  at least one object that --fail-on names
  2  invalid flags, an input that can't be read, or an output that can't be written
  130  interrupted while it read a cluster or wrote files`,
		Example: `  # Review a folder and its subfolders
  fargate-webhook review -f deploy/ -R --profiles cluster-config.yaml

  # Use the policy file that the webhook uses
  fargate-webhook review -f deploy/ --profiles cluster-config.yaml --config policy.yaml

  # Review what runs in a cluster
  fargate-webhook review --from-cluster -A

  # Review a Helm chart
  helm template app ./chart | fargate-webhook review -f - --profiles cluster-config.yaml -o json

  # What the pods cost in another region, under a Compute Savings Plan of 20%
  fargate-webhook review -f deploy/ --profiles cluster-config.yaml --region eu-central-1 --savings-plan 20%

  # What they cost where no list price is known
  fargate-webhook review -f deploy/ --profiles cluster-config.yaml --region eu-north-1 \
    --price-vcpu-hour 0.0445 --price-gb-hour 0.0049 --price-storage-gb-hour 0.000122

  # What changes if the pods leave Fargate for EKS Auto Mode
  fargate-webhook review -f deploy/ --profiles cluster-config.yaml --to auto-mode

  # A table for people, and a file for code scanning
  fargate-webhook review -f deploy/ --profiles cluster-config.yaml -o table -o sarif=review.sarif`,
		Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return run(c.Context(), &f, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f.inputs.register(c.Flags())
	c.Flags().StringArrayVarP(&f.output, "output", "o", []string{"table"}, "FORMAT, or FORMAT=FILE for a file (repeatable); see above for the formats")
	c.Flags().StringVar(&f.color, "color", colorAuto, "colors of the table on standard output: auto (on a terminal, unless NO_COLOR is set), always or never")
	c.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "write nothing to standard output; files of --output, errors and the exit code are as without it")
	f.addJudging(c.Flags())
	if render.Chart != nil {
		c.Example = renderedExamples + c.Example
	}
	f.prices.add(c.Flags())
	c.Flags().StringVar(&f.to, "to", string(migration.Fargate), "where the pods are to run: fargate, auto-mode or ec2")
	return c
}

// addJudging adds the flags that decide what is judged, and what fails.
func (f *flags) addJudging(set *pflag.FlagSet) {
	set.StringVar(&f.failOn, "fail-on", string(failOnDeny), "least outcome that makes the exit code 1: deny (also of the pods of a workload), warn, change, skip (an object that seems to make pods isn't judged) or never")
	set.StringArrayVar(&f.templates, "pod-template", nil, "where objects of a kind hold a pod template: group/kind=path, such as example.com/Widget=spec.pods[*].template (repeatable)")
}

func (f *flags) validate() ([]output, error) {
	if err := f.inputs.validate(); err != nil {
		return nil, err
	}
	if err := failOn(f.failOn).check(); err != nil {
		return nil, err
	}
	if err := checkColor(f.color); err != nil {
		return nil, err
	}
	if _, err := migration.Parse(f.to); err != nil {
		return nil, fmt.Errorf("--to %w", err)
	}
	return parseOutputs(f.output)
}

// podTemplates returns the kinds of --pod-template and of the policy.
func (f *flags) podTemplates(p *policy.Policy) ([]custom.Workload, error) {
	var list []custom.Workload
	for _, text := range slices.Concat(f.templates, p.PodTemplates) {
		workload, err := custom.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("--pod-template: %w", err)
		}
		list = append(list, workload)
	}
	return list, nil
}

func run(ctx context.Context, f *flags, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	if os.Getenv("GOGC") == "" {
		// A review makes much garbage and keeps little: it takes a tenth less time with some MiB more.
		const percent = 130
		defer debug.SetGCPercent(debug.SetGCPercent(percent))
	}
	outputs, err := f.validate()
	if err != nil {
		return err
	}
	given, err := f.inputs.open(ctx)
	if err != nil {
		return err
	}
	templates, err := f.podTemplates(&given.Policy)
	if err != nil {
		return err
	}
	prices, err := f.prices.read()
	if err != nil {
		return err
	}
	for _, problem := range lint.WithoutNotes(given.Problems) {
		cli.Complain(stderr, problem)
	}
	if given.Assumed != "" {
		cli.Complain(stderr, given.Assumed)
	}
	defer f.inputs.close() //nolint:errcheck // it was only read
	sources, gaps, err := f.inputs.sources(ctx, given, templates, stdin, stderr)
	if err != nil {
		return err
	}
	reviewer := f.inputs.reviewer(given, templates)
	reviewer.To = migration.Target(f.to)
	reviewer.Prices, reviewer.KeepText = prices, slices.ContainsFunc(outputs, func(o output) bool { return o.format.NeedsText() })
	if f.quiet {
		outputs = slices.DeleteFunc(outputs, func(o output) bool { return o.file == "" })
	}
	made := newReports(outputs, terminalOptions(stdout, f.color))
	defer func() { err = errors.Join(err, made.close()) }()
	fails := false
	found, err := reviewer.Stream(sources, func(items []review.Item) error {
		fails = fails || failOn(f.failOn).fails(items)
		return made.add(items)
	})
	if err != nil {
		return err
	}
	for i := range found.Problems {
		cli.Complain(stderr, &found.Problems[i])
	}
	if err := made.write(ctx, &found, stdout); err != nil {
		return err
	}
	switch {
	case review.Serious(found.Problems):
		return &cli.ExitError{Code: cli.ExitUsage}
	case fails || failOn(f.failOn).failsFor(gaps):
		return cli.Failed(nil)
	}
	return nil
}
