package eks

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// stopTime is how long containers take to end after SIGTERM, if their grace period is not shorter.
const stopTime = 100 * time.Millisecond

// keepPod is the kubelet of the node that a pod is bound to: the pod runs, ends if it belongs to a
// Job, and is removed once it is deleted. Every container starts and stays up.
func (w *World) keepPod(ctx context.Context, key string) (time.Duration, error) {
	pod := w.pod(key)
	if pod == nil || pod.Spec.NodeName == "" {
		return 0, nil
	}
	node, err := w.nodes.Get(pod.Spec.NodeName)
	if err != nil || !isOurs(node) {
		return 0, nil //nolint:nilerr // nodeChanged looks again when the node is known
	}
	switch {
	case pod.DeletionTimestamp != nil:
		return w.end(ctx, pod)
	case pod.Status.Phase == corev1.PodPending && pod.Status.StartTime == nil:
		return 0, w.updateStatus(ctx, pod, w.started(pod, node))
	case pod.Status.Phase == corev1.PodRunning && ofJob(pod):
		if wait := w.options.RunFor - time.Since(pod.Status.StartTime.Time); wait > 0 {
			return wait, nil
		}
		return 0, w.updateStatus(ctx, pod, ended(pod, corev1.PodSucceeded, 0))
	default:
		return 0, nil
	}
}

func ofJob(pod *corev1.Pod) bool {
	owner := metav1.GetControllerOf(pod)
	return owner != nil && owner.Kind == "Job"
}

func (w *World) updateStatus(ctx context.Context, pod *corev1.Pod, status corev1.PodStatus) error {
	changed := pod.DeepCopy()
	changed.Status = status
	_, err := w.client.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, changed, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// end removes a pod that is being deleted, once its containers have ended.
func (w *World) end(ctx context.Context, pod *corev1.Pod) (time.Duration, error) {
	grace := stopTime
	if seconds := pod.DeletionGracePeriodSeconds; seconds != nil {
		grace = min(grace, time.Duration(*seconds)*time.Second)
	}
	// DeletionTimestamp is when the grace period ends; it has whole seconds.
	began := pod.DeletionTimestamp.Add(-time.Duration(valueOf(pod.DeletionGracePeriodSeconds)) * time.Second)
	if wait := grace - time.Since(began); wait > 0 {
		return wait, nil
	}
	if len(pod.Finalizers) > 0 && pod.Status.Phase == corev1.PodRunning { // a Job waits for the end of its pods
		return 0, w.updateStatus(ctx, pod, ended(pod, corev1.PodFailed, 143))
	}
	now := exactly(pod)
	now.GracePeriodSeconds = new(int64(0))
	err := w.client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, now)
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) { // gone, or another one of its name
		return 0, nil
	}
	return 0, err
}

func valueOf(seconds *int64) int64 {
	if seconds == nil {
		return 0
	}
	return *seconds
}

// started returns the status of a pod whose containers run and are ready, on a Fargate node with
// the address of the node (F2.6). There a limit above what is provisioned keeps them from starting
// (F3.9).
func (w *World) started(pod *corev1.Pod, node *corev1.Node) corev1.PodStatus {
	status := *pod.Status.DeepCopy()
	now := metav1.Now()
	address := node.Status.Addresses[0].Address
	status.StartTime, status.HostIP, status.HostIPs = &now, address, []corev1.HostIP{{IP: address}}
	failure := ""
	if isFargate(node) {
		provisioned, _ := sizeFor(&pod.Spec)
		failure = startFailure(&pod.Spec, provisioned)
	} else if !pod.Spec.HostNetwork {
		address = w.addresses.next().String()
	}
	status.PodIP, status.PodIPs = address, []corev1.PodIP{{IP: address}}
	status.InitContainerStatuses, status.ContainerStatuses = nil, nil
	for i := range pod.Spec.InitContainers {
		container := &pod.Spec.InitContainers[i]
		state := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: now, FinishedAt: now}}
		if isSidecar(container) {
			state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}
		}
		status.InitContainerStatuses = append(status.InitContainerStatuses, containerStatus(container, state))
	}
	for i := range pod.Spec.Containers {
		state := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}
		if failure != "" {
			state = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "RunContainerError", Message: failure}}
		}
		status.ContainerStatuses = append(status.ContainerStatuses, containerStatus(&pod.Spec.Containers[i], state))
	}
	setCondition(&status, corev1.PodInitialized, corev1.ConditionTrue, "", "")
	ready, reason := corev1.ConditionTrue, ""
	if failure == "" {
		status.Phase = corev1.PodRunning
	} else {
		ready, reason = corev1.ConditionFalse, "ContainersNotReady"
	}
	setCondition(&status, corev1.ContainersReady, ready, reason, "")
	if len(pod.Spec.ReadinessGates) > 0 { // set by a load balancer's controller, which isn't here
		ready, reason = corev1.ConditionFalse, "ReadinessGatesNotReady"
	}
	setCondition(&status, corev1.PodReady, ready, reason, "")
	return status
}

// containerStatus returns the status of a container in a state.
func containerStatus(container *corev1.Container, state corev1.ContainerState) corev1.ContainerStatus {
	running := state.Running != nil
	return corev1.ContainerStatus{
		Name: container.Name, Image: container.Image, ImageID: "stand-in", ContainerID: "containerd://stand-in",
		State: state, Started: &running, Ready: running || state.Terminated != nil,
	}
}

// ended returns the status of a pod whose containers have ended with an exit code.
func ended(pod *corev1.Pod, phase corev1.PodPhase, code int32) corev1.PodStatus {
	status := *pod.Status.DeepCopy()
	now := metav1.Now()
	reason := "Completed"
	if code != 0 {
		reason = "Error"
	}
	for _, list := range [][]corev1.ContainerStatus{status.InitContainerStatuses, status.ContainerStatuses} {
		for i := range list {
			if list[i].State.Terminated == nil {
				list[i].State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
					ExitCode: code, Reason: reason, StartedAt: now, FinishedAt: now, ContainerID: list[i].ContainerID,
				}}
			}
			list[i].Ready, list[i].Started = false, new(false)
		}
	}
	status.Phase = phase
	setCondition(&status, corev1.PodReady, corev1.ConditionFalse, "PodCompleted", "")
	setCondition(&status, corev1.ContainersReady, corev1.ConditionFalse, "PodCompleted", "")
	return status
}
