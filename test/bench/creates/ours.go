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

// variant returns the variant that registers the replica, with both calls or the mutating one alone.
func (o *ours) variant(name string, both bool) *variant {
	v := &variant{name: name, mutating: o.mutating, counters: []string{o.counter(callMutating)}, label: true, record: true}
	if both {
		v.validating = o.validating
		v.counters = append(v.counters, o.counter(callValidating))
	}
	return v
}

// policyHeader begins a policy file.
const policyHeader = "apiVersion: fargate-webhook/v1alpha1\nkind: Policy\n"

// ourVariants starts a replica for each policy that the program accepts, and returns their variants.
func (b *bench) ourVariants(ctx context.Context) ([]*variant, error) {
	on, refused, err := b.startOurs(ctx, "prefilter-on", policyHeader+"prefilter: On\n")
	if err != nil {
		return nil, err
	}
	if refused != "" {
		plain, refusedToo, err := b.startOurs(ctx, "plain", policyHeader)
		if err != nil || refusedToo != "" {
			return nil, errors.Join(err, errors.New(refusedToo))
		}
		return []*variant{
			{name: results.OursOn, absent: "this program has no prefilter: " + refused},
			plain.variant(results.OursOff, true), plain.variant(results.OursMutating, false),
		}, nil
	}
	off, refused, err := b.startOurs(ctx, "prefilter-off", policyHeader+"prefilter: \"Off\"\n")
	if err != nil || refused != "" {
		return nil, errors.Join(err, errors.New(refused))
	}
	return []*variant{on.variant(results.OursOn, true), off.variant(results.OursOff, true), on.variant(results.OursMutating, false)}, nil
}

// startOurs starts a replica with a policy. refused says why the program refuses it, if it does.
func (b *bench) startOurs(ctx context.Context, name, policy string) (_ *ours, refused string, err error) {
	file := func(name, content string) string {
		path := filepath.Join(b.folder, name)
		err = errors.Join(err, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	common := []string{
		"--profiles=" + file("profiles.yaml", bodies.Profiles), "--config=" + file(name+".policy.yaml", policy),
		"--path-file=" + file(name+".path", rand.String(40)+"\n"),
	}
	if err != nil {
		return nil, "", err
	}
	authority := filepath.Join(b.folder, "ca.crt")
	// The address is known once it runs, but a policy that is refused is to be found before.
	if _, refused, err := b.registration(ctx, append(common, "--ca-bundle="+authority, "--webhook-url=https://127.0.0.1:1")); err != nil || refused != "" {
		return nil, refused, err
	}
	o := &ours{name: name}
	args := append([]string{"--cert-dir=" + b.folder, "--static-registration", "--shutdown-delay=0s"}, common...)
	if o.webhook, err = install.Start(ctx, b.cluster, install.Options{Binary: b.binary, Args: args, Name: name}); err != nil {
		return nil, "", err
	}
	b.ours = append(b.ours, o)
	output, refused, err := b.registration(ctx, append(common, "--ca-bundle="+authority, "--webhook-url="+o.webhook.URL))
	if err != nil || refused != "" {
		return nil, refused, err
	}
	return o, "", o.read(output)
}

// registration returns the output of the program's command of that name, or why it refuses the flags.
func (b *bench) registration(ctx context.Context, flags []string) (output []byte, refused string, err error) {
	output, err = exec.CommandContext(ctx, b.binary, append([]string{"registration"}, flags...)...).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		lines := strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")
		_, text, _ := strings.Cut(lines[len(lines)-1], "policy.yaml:")
		text, _, _ = strings.Cut("policy.yaml:"+text, ": a policy may only have")
		return nil, text, nil
	}
	return output, "", err
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
