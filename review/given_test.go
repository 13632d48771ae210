package review

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"fargate-webhook/fargate/cluster"
)

const storage = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {volumeName: first}
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data, namespace: apps}, spec: {volumeName: second}}
  - {apiVersion: v1, kind: PersistentVolume, metadata: {name: first}, spec: {nfs: {server: nas, path: /}}}
  - {apiVersion: v1, kind: PersistentVolume, metadata: {name: first}, spec: {csi: {driver: efs.csi.aws.com, volumeHandle: fs-1}}}
  - {apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {pods: "1"}}}
  - {apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {pods: "2"}}}
  - {apiVersion: v1, kind: LimitRange, metadata: {generateName: l-, namespace: apps}, spec: {limits: []}}
  - {apiVersion: v1, kind: LimitRange, metadata: {generateName: l-, namespace: apps}, spec: {limits: []}}
  - {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: ebs}, provisioner: ebs.csi.aws.com}
`

const standard = `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: efs, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: efs.csi.aws.com
`

// streamOf returns a review that has read a text.
func streamOf(t *testing.T, text string) (*stream, []Problem) {
	t.Helper()
	s := newStream(&Reviewer{Namespace: "default"})
	t.Cleanup(func() { _ = s.spool.Close() })
	s.read(&Source{Name: "in.yaml", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}, 0)
	return s, s.problems.all()
}

func givenBy(t *testing.T, text string) *given {
	t.Helper()
	s, problems := streamOf(t, text)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return s.known
}

// Manifests answer by namespace. Of two objects of the same name the last one counts.
func TestGiven(t *testing.T) {
	g := givenBy(t, storage+"---"+standard)
	var got []string
	for _, namespace := range []string{"default", "apps"} {
		claim, err := cluster.Get[*corev1.PersistentVolumeClaim](g, cluster.PersistentVolumeClaims, namespace, "data")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, claim.Spec.VolumeName)
	}
	volume, err := cluster.Get[*corev1.PersistentVolume](g, cluster.PersistentVolumes, "", "first")
	if err != nil || volume.Spec.CSI == nil {
		t.Fatal(volume, err)
	}
	got = append(got, volume.Spec.CSI.Driver)
	for _, name := range []string{"ebs", "efs", ""} {
		class, err := cluster.Get[*storagev1.StorageClass](g, cluster.StorageClasses, "", name)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, class.Provisioner)
	}
	want := []string{"first", "second", "efs.csi.aws.com", "ebs.csi.aws.com", "efs.csi.aws.com", "efs.csi.aws.com"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	quotas, err := cluster.List[*corev1.ResourceQuota](g, cluster.ResourceQuotas, "default")
	if err != nil || len(quotas) != 1 || quotas[0].Spec.Hard.Pods().Value() != 2 {
		t.Errorf("quotas %v, %v; want the last one", quotas, err)
	}
	for namespace, count := range map[string]int{"apps": 2, "default": 0} {
		if limits, err := g.List(cluster.LimitRanges, namespace); err != nil || len(limits) != count {
			t.Errorf("%s: LimitRanges %v, %v; want %d", namespace, limits, err, count)
		}
	}
}

// An object that is not in the manifests is NotGiven, and never NotFound.
func TestNotGiven(t *testing.T) {
	g := givenBy(t, storage)
	_, claim := g.Get(cluster.PersistentVolumeClaims, "other", "data")
	_, volume := g.Get(cluster.PersistentVolumes, "", "second")
	_, class := g.Get(cluster.StorageClasses, "", "efs")
	_, byDefault := g.Get(cluster.StorageClasses, "", "")
	for want, err := range map[cluster.NotGivenError]error{
		{Kind: "PersistentVolumeClaim", Namespace: "other", Name: "data"}: claim,
		{Kind: "PersistentVolume", Name: "second"}:                        volume,
		{Kind: "StorageClass", Name: "efs"}:                               class,
		{Kind: "StorageClass"}:                                            byDefault,
	} {
		var got *cluster.NotGivenError
		if !errors.As(err, &got) || *got != want || apierrors.IsNotFound(err) {
			t.Errorf("got %v, want %+v", err, want)
		}
	}
}

// Objects that are only looked up must decode too.
func TestGivenUnreadable(t *testing.T) {
	for _, text := range []string{
		"{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: bad}, spec: {accessModes: 5}}",
		"{apiVersion: v1, kind: LimitRange, metadata: {name: bad}, spec: {limits: [{type: Container, max: {cpu: much}}]}}",
	} {
		s, problems := streamOf(t, text)
		if len(s.manifests) != 0 || len(problems) != 1 || !strings.Contains(problems[0].Error(), `"bad": `) {
			t.Errorf("%s: %d manifests, problems %v", text, len(s.manifests), problems)
		}
	}
}
