// Command try is `make try`: it judges the example manifests against the example Fargate profiles,
// as `fargate-webhook review` does, and prints what that prints. It links only what judges, so it
// is built in a fraction of the program's time, and it contacts nothing.
//
//	go run ./test/try
//
// Exit codes: 0 all was judged as the titles say, also if that is a refusal; 1 anything else.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"fargate-webhook/bill"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
	"fargate-webhook/review"
	"fargate-webhook/review/report"
)

// profilesFile is the file with the Fargate profiles of the examples.
const profilesFile = "examples/cluster-config.yaml"

// example is a file and how the objects in it are judged.
type example struct {
	file, title string
	want        review.Result
}

// examples returns the files in the order in which they are judged.
func examples() []example {
	return []example{
		{"examples/deployment.yaml", "A Deployment whose pods a Fargate profile selects: they run on Fargate, as they are", review.ResultPass},
		{"examples/pod-small.yaml", "A pod that lacks the profile's label, and requests less memory than Fargate bills: both are changed when it is created", review.ResultChange},
		{"examples/not-fargate.yaml", "Three Deployments that don't run on Fargate: each with the reason", review.ResultPass},
		{"examples/pod-agent.yaml", "A pod that Fargate can't run: denied, with the fixes", review.ResultDeny},
		{"examples/daemonset.yaml", "A DaemonSet whose pods a Fargate profile selects: denied", review.ResultDeny},
		{"examples/service-nodeport.yaml", "A NodePort Service for pods on Fargate: denied", review.ResultDeny},
	}
}

func main() {
	if err := try(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "try:", err)
		os.Exit(1)
	}
}

// try judges the examples, which are in the working directory, and prints the results.
func try(ctx context.Context, out io.Writer) error {
	list, err := file.New(profilesFile).List(ctx)
	if err != nil {
		return fmt.Errorf("%w; run it in the root of the repository", err)
	}
	prices := bill.Assumed()
	reviewer := review.Reviewer{Index: profiles.NewIndex(list), Policy: policy.Default(), Namespace: "default", Prices: &prices}
	denied := 0
	var failures []error
	for _, e := range examples() {
		say(out, "--- %s\n\n$ fargate-webhook review -f %s --profiles %s", e.title, e.file, profilesFile)
		found, problems := reviewer.Paths([]string{e.file}, false, nil)
		if err := errors.Join(problems...); err != nil {
			return err
		}
		if err := report.Write(out, "table", &found, report.Options{}); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		say(out, "")
		denied += found.Summary[review.ResultDeny]
		failures = append(failures, e.check(found))
	}
	if err := errors.Join(failures...); err != nil {
		return err
	}
	say(out, `All %d files were judged as their titles say. %d objects were denied, as they should be: here that is no failure, while
fargate-webhook review then exits with 1, for CI. Next:

  make run      # the same on a real API server on this machine, with the real kubectl
  make build    # then: bin/fargate-webhook review -f YOUR-MANIFESTS --profiles YOUR-PROFILES`, len(examples()), denied)
	return nil
}

// check returns an error if an object was judged otherwise than the title says.
func (e example) check(found review.Report) error {
	for i := range found.Items {
		if item := &found.Items[i]; item.Result != e.want {
			return fmt.Errorf("%s: %s %s: %s; want %s", e.file, item.Kind, item.Name, item.Result, e.want)
		}
	}
	return nil
}

// say prints a line.
func say(out io.Writer, format string, args ...any) {
	fmt.Fprintf(out, format+"\n", args...) //nolint:errcheck // an output error can't be reported
}
