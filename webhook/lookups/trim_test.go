package lookups

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/fargate/cluster"
)

// full returns metadata as in a cluster: 4 KiB of annotations, and annotations to keep.
func full(name string, keep map[string]string) metav1.ObjectMeta {
	meta := metav1.ObjectMeta{
		Namespace: "apps", Name: name, GenerateName: "x-", UID: "u-1", ResourceVersion: "7", Generation: 3,
		CreationTimestamp: metav1.NewTime(time.Unix(1000, 0)), DeletionTimestamp: &metav1.Time{Time: time.Unix(2000, 0)},
		Labels:      map[string]string{"app": "web"},
		Annotations: map[string]string{"kubectl.kubernetes.io/last-applied-configuration": strings.Repeat("x", 4096)},
		Finalizers:  []string{"kubernetes.io/pvc-protection"}, OwnerReferences: []metav1.OwnerReference{{Name: "owner"}},
		ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl", FieldsV1: metav1.NewFieldsV1(strings.Repeat("{", 2048))}},
	}
	maps.Copy(meta.Annotations, keep)
	return meta
}

// kept returns what trim leaves of full, named "a".
func kept(keep map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: "apps", Name: "a", UID: "u-1", ResourceVersion: "7", Annotations: keep,
		CreationTimestamp: metav1.NewTime(time.Unix(1000, 0)), DeletionTimestamp: &metav1.Time{Time: time.Unix(2000, 0)},
	}
}

func TestTrim(t *testing.T) {
	class, mode, binding := "efs", corev1.PersistentVolumeBlock, storagev1.VolumeBindingWaitForFirstConsumer
	list := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1")}
	limits := corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{{Type: corev1.LimitTypeContainer, Max: list}}}
	quota := corev1.ResourceQuotaSpec{Hard: list, Scopes: []corev1.ResourceQuotaScope{corev1.ResourceQuotaScopeBestEffort}}
	provisioner := map[string]string{cluster.ProvisionerAnnotation: "efs.csi.aws.com", cluster.BetaProvisionerAnnotation: "efs.csi.aws.com", corev1.BetaStorageClassAnnotation: "efs"}
	standard := map[string]string{cluster.DefaultClassAnnotation: "true", cluster.BetaDefaultClassAnnotation: "true"}
	nfs := corev1.PersistentVolumeSource{NFS: &corev1.NFSVolumeSource{Server: "nas", Path: "/"}}
	tombstone := cache.DeletedFinalStateUnknown{Key: "apps/a", Obj: &corev1.LimitRange{ObjectMeta: kept(nil), Spec: limits}}
	for name, c := range map[string]struct{ object, want any }{
		"LimitRange": {&corev1.LimitRange{ObjectMeta: full("a", nil), Spec: limits}, &corev1.LimitRange{ObjectMeta: kept(nil), Spec: limits}},
		"ResourceQuota": {
			&corev1.ResourceQuota{ObjectMeta: full("a", nil), Spec: quota, Status: corev1.ResourceQuotaStatus{Used: list}},
			&corev1.ResourceQuota{ObjectMeta: kept(nil), Spec: quota},
		},
		"claim": {
			&corev1.PersistentVolumeClaim{
				ObjectMeta: full("a", provisioner),
				Spec: corev1.PersistentVolumeClaimSpec{
					VolumeName: "pv-1", StorageClassName: &class, VolumeMode: &mode,
					Selector: &metav1.LabelSelector{}, Resources: corev1.VolumeResourceRequirements{Requests: list},
				},
				Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound, Capacity: list},
			},
			&corev1.PersistentVolumeClaim{
				ObjectMeta: kept(provisioner),
				Spec:       corev1.PersistentVolumeClaimSpec{VolumeName: "pv-1", StorageClassName: &class, VolumeMode: &mode},
				Status:     corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound},
			},
		},
		"volume of a driver": {
			&corev1.PersistentVolume{
				ObjectMeta: full("a", nil),
				Spec: corev1.PersistentVolumeSpec{
					PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{
						Driver: "efs.csi.aws.com", VolumeHandle: "fs-1", VolumeAttributes: map[string]string{"a": "b"},
					}},
					ClaimRef: &corev1.ObjectReference{Kind: "PersistentVolumeClaim", Namespace: "apps", Name: "data", UID: "u-2", ResourceVersion: "9"},
					Capacity: list,
				},
				Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeBound, Message: "m"},
			},
			&corev1.PersistentVolume{
				ObjectMeta: kept(nil),
				Spec: corev1.PersistentVolumeSpec{
					PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "efs.csi.aws.com"}},
					ClaimRef:               &corev1.ObjectReference{Namespace: "apps", Name: "data", UID: "u-2"},
				},
				Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeBound},
			},
		},
		"volume of another source": {
			&corev1.PersistentVolume{ObjectMeta: full("a", nil), Spec: corev1.PersistentVolumeSpec{PersistentVolumeSource: nfs}},
			&corev1.PersistentVolume{ObjectMeta: kept(nil), Spec: corev1.PersistentVolumeSpec{PersistentVolumeSource: nfs}},
		},
		"class": {
			&storagev1.StorageClass{ObjectMeta: full("a", standard), Provisioner: "efs.csi.aws.com", VolumeBindingMode: &binding, Parameters: map[string]string{"a": "b"}},
			&storagev1.StorageClass{ObjectMeta: kept(standard), Provisioner: "efs.csi.aws.com", VolumeBindingMode: &binding},
		},
		"something deleted": {tombstone, tombstone},
	} {
		t.Run(name, func(t *testing.T) { checkTrim(t, c.object, c.want) })
	}
}

// A claim with kilobytes of metadata takes less than 200 bytes, so that the caches of a large
// cluster stay small.
func TestTrimmedSize(t *testing.T) {
	whole := &corev1.PersistentVolumeClaim{ObjectMeta: full("data-of-a-stateful-set-0", nil), Spec: corev1.PersistentVolumeClaimSpec{VolumeName: "pvc-3f2b7c1e-7e57-4f53-9d0b-3d1a0d3ec1f7"}}
	got, err := trim(whole)
	trimmed, ok := got.(*corev1.PersistentVolumeClaim)
	if err != nil || !ok {
		t.Fatal(got, err)
	}
	if whole.Size() < 6<<10 || trimmed.Size() > 200 {
		t.Errorf("%d bytes on the wire became %d, want 6 KiB and at most 200 bytes", whole.Size(), trimmed.Size())
	}
}

// checkTrim checks what is left of an object, and that trimming it again changes nothing.
func checkTrim(t *testing.T, object, want any) {
	t.Helper()
	for range 2 {
		got, err := trim(object)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v; -want +got:\n%s", err, diff)
		}
		object = got
	}
}
