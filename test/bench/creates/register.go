package creates

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/bench/bodies"
	"fargate-webhook/test/bench/stub"
	"fargate-webhook/test/cluster"
)

// effectDeadline is how long the API server may take to follow a registration.
const effectDeadline = time.Minute

// register registers a variant, and waits until the API server calls all of its webhooks.
func (b *bench) register(ctx context.Context, v *variant) error {
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
		before, pod, after, err := b.probe(ctx)
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

// unregister removes what a variant has registered, and waits until the API server calls nothing any
// more.
func (b *bench) unregister(ctx context.Context, v *variant) error {
	api := b.clientset.AdmissionregistrationV1()
	var failures []error
	if v.mutating != nil {
		failures = append(failures, api.MutatingWebhookConfigurations().Delete(ctx, v.mutating.Name, metav1.DeleteOptions{}))
	}
	if v.validating != nil {
		failures = append(failures, api.ValidatingWebhookConfigurations().Delete(ctx, v.validating.Name, metav1.DeleteOptions{}))
	}
	if v.policy != nil {
		failures = append(failures,
			api.MutatingAdmissionPolicyBindings().Delete(ctx, v.policy.Name, metav1.DeleteOptions{}),
			api.MutatingAdmissionPolicies().Delete(ctx, v.policy.Name, metav1.DeleteOptions{}))
	}
	for _, err := range failures {
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("unregister %s: %w", v.name, err)
		}
	}
	none := &variant{name: "nothing"}
	return cluster.Await(ctx, effectDeadline, "the API server calls nothing any more", func(ctx context.Context) error {
		before, pod, after, err := b.probe(ctx)
		if err != nil {
			return err
		}
		delete(before, stub.EKS)
		delete(after, stub.EKS)
		if !maps.Equal(before, after) {
			err = errors.New("a webhook is called")
		}
		return errors.Join(err, none.check(pod))
	})
}

// probe creates a pod that needs all calls, in a dry run. It returns the counts before and after.
func (b *bench) probe(ctx context.Context) (before map[string]int64, pod *corev1.Pod, after map[string]int64, err error) {
	if before, err = b.counts(ctx); err != nil {
		return nil, nil, nil, err
	}
	pod, err = b.clientset.CoreV1().Pods(bodies.Namespace).Create(ctx, b.pod(podNeedingBoth, "probe"), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return nil, nil, nil, err
	}
	after, err = b.counts(ctx)
	return before, pod, after, err
}
