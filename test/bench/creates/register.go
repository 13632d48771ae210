package creates

import (
	"context"
	"errors"
	"fmt"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// effectDeadline is how long the API server may take to follow a registration.
const effectDeadline = time.Minute

// confine restricts what a variant registers to its namespace, and names it: in the order of names it
// comes before EKS's webhook, as ours does.
func (v *variant) confine() {
	name := "0400-" + v.namespace
	only := &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: v.namespace}}
	if v.mutating != nil {
		v.mutating.Name = name
		for i := range v.mutating.Webhooks {
			v.mutating.Webhooks[i].NamespaceSelector = only
		}
	}
	if v.validating != nil {
		v.validating.Name = name
		for i := range v.validating.Webhooks {
			v.validating.Webhooks[i].NamespaceSelector = only
		}
	}
	if v.policy != nil {
		v.policy.Name = name
		v.policy.Spec.MatchConstraints.NamespaceSelector = only
	}
}

// register registers a variant, and waits until the API server calls all of its webhooks.
func (b *bench) register(ctx context.Context, v *variant) error {
	v.confine()
	api := b.clientset.AdmissionregistrationV1()
	var failures []error
	if v.mutating != nil {
		_, err := api.MutatingWebhookConfigurations().Create(ctx, v.mutating, metav1.CreateOptions{})
		failures = append(failures, err)
	}
	if v.validating != nil {
		_, err := api.ValidatingWebhookConfigurations().Create(ctx, v.validating, metav1.CreateOptions{})
		failures = append(failures, err)
	}
	if v.policy != nil {
		_, err := api.MutatingAdmissionPolicies().Create(ctx, v.policy, metav1.CreateOptions{})
		_, bound := api.MutatingAdmissionPolicyBindings().Create(ctx, &admissionregistrationv1.MutatingAdmissionPolicyBinding{
			ObjectMeta: metav1.ObjectMeta{Name: v.policy.Name}, Spec: admissionregistrationv1.MutatingAdmissionPolicyBindingSpec{PolicyName: v.policy.Name},
		}, metav1.CreateOptions{})
		failures = append(failures, err, bound)
	}
	if err := errors.Join(failures...); err != nil {
		return fmt.Errorf("register %s: %w", v.name, err)
	}
	err := cluster.Await(ctx, effectDeadline, "the API server calls "+v.name, func(ctx context.Context) error {
		before, pod, after, err := b.probe(ctx, v)
		if err != nil {
			return err
		}
		for _, counter := range v.counters {
			if after[counter] == before[counter] {
				return fmt.Errorf("%s is not called", counter)
			}
		}
		return v.check(pod)
	})
	if err != nil {
		return err
	}
	return b.refuses(ctx, v)
}

// probe creates a pod that needs all calls, in a dry run. It returns the counts before and after.
func (b *bench) probe(ctx context.Context, v *variant) (before map[string]int64, pod *corev1.Pod, after map[string]int64, err error) {
	if before, err = b.counts(ctx); err != nil {
		return nil, nil, nil, err
	}
	pod, err = b.clientset.CoreV1().Pods(v.namespace).Create(ctx, b.pod(podNeedingBoth, "probe"), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return nil, nil, nil, err
	}
	after, err = b.counts(ctx)
	return before, pod, after, err
}
