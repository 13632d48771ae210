package cli

import (
	"context"
	"fmt"
	"path"

	"github.com/spf13/pflag"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/doctor"
	"fargate-webhook/doctor/live"
	"fargate-webhook/fargate"
	"fargate-webhook/policy"
	policyfile "fargate-webhook/policy/file"
)

// AddConfigFlag adds --config, the path of the policy file.
func AddConfigFlag(set *pflag.FlagSet, path *string) {
	set.StringVar(path, "config", "", "path to the policy file; without it the default policy applies")
}

// LoadPolicy reads the policy file of --config, or returns the default policy if path is empty.
func LoadPolicy(path string) (policy.Policy, error) {
	if path == "" {
		return policy.Default(), nil
	}
	return policyfile.Load(path, fargate.Vocabulary())
}

// policy returns the policy of --config, or else of the Deployment. assumed says why it is the
// default if that of the Deployment isn't known.
func (f *LiveFlags) policy(ctx context.Context, client dynamic.Interface, webhook *doctor.Read[*appsv1.Deployment], namespace string) (_ policy.Policy, assumed string, err error) {
	if f.config != "" {
		p, err := LoadPolicy(f.config)
		return p, "", err
	}
	content, where, err := live.PolicyFile(ctx, client, webhook.Value)
	if err != nil {
		return policy.Default(), "", err
	}
	if content == "" {
		return policy.Default(), assumedPolicy(webhook, namespace, where), nil
	}
	p, err := policyfile.Parse(where, []byte(content), fargate.Vocabulary())
	return p, "", err
}

// assumedPolicy says why the policy of a Deployment isn't known, "" if it has none.
func assumedPolicy(webhook *doctor.Read[*appsv1.Deployment], namespace, where string) string {
	var reason string
	switch file := doctor.DeploymentFlag(webhook.Value, "config"); {
	case webhook.Denied != "":
		reason = "you may not " + webhook.Denied
	case webhook.Failed != "":
		reason = webhook.Failed
	case webhook.Value == nil:
		reason = fmt.Sprintf("there is no Deployment %s/%s", namespace, doctor.DeploymentName)
	case file != "" && where != "":
		reason = fmt.Sprintf("%s has no policy %s", where, path.Base(file))
	case file != "":
		reason = fmt.Sprintf("the webhook reads it from %s, which is no ConfigMap", file)
	default:
		return ""
	}
	return fmt.Sprintf("the default policy is assumed, since that of the webhook is not known: %s; set --config to the policy file", reason)
}
