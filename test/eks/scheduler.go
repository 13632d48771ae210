package eks

import (
	"context"
	"encoding/json"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// zones are those of the profiles' subnets, by the last letter of their names.
var zones = [...]string{"a", "b", "c"}

// scheduleOnFargate is fargate-scheduler: it refuses a pod, or makes a node for it and binds it.
//
// A pod without the label of an ACTIVE profile is ignored: somebody else has named the scheduler
// (F2.12), or the profile is gone.
func (w *World) scheduleOnFargate(ctx context.Context, key string) (time.Duration, error) {
	pod, state := w.waiting(key, fargateScheduler)
	if pod == nil || state.refused {
		return 0, nil
	}
	profile, err := w.store.get(pod.Labels[profileLabel])
	if err != nil || profile.Status != Active {
		return 0, nil //nolint:nilerr // there is no such profile
	}
	claims, err := w.claims(ctx, pod)
	if err != nil {
		return 0, err
	}
	if r := refuse(pod, profile.Name, claims, w.candidates(size{})); r != nil {
		if err := w.unschedulable(ctx, pod, r.reason, r.message); err != nil {
			return 0, err
		}
		state.refused = true
		return 0, w.event(ctx, pod, fargateScheduler, corev1.EventTypeWarning, "FailedScheduling", r.message)
	}
	if wait := w.options.Delay - time.Since(state.seen); wait > 0 {
		return wait, nil
	}
	return 0, w.launch(ctx, pod, state)
}

// claims looks up the PersistentVolumeClaims of a pod. One that is missing is not bound.
func (w *World) claims(ctx context.Context, pod *corev1.Pod) (map[string]boundClaim, error) {
	found := map[string]boundClaim{}
	for i := range pod.Spec.Volumes {
		source := pod.Spec.Volumes[i].PersistentVolumeClaim
		if source == nil {
			continue
		}
		claim, err := w.client.CoreV1().PersistentVolumeClaims(pod.Namespace).Get(ctx, source.ClaimName, metav1.GetOptions{})
		if apierrors.IsNotFound(err) || err == nil && claim.Status.Phase != corev1.ClaimBound {
			continue
		}
		if err != nil {
			return nil, err
		}
		volume, err := w.client.CoreV1().PersistentVolumes().Get(ctx, claim.Spec.VolumeName, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		bound := boundClaim{volume: volume.Name}
		if volume.Spec.CSI != nil {
			bound.driver = volume.Spec.CSI.Driver
		}
		found[source.ClaimName] = bound
	}
	return found, nil
}

// candidates returns a Fargate node for each zone, without an address.
func (w *World) candidates(provisioned size) []*corev1.Node {
	nodes := make([]*corev1.Node, 0, len(zones))
	for _, zone := range zones {
		nodes = append(nodes, fargateNode(netip.IPv4Unspecified(), w.options.Region, w.options.Region+zone, w.version, provisioned))
	}
	return nodes
}

// launch makes the node of a pod, annotates the pod (F2.6) and binds it. What was done before a
// failure isn't done again.
func (w *World) launch(ctx context.Context, pod *corev1.Pod, state *podState) error {
	provisioned, _ := sizeFor(&pod.Spec) // refuse has seen that it fits
	if state.node == "" {
		zone := ""
		for _, candidate := range w.candidates(provisioned) {
			if fits(pod, candidate) {
				zone = candidate.Labels[corev1.LabelTopologyZone]
				break
			}
		}
		node := fargateNode(w.addresses.next(), w.options.Region, zone, w.version, provisioned)
		if err := w.createNode(ctx, node); err != nil {
			return err
		}
		state.node = node.Name
	}
	logging, reason, message := w.logging(ctx, pod)
	if err := w.annotate(ctx, pod, map[string]string{"CapacityProvisioned": provisioned.String(), "Logging": logging}); err != nil {
		return w.giveUp(ctx, state, err)
	}
	kind := corev1.EventTypeNormal
	if reason == "LoggingDisabled" {
		kind = corev1.EventTypeWarning
	}
	if err := w.event(ctx, pod, fargateScheduler, kind, reason, message); err != nil {
		return err
	}
	return w.giveUp(ctx, state, w.bind(ctx, pod, state.node, fargateScheduler))
}

// giveUp removes the node of a pod that is gone.
func (w *World) giveUp(ctx context.Context, state *podState, err error) error {
	if !apierrors.IsNotFound(err) {
		return err
	}
	return w.deleteNode(ctx, state.node)
}

// logging returns the value of the annotation Logging (F2.6), and reason and message of the event
// about it (F2.17).
func (w *World) logging(ctx context.Context, pod *corev1.Pod) (annotation, reason, message string) {
	if _, err := w.client.CoreV1().ConfigMaps("aws-observability").Get(ctx, "aws-logging", metav1.GetOptions{}); err != nil {
		return "LoggingDisabled: LOGGING_CONFIGMAP_NOT_FOUND", "LoggingDisabled", "Disabled logging because aws-logging configmap was not found."
	}
	return "LoggingEnabled", "LoggingEnabled", "Successfully enabled logging for pod " + pod.Namespace + "/" + pod.Name
}

// annotate adds annotations to a pod, and to no other of its name.
func (w *World) annotate(ctx context.Context, pod *corev1.Pod, annotations map[string]string) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": pod.UID, "annotations": annotations}})
	if err != nil {
		return err
	}
	_, err = w.client.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// bind binds a pod to a node. One that is bound already stays.
func (w *World) bind(ctx context.Context, pod *corev1.Pod, node, scheduler string) error {
	err := w.client.CoreV1().Pods(pod.Namespace).Bind(ctx, &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace, UID: pod.UID},
		Target:     corev1.ObjectReference{Kind: "Node", Name: node},
	}, metav1.CreateOptions{})
	if apierrors.IsConflict(err) {
		return nil // it is bound, or its caller will see that it is another pod
	}
	if err != nil {
		return err
	}
	w.log("pod %s/%s is bound to %s", pod.Namespace, pod.Name, node)
	return w.event(ctx, pod, scheduler, corev1.EventTypeNormal, "Scheduled", "Successfully assigned "+pod.Namespace+"/"+pod.Name+" to "+node)
}
