package eks

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pollEvery is how often what others change is looked at.
const pollEvery = 50 * time.Millisecond

// beginCreate creates a profile that becomes ACTIVE a little later. With the first one EKS's webhook
// comes (F2.4).
func (w *World) beginCreate(profile Profile) (Profile, error) {
	profile, err := w.store.create(profile)
	if err != nil {
		return Profile{}, err
	}
	w.log("profile %s is %s", profile.Name, Creating)
	w.run(func(ctx context.Context) {
		if !pause(ctx, w.options.ProfileDelay) {
			return
		}
		for err := w.registerWebhook(ctx); err != nil; err = w.registerWebhook(ctx) {
			w.log("register the webhook of EKS: %v", err)
			if !pause(ctx, time.Second) {
				return
			}
		}
		w.store.activate(profile.Name)
		w.log("profile %s is %s", profile.Name, Active)
	})
	return profile, nil
}

// beginDelete begins to delete a profile: its pods are stopped (F1.12), and it is gone once they
// are.
func (w *World) beginDelete(name string) (Profile, error) {
	profile, err := w.store.beginDelete(name)
	if err != nil {
		return Profile{}, err
	}
	w.log("profile %s is %s", name, Deleting)
	w.run(func(ctx context.Context) {
		if !pause(ctx, w.options.StopDelay) {
			return
		}
		for left := -1; left != 0; {
			var err error
			if left, err = w.stopPods(ctx, name); err != nil {
				w.log("delete the pods of profile %s: %v", name, err)
				left = -1
			}
			if !pause(ctx, pollEvery) {
				return
			}
		}
		if !pause(ctx, w.options.ProfileDelay) {
			return
		}
		w.store.remove(name)
		w.log("profile %s is gone", name)
	})
	return profile, nil
}

// stopPods deletes the pods of a profile that have a node, and returns how many are still there.
func (w *World) stopPods(ctx context.Context, profile string) (int, error) {
	pods, err := w.client.CoreV1().Pods("").List(ctx, metav1.ListOptions{LabelSelector: profileLabel + "=" + profile})
	if err != nil {
		return 0, err
	}
	left := 0
	for i := range pods.Items {
		pod := &pods.Items[i]
		if pod.Spec.NodeName == "" {
			continue
		}
		left++
		if pod.DeletionTimestamp != nil {
			continue
		}
		if err := w.client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, exactly(pod)); err != nil && !apierrors.IsNotFound(err) {
			return 0, err
		}
	}
	return left, nil
}

// exactly has the API server delete a pod, and no other of its name.
func exactly(pod *corev1.Pod) metav1.DeleteOptions {
	return metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &pod.UID}}
}

// CreateProfile creates a profile and waits until it is ACTIVE. While another one is created or
// deleted it waits its turn, as people have to.
func (w *World) CreateProfile(ctx context.Context, profile Profile) error {
	if err := untilFree(ctx, func() error { _, err := w.beginCreate(profile); return err }); err != nil {
		return err
	}
	return poll(ctx, func() bool {
		got, err := w.store.get(profile.Name)
		return err == nil && got.Status == Active
	})
}

// DeleteProfile deletes a profile and waits until it is gone, and its pods with it.
func (w *World) DeleteProfile(ctx context.Context, name string) error {
	if err := untilFree(ctx, func() error { _, err := w.beginDelete(name); return err }); err != nil {
		return err
	}
	return poll(ctx, func() bool { _, err := w.store.get(name); return err != nil })
}

// untilFree repeats a call while another profile is changing.
func untilFree(ctx context.Context, call func() error) error {
	for {
		err := call()
		failure, ok := errors.AsType[*APIError](err)
		if !ok || failure.Code != "ResourceInUseException" || failure.Message == alreadyExists {
			return err
		}
		if !pause(ctx, pollEvery) {
			return errors.Join(err, ctx.Err())
		}
	}
}

// poll waits until a condition holds.
func poll(ctx context.Context, condition func() bool) error {
	for !condition() {
		if !pause(ctx, pollEvery) {
			return ctx.Err()
		}
	}
	return nil
}

// pause waits. It returns false if ctx ends before.
func pause(ctx context.Context, duration time.Duration) bool {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
