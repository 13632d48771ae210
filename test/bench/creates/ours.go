package creates

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"sigs.k8s.io/yaml"

	"fargate-webhook/test/bench/bodies"
	"fargate-webhook/test/bench/results"
	"fargate-webhook/test/cluster/install"
)

// Values of the label webhook in our metrics.
const callMutating, callValidating = "mutate", "validate"

// ours is a running replica of ours, with a policy.
type ours struct {
	name       string
	webhook    *install.Webhook
	mutating   *admissionregistrationv1.MutatingWebhookConfiguration
	validating *admissionregistrationv1.ValidatingWebhookConfiguration
}

// counter returns the name of the counter of a call.
func (o *ours) counter(call string) string { return o.name + "/" + call }

// policyHeader begins a policy file.
const policyHeader = "apiVersion: fargate-webhook/v1alpha1\nkind: Policy\n"

// ourVariants starts a replica for each variant of ours, and returns these.
func (b *bench) ourVariants(ctx context.Context) ([]*variant, error) {
	all := []*variant{
		{name: results.OursOn, namespace: "bench-ours"},
		{name: results.OursOff, namespace: "bench-ours-off"},
		{name: results.OursMutating, namespace: "bench-ours-mutating"},
		{name: results.OursEKS, namespace: "bench-ours-eks", claimed: true},
		{name: results.OursOffEKS, namespace: "bench-ours-off-eks", claimed: true},
	}
	for _, v := range all {
		policy := policyHeader
		if v.name == results.OursOff || v.name == results.OursOffEKS {
			policy += "prefilter: \"Off\"\n"
		}
		o, err := b.startOurs(ctx, v.namespace, policy)
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", v.name, err)
		}
		v.label, v.record = true, true
		v.mutating, v.counters = o.mutating, []string{o.counter(callMutating)}
		if v.name != results.OursMutating {
			v.validating, v.counters = o.validating, append(v.counters, o.counter(callValidating))
		}
	}
	return all, nil
}

// startOurs starts a replica with a policy and a profile for pods of a namespace.
func (b *bench) startOurs(ctx context.Context, namespace, policy string) (_ *ours, err error) {
	file := func(name, content string) string {
		path := filepath.Join(b.folder, namespace+name)
		err = errors.Join(err, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	common := []string{
		"--profiles=" + file(".profiles.yaml", bodies.Profiles(namespace)), "--config=" + file(".policy.yaml", policy),
		"--path-file=" + file(".path", rand.String(40)+"\n"),
	}
	if err != nil {
		return nil, err
	}
	o := &ours{name: namespace}
	args := append([]string{"--cert-dir=" + b.folder, "--static-registration", "--shutdown-delay=0s"}, common...)
	if o.webhook, err = install.Start(ctx, b.cluster, install.Options{Binary: b.binary, Args: args, Name: namespace}); err != nil {
		return nil, err
	}
	b.ours = append(b.ours, o)
	flags := append([]string{"registration", "--ca-bundle=" + filepath.Join(b.folder, "ca.crt"), "--webhook-url=" + o.webhook.URL}, common...)
	output, err := exec.CommandContext(ctx, b.binary, flags...).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	if err != nil {
		return nil, err
	}
	return o, o.read(output)
}

// read reads the webhooks for pods from the configurations that the command prints.
func (o *ours) read(output []byte) error {
	for document := range strings.SplitSeq(string(output), "\n---") {
		var kind metav1.TypeMeta
		if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
			return err
		}
		var err error
		switch kind.Kind {
		case "MutatingWebhookConfiguration":
			o.mutating = &admissionregistrationv1.MutatingWebhookConfiguration{}
			err = yaml.UnmarshalStrict([]byte(document), o.mutating)
		case "ValidatingWebhookConfiguration":
			o.validating = &admissionregistrationv1.ValidatingWebhookConfiguration{}
			err = yaml.UnmarshalStrict([]byte(document), o.validating)
		}
		if err != nil {
			return err
		}
	}
	if o.mutating == nil || o.validating == nil {
		return fmt.Errorf("the command registration prints no configuration of both kinds: %s", output)
	}
	return nil
}

// holdLease takes the Lease by which replicas elect a leader, in the namespace of its name: what the
// leader does for all of them is not measured.
func (b *bench) holdLease(ctx context.Context, name string) error {
	now := metav1.NewMicroTime(time.Now())
	_, err := b.clientset.CoordinationV1().Leases(name).Create(ctx, &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: coordinationv1.LeaseSpec{
			HolderIdentity: new("bench"), LeaseDurationSeconds: new(int32(24 * 60 * 60)), AcquireTime: &now, RenewTime: &now,
		},
	}, metav1.CreateOptions{})
	return err
}
