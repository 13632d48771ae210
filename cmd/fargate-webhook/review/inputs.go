package review

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/pflag"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/review"
	"fargate-webhook/review/input"
)

// inputs say what is reviewed, and under which profiles and policy.
type inputs struct {
	files     []string
	recursive bool
	live      cli.LiveFlags
	namespace string
}

func (i *inputs) register(set *pflag.FlagSet) {
	set.StringArrayVarP(&i.files, "filename", "f", nil, "manifest file, folder, pattern, URL, or - for standard input (repeatable)")
	set.BoolVarP(&i.recursive, "recursive", "R", false, "include the subfolders of a folder in --filename")
	i.live.Register(set)
	set.Lookup("config").Usage = "path to the policy file; without it the default policy applies"
	set.StringVarP(&i.namespace, "namespace", "n", "default", "namespace of objects without metadata.namespace")
}

func (i *inputs) validate() error {
	if len(i.files) == 0 {
		return errors.New("--filename is required: set it to a file, a folder, a URL, or - for standard input")
	}
	return nil
}

// open returns the policy and profiles, and the manifests.
func (i *inputs) open(ctx context.Context, stdin io.Reader) (*cli.Live, []review.Source, error) {
	given, err := i.live.Given(ctx)
	if err != nil {
		return nil, nil, err
	}
	sources, err := input.Sources(ctx, i.files, i.recursive, stdin)
	return given, sources, err
}
