package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fargate-webhook/profiles"
	"fargate-webhook/webhook/registration"
)

type registrationCommand struct {
	registrationFlags
	profiles             []string
	clusterName, config  string
	caBundle, injectFrom string
	targetGroupVersion   string
}

func newRegistrationCommand() *cobra.Command {
	var flags registrationCommand
	c := &cobra.Command{
		Use:   "registration (--cluster-name NAME | --profiles FILE|DIR) (--ca-bundle FILE | --cert-manager-inject-ca-from NAMESPACE/NAME)",
		Short: "Print the webhook configurations, for whoever keeps them in Git",
		Long: `registration prints the two webhook configurations that serve would register, as
YAML, for "serve --static-registration". They are sent the namespaces that the
profiles select now: print and apply them again when the profiles or the policy
change. Apply them when a replica is ready: from then on what they select is
refused while none is.`,
		Example: `  fargate-webhook registration --cluster-name prod --cert-manager-inject-ca-from fargate-webhook/serving
  fargate-webhook registration --profiles cluster-config.yaml --ca-bundle ca.crt | kubectl apply --server-side -f -`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return flags.run(c.Context(), c.OutOrStdout())
		},
	}
	flags.register(c.Flags())
	return c
}

func (f *registrationCommand) register(set *pflag.FlagSet) {
	profilesFlag(set, &f.profiles)
	clusterNameFlag(set, &f.clusterName)
	configFlag(set, &f.config)
	set.StringVar(&f.namespace, "namespace", ownNamespace(), "the webhook's own namespace, which is never sent")
	set.StringVar(&f.serviceName, "service-name", "fargate-webhook", "the Service in front of the webhook")
	set.StringVar(&f.webhookURL, "webhook-url", "", "have it called by this URL, https://host:port, instead of by Service")
	set.StringVar(&f.caBundle, "ca-bundle", "", "trust the certificates of this PEM file")
	set.StringVar(&f.injectFrom, "cert-manager-inject-ca-from", "", "have cert-manager's CA injector fill in the CA of this Certificate, NAMESPACE/NAME")
	set.StringVar(&f.targetGroupVersion, "target-group-version", "", "the version of the AWS Load Balancer Controller's TargetGroupConfigurations that the cluster serves, as v1beta1; empty if none")
}

func (f *registrationCommand) run(ctx context.Context, out io.Writer) error {
	options, bundle, err := f.options()
	if err != nil {
		return err
	}
	sources, err := profileSources(ctx, f.clusterName, f.profiles)
	if err != nil {
		return &codedError{code: exitFailed, err: err}
	}
	list, err := profiles.Combine(nil, sources...).List(ctx)
	if err != nil && f.clusterName == "" {
		return err
	}
	if err != nil {
		return &codedError{code: exitFailed, err: err}
	}
	text, err := registration.Manifests(options, profiles.NewIndex(list), bundle)
	if err != nil {
		return &codedError{code: exitFailed, err: err}
	}
	if _, err := out.Write(text); err != nil {
		return &codedError{code: exitFailed, err: fmt.Errorf("write: %w", err)}
	}
	return nil
}

// options checks the flags and reads the files they name, but for the profiles.
func (f *registrationCommand) options() (registration.Options, []byte, error) {
	none := registration.Options{}
	switch namespace, name, two := strings.Cut(f.injectFrom, "/"); {
	case len(f.profiles) == 0 && f.clusterName == "":
		return none, nil, errors.New("where are the Fargate profiles? give --cluster-name (the EKS API), --profiles (files) or both")
	case (f.caBundle == "") == (f.injectFrom == ""):
		return none, nil, errors.New("whom is the API server to trust? give one of --ca-bundle (a PEM file) and --cert-manager-inject-ca-from (a Certificate)")
	case f.injectFrom != "" && (!two || namespace == "" || name == "" || strings.Contains(name, "/")):
		return none, nil, fmt.Errorf("--cert-manager-inject-ca-from %q: a Certificate is named NAMESPACE/NAME", f.injectFrom)
	}
	if err := checkWebhookURL(f.webhookURL); err != nil {
		return none, nil, err
	}
	policy, err := loadPolicy(f.config)
	if err != nil {
		return none, nil, err
	}
	options := f.registrationFlags.options(&policy)
	options.InjectFrom, options.TargetGroupVersion = f.injectFrom, f.targetGroupVersion
	if f.caBundle == "" {
		return options, nil, nil
	}
	bundle, err := os.ReadFile(f.caBundle)
	if err != nil {
		return none, nil, fmt.Errorf("--ca-bundle: %w", err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(bundle) {
		return none, nil, fmt.Errorf("--ca-bundle %s: no certificate in it, as PEM has it", f.caBundle)
	}
	return options, bundle, nil
}
