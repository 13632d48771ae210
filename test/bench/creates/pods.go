package creates

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/bench/bodies"
	"fargate-webhook/test/bench/results"
)

// Pods that are created.
const (
	podTypical     = results.Typical
	podNeedingBoth = results.NeedingBoth
)

// claim is the name of the claim that the pods use that need both calls: what it is bound to must be
// looked up.
const claim = "data"

// pod returns a pod that lacks its label: the smallest of those of which reviews were recorded.
func (b *bench) pod(which, name string) *corev1.Pod {
	template := bodies.Sizes()[0].Template()
	pod := &corev1.Pod{ObjectMeta: *template.ObjectMeta.DeepCopy(), Spec: *template.Spec.DeepCopy()}
	pod.Name = name
	if which == podNeedingBoth {
		pod.Spec.Volumes = []corev1.Volume{{Name: claim, VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}}}}
		pod.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: claim, MountPath: "/data"}}
	}
	return pod
}

// createClaim creates a claim of a namespace that is bound to a volume on EFS.
func (b *bench) createClaim(ctx context.Context, namespace string) error {
	modes := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
	size := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("5Gi")}
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: namespace},
		Spec: corev1.PersistentVolumeSpec{
			AccessModes: modes, Capacity: size,
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "efs.csi.aws.com", VolumeHandle: "fs-0123456789abcdef0"}},
			ClaimRef:               &corev1.ObjectReference{Namespace: namespace, Name: claim},
		},
	}
	core := b.clientset.CoreV1()
	volume, err := core.PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	made, err := core.PersistentVolumeClaims(namespace).Create(ctx, &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: claim},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: modes, Resources: corev1.VolumeResourceRequirements{Requests: size}, VolumeName: namespace, StorageClassName: new(""),
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	// The control plane has no controller that binds claims.
	made.Status = corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound, AccessModes: modes, Capacity: size}
	volume.Status = corev1.PersistentVolumeStatus{Phase: corev1.VolumeBound}
	if _, err := core.PersistentVolumes().UpdateStatus(ctx, volume, metav1.UpdateOptions{}); err != nil {
		return err
	}
	_, err = core.PersistentVolumeClaims(namespace).UpdateStatus(ctx, made, metav1.UpdateOptions{})
	return err
}
