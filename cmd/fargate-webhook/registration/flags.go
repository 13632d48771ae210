package registration

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/webhook/callers"
)

type flags struct {
	profiles             []string
	clusterName, config  string
	target               cli.TargetFlags
	caBundle, injectFrom string
	targetGroupVersion   string
	pathFile             string
}

func (f *flags) register(set *pflag.FlagSet) {
	cli.AddProfilesFlag(set, &f.profiles)
	cli.AddClusterNameFlag(set, &f.clusterName)
	cli.AddConfigFlag(set, &f.config)
	f.target.Register(set)
	set.StringVar(&f.caBundle, "ca-bundle", "", "PEM file with the CA certificates that sign the serving certificate")
	set.StringVar(&f.injectFrom, "cert-manager-inject-ca-from", "", "cert-manager Certificate, as NAMESPACE/NAME, from which cert-manager's CA injector takes the CA bundle")
	set.StringVar(&f.pathFile, "path-file", "", "file with secret path segments, as for \"serve --path-file\"; the paths in the output begin with the first of them")
	set.StringVar(&f.targetGroupVersion, "target-group-version", "", "API version of the AWS Load Balancer Controller's TargetGroupConfigurations in the cluster, such as v1beta1; empty if the cluster does not serve them")
}

func (f *flags) validate() error {
	switch {
	case len(f.profiles) == 0 && f.clusterName == "":
		return errors.New("set at least one of --cluster-name and --profiles")
	case (f.caBundle == "") == (f.injectFrom == ""):
		return errors.New("set exactly one of --ca-bundle and --cert-manager-inject-ca-from")
	}
	if namespace, name, _ := strings.Cut(f.injectFrom, "/"); f.injectFrom != "" && (namespace == "" || name == "" || strings.Contains(name, "/")) {
		return fmt.Errorf("--cert-manager-inject-ca-from %q: must be NAMESPACE/NAME of a Certificate", f.injectFrom)
	}
	_, err := f.target.Hosts()
	return err
}

// readBundle reads the PEM file of --ca-bundle. It returns nil if path is empty.
func readBundle(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	bundle, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--ca-bundle: %w", err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(bundle) {
		return nil, fmt.Errorf("--ca-bundle %q: must contain at least one certificate in PEM format", path)
	}
	return bundle, nil
}

// readSecretPath returns the first secret path of --path-file. It returns "" if path is empty.
func readSecretPath(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("--path-file: %w", err)
	}
	paths, err := callers.ParsePaths(content)
	if err != nil {
		return "", fmt.Errorf("--path-file %q: %w", path, err)
	}
	return paths[0], nil
}
