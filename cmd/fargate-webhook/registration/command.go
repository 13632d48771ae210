// Package registration is the command "fargate-webhook registration".
package registration

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/kinds"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
	"fargate-webhook/webhook/registration"
)

// NewCommand returns the command.
func NewCommand() *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "registration (--cluster-name NAME | --profiles FILE|DIR) (--ca-bundle FILE | --cert-manager-inject-ca-from NAMESPACE/NAME)",
		Short: "Print the webhook configurations as YAML, for static registration",
		Long: `registration prints the MutatingWebhookConfiguration and the
ValidatingWebhookConfiguration that "serve" would register, as YAML, for use with
"serve --static-registration". Their selectors and match conditions are made from
the current Fargate profiles: print and apply them again after the profiles or
the policy change.

Apply them once a replica is ready. While no replica is ready, the API server
rejects requests that match a webhook with failurePolicy Fail.

With --path-file the output contains a secret: who can read it can call the webhook
as the API server does.`,
		Example: `  # Let cert-manager inject the CA bundle
  fargate-webhook registration --cluster-name prod --cert-manager-inject-ca-from fargate-webhook/serving

  # Use a CA bundle from a file
  fargate-webhook registration --profiles cluster-config.yaml --ca-bundle ca.crt | kubectl apply --server-side -f -`,
		Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return run(c.Context(), &f, c.OutOrStdout())
		},
	}
	f.register(c.Flags())
	return c
}

func run(ctx context.Context, f *flags, stdout io.Writer) error {
	if err := f.validate(); err != nil {
		return err
	}
	policy, err := cli.LoadPolicy(f.config)
	if err != nil {
		return err
	}
	bundle, err := readBundle(f.caBundle)
	if err != nil {
		return err
	}
	list, err := listProfiles(ctx, f)
	if err != nil {
		return err
	}
	secretPath, err := readSecretPath(f.pathFile)
	if err != nil {
		return err
	}
	options := registration.OptionsFor(&policy, f.target.Target(), f.target.Namespace)
	options.SecretPath = secretPath
	options.InjectFrom = f.injectFrom
	if f.targetGroupVersion != "" {
		options.Served = map[*kinds.Kind]string{kinds.TargetGroupConfigurations: f.targetGroupVersion}
	}
	text, err := registration.Manifests(options, profiles.NewIndex(list), bundle)
	if err != nil {
		return cli.Failed(err)
	}
	if _, err := stdout.Write(text); err != nil {
		return cli.Failed(fmt.Errorf("write the output: %w", err))
	}
	return nil
}

// listProfiles reads the profiles. Invalid files are a usage error; with the EKS API any error is a
// failure.
func listProfiles(ctx context.Context, f *flags) ([]profiles.Profile, error) {
	sources, err := cli.ProfileSources(ctx, f.clusterName, f.profiles, file.NewOffline)
	if err != nil {
		return nil, cli.Failed(err)
	}
	list, err := profiles.Combine(nil, sources...).List(ctx)
	if err != nil && f.clusterName != "" {
		return nil, cli.Failed(err)
	}
	return list, err
}
