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
	profiles, clusterName, config string
	caBundle, injectFrom          string
	targetGroupVersion            string
}

func newRegistrationCommand() *cobra.Command {
	var flags registrationCommand
	c := &cobra.Command{
		Use:   "registration (--cluster-name NAME | --profiles FILE) (--ca-bundle FILE | --cert-manager-inject-ca-from NAMESPACE/NAME)",
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
	set.StringVar(&f.profiles, "profiles", "", "read the Fargate profiles from this file, an eksctl ClusterConfig")
	set.StringVar(&f.clusterName, "cluster-name", "", "read the Fargate profiles of this EKS cluster from the EKS API")
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
	source, err := profileSource(ctx, f.profiles, f.clusterName)
	if err != nil {
		return &codedError{code: exitFailed, err: err}
	}
	list, err := source.List(ctx)
	if err != nil && f.profiles != "" {
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
	case (f.profiles == "") == (f.clusterName == ""):
		return none, nil, errors.New("where are the Fargate profiles? give one of --cluster-name (the EKS API) and --profiles (a file)")
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
