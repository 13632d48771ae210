package lookups

import (
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
)

// trim returns the fields of an object that decisions use: a cluster may have tens of thousands of
// claims with kilobytes of annotations and managed fields each, and the webhook has 512 MiB of
// memory.
func trim(object any) (any, error) {
	switch o := object.(type) {
	case *corev1.LimitRange:
		return &corev1.LimitRange{ObjectMeta: trimMeta(&o.ObjectMeta), Spec: o.Spec}, nil
	case *corev1.ResourceQuota:
		return &corev1.ResourceQuota{ObjectMeta: trimMeta(&o.ObjectMeta), Spec: o.Spec}, nil
	case *corev1.PersistentVolumeClaim:
		return trimClaim(o), nil
	case *corev1.PersistentVolume:
		return trimVolume(o), nil
	case *storagev1.StorageClass:
		return &storagev1.StorageClass{
			ObjectMeta:        trimMeta(&o.ObjectMeta, cluster.DefaultClassAnnotation, cluster.BetaDefaultClassAnnotation),
			Provisioner:       o.Provisioner,
			VolumeBindingMode: o.VolumeBindingMode,
		}, nil
	}
	return trimTraffic(object), nil
}

func trimClaim(claim *corev1.PersistentVolumeClaim) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: trimMeta(&claim.ObjectMeta, cluster.ProvisionerAnnotation, cluster.BetaProvisionerAnnotation, corev1.BetaStorageClassAnnotation),
		Spec: corev1.PersistentVolumeClaimSpec{
			VolumeName:       claim.Spec.VolumeName,
			StorageClassName: claim.Spec.StorageClassName,
			VolumeMode:       claim.Spec.VolumeMode,
		},
		Status: corev1.PersistentVolumeClaimStatus{Phase: claim.Status.Phase},
	}
}

func trimVolume(volume *corev1.PersistentVolume) *corev1.PersistentVolume {
	out := &corev1.PersistentVolume{
		ObjectMeta: trimMeta(&volume.ObjectMeta),
		// Sources other than CSI are small.
		Spec:   corev1.PersistentVolumeSpec{PersistentVolumeSource: volume.Spec.PersistentVolumeSource},
		Status: corev1.PersistentVolumeStatus{Phase: volume.Status.Phase},
	}
	if csi := volume.Spec.CSI; csi != nil {
		out.Spec.CSI = &corev1.CSIPersistentVolumeSource{Driver: csi.Driver}
	}
	if claim := volume.Spec.ClaimRef; claim != nil {
		out.Spec.ClaimRef = &corev1.ObjectReference{Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID}
	}
	return out
}

// trimMeta keeps names, UID, resource version (which the watch needs), times of creation and
// deletion, and the annotations with the keys.
func trimMeta(meta *metav1.ObjectMeta, keys ...string) metav1.ObjectMeta {
	out := metav1.ObjectMeta{
		Namespace: meta.Namespace, Name: meta.Name, UID: meta.UID, ResourceVersion: meta.ResourceVersion,
		CreationTimestamp: meta.CreationTimestamp, DeletionTimestamp: meta.DeletionTimestamp,
	}
	for _, key := range keys {
		if value, ok := meta.Annotations[key]; ok {
			metav1.SetMetaDataAnnotation(&out, key, value)
		}
	}
	return out
}
