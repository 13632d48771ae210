package lookups

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/kube/kubetest"
)

// bench is a Lookups of a fake API server.
type bench struct {
	*Lookups
	client kubetest.Client
	logged *observer.ObservedLogs
}

func newBench(tb testing.TB, objects ...runtime.Object) *bench {
	tb.Helper()
	core, logged := observer.New(zap.InfoLevel)
	client := kubetest.NewClient(objects...)
	custom := dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		{Group: "elbv2.k8s.aws", Version: "v1beta1", Resource: "ingressclassparams"}: "IngressClassParamsList",
	})
	l, err := New(client, custom, zap.New(core))
	if err != nil {
		tb.Fatal(err)
	}
	return &bench{Lookups: l, client: client, logged: logged}
}

// run starts the watches in the bubble, waits until they are idle, and returns a function that
// stops them.
func (b *bench) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- b.Start(ctx) }()
	synctest.Wait()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// questions asks for the objects of someObjects, and returns the error of each answer.
func questions(l cluster.Reader) map[string]error {
	_, limits := l.List(cluster.LimitRanges, "apps")
	_, quotas := l.List(cluster.ResourceQuotas, "apps")
	_, claim := l.Get(cluster.PersistentVolumeClaims, "apps", "data")
	_, volume := l.Get(cluster.PersistentVolumes, "", "pv-1")
	_, class := l.Get(cluster.StorageClasses, "", "efs")
	_, standard := l.Get(cluster.StorageClasses, "", "")
	return map[string]error{
		"limitranges": limits, "resourcequotas": quotas, "persistentvolumeclaims": claim,
		"persistentvolumes": volume, "storageclasses": class, "storageclasses, the default": standard,
	}
}

func named(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func someObjects() []runtime.Object {
	efs := &storagev1.StorageClass{ObjectMeta: named("", "efs"), Provisioner: "efs.csi.aws.com"}
	efs.Annotations = map[string]string{cluster.DefaultClassAnnotation: "true"}
	return []runtime.Object{
		&corev1.LimitRange{ObjectMeta: named("apps", "one")},
		&corev1.LimitRange{ObjectMeta: named("apps", "two")},
		&corev1.LimitRange{ObjectMeta: named("other", "one")},
		&corev1.ResourceQuota{ObjectMeta: named("apps", "quota")},
		&corev1.ResourceQuota{ObjectMeta: named("other", "quota")},
		&corev1.PersistentVolumeClaim{ObjectMeta: named("apps", "data"), Spec: corev1.PersistentVolumeClaimSpec{VolumeName: "pv-1"}},
		&corev1.PersistentVolume{ObjectMeta: named("", "pv-1")},
		&storagev1.StorageClass{ObjectMeta: named("", "ebs"), Provisioner: "ebs.csi.aws.com"},
		efs,
	}
}

// Before the caches have synced every answer is an error, and never NotFound.
func TestErrorsBeforeSync(t *testing.T) {
	b := newBench(t, someObjects()...)
	for question, err := range questions(b) {
		resource, _, _ := strings.Cut(question, ",")
		if err == nil || apierrors.IsNotFound(err) || !strings.Contains(err.Error(), resource+" not synced yet") {
			t.Errorf("%s: got %v", question, err)
		}
		if err := b.Ready(); err == nil || !strings.Contains(err.Error(), resource+" not synced yet") {
			t.Errorf("Ready does not name %s: %v", resource, err)
		}
	}
}

// Every kind that decisions look up has a cache of its own.
func TestEveryKindHasACache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(t)()
		for _, kind := range cluster.Kinds {
			if _, err := b.Get(kind, "apps", "none"); !apierrors.IsNotFound(err) {
				t.Errorf("%s: got %v, want NotFound", kind.Kind, err)
			}
			if b.Checks()[kind.Resource] == nil && !kind.Optional {
				t.Errorf("no readiness check for %s", kind.Resource)
			}
		}
		if _, err := b.Get(&cluster.Kind{Kind: "Other"}, "apps", "none"); err == nil || apierrors.IsNotFound(err) {
			t.Errorf("another kind: got %v, want an error that is not NotFound", err)
		}
	})
}

func TestAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, someObjects()...)
		defer b.run(t)()
		if err := b.Ready(); err != nil {
			t.Fatal(err)
		}
		for question, err := range questions(b) {
			if err != nil {
				t.Errorf("%s: %v", question, err)
			}
		}
		limits, _ := cluster.List[*corev1.LimitRange](b, cluster.LimitRanges, "apps")
		quotas, _ := cluster.List[*corev1.ResourceQuota](b, cluster.ResourceQuotas, "apps")
		var names []string
		for _, l := range limits {
			names = append(names, l.Namespace+"/"+l.Name)
		}
		slices.Sort(names)
		if !slices.Equal(names, []string{"apps/one", "apps/two"}) || len(quotas) != 1 || quotas[0].Namespace != "apps" {
			t.Errorf("LimitRanges %v, ResourceQuotas %v", names, quotas)
		}
		claim, _ := cluster.Get[*corev1.PersistentVolumeClaim](b, cluster.PersistentVolumeClaims, "apps", "data")
		volume, _ := cluster.Get[*corev1.PersistentVolume](b, cluster.PersistentVolumes, "", "pv-1")
		ebs, _ := cluster.Get[*storagev1.StorageClass](b, cluster.StorageClasses, "", "ebs")
		standard, _ := cluster.Get[*storagev1.StorageClass](b, cluster.StorageClasses, "", "")
		if claim.Spec.VolumeName != "pv-1" || volume.Name != "pv-1" || ebs.Provisioner != "ebs.csi.aws.com" || standard.Name != "efs" {
			t.Errorf("claim %v, volume %v, class %v, default class %v", claim, volume, ebs, standard)
		}
		if lines := b.logged.FilterMessage("caches synced").All(); len(lines) != 1 || lines[0].ContextMap()["limitranges"] != int64(3) {
			t.Errorf("logged %v", lines)
		}
	})
}

// An object that doesn't exist is NotFound; an empty list is no error.
func TestNotFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &corev1.PersistentVolumeClaim{ObjectMeta: named("other", "data")})
		defer b.run(t)()
		for question, err := range questions(b) {
			isList := question == "limitranges" || question == "resourcequotas"
			if isList && err != nil || !isList && !apierrors.IsNotFound(err) {
				t.Errorf("%s: got %v", question, err)
			}
		}
	})
}

// Answers follow the API server, and need neither a call nor a copy.
func TestAnswersFollowChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(t)()
		claims := b.client.CoreV1().PersistentVolumeClaims("apps")
		phase := func() string {
			synctest.Wait()
			claim, err := cluster.Get[*corev1.PersistentVolumeClaim](b, cluster.PersistentVolumeClaims, "apps", "data")
			if apierrors.IsNotFound(err) {
				return "none"
			}
			if err != nil {
				t.Fatal(err)
			}
			return string(claim.Status.Phase)
		}
		claim := &corev1.PersistentVolumeClaim{ObjectMeta: named("apps", "data"), Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending}}
		claim.Labels = map[string]string{"app": "web"}
		if _, err := claims.Create(t.Context(), claim, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := phase(); got != "Pending" {
			t.Errorf("once created: %s", got)
		}
		claim.Status.Phase = corev1.ClaimBound
		if _, err := claims.Update(t.Context(), claim, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		calls := len(b.client.Actions())
		if got := phase(); got != "Bound" {
			t.Errorf("once bound: %s", got)
		}
		first, _ := cluster.Get[*corev1.PersistentVolumeClaim](b, cluster.PersistentVolumeClaims, "apps", "data")
		second, _ := cluster.Get[*corev1.PersistentVolumeClaim](b, cluster.PersistentVolumeClaims, "apps", "data")
		if first != second || len(b.client.Actions()) != calls {
			t.Errorf("%d calls for three answers; the same object: %t", len(b.client.Actions())-calls, first == second)
		}
		if first.Labels != nil {
			t.Errorf("it is not trimmed: %v", first.Labels)
		}
		if err := claims.Delete(t.Context(), "data", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := phase(); got != "none" {
			t.Errorf("once deleted: %s", got)
		}
	})
}

// Missing rights don't stop the program: they are logged once, and Ready names the kind until they
// are granted.
func TestForbiddenKindIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, someObjects()...)
		var allowed atomic.Bool
		b.client.PrependReactor("list", "persistentvolumes", func(clienttesting.Action) (bool, runtime.Object, error) {
			if allowed.Load() {
				return false, nil, nil
			}
			return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "persistentvolumes"}, "", errors.New("no right to list"))
		})
		defer b.run(t)()
		time.Sleep(time.Hour)
		synctest.Wait()
		err := b.Ready()
		if err == nil {
			t.Fatal("ready without the volumes")
		}
		const want = "persistentvolumes not synced yet: "
		if text := err.Error(); !strings.HasPrefix(text, want) || !strings.HasSuffix(text, "no right to list; allow list and watch in the webhook's ClusterRole") || strings.Contains(text, "claims") {
			t.Errorf("got %s", text)
		}
		for question, err := range questions(b) {
			if (err != nil) != (question == "persistentvolumes") || apierrors.IsNotFound(err) {
				t.Errorf("%s: %v", question, err)
			}
		}
		if lines := b.logged.FilterLevelExact(zap.WarnLevel).All(); len(lines) != 1 || lines[0].ContextMap()["resource"] != "persistentvolumes" || !strings.Contains(fmt.Sprint(lines[0].ContextMap()["error"]), "; allow list and watch in the webhook's ClusterRole") {
			t.Errorf("logged %v", lines)
		}
		allowed.Store(true)
		time.Sleep(time.Minute)
		synctest.Wait()
		if err := b.Ready(); err != nil {
			t.Error(err)
		}
	})
}

// After the watches end, the last objects are still returned.
func TestAnswersAfterStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, someObjects()...)
		b.run(t)()
		for question, err := range questions(b) {
			if err != nil {
				t.Errorf("%s: %v", question, err)
			}
		}
		if err := b.Ready(); err != nil {
			t.Error(err)
		}
		if warnings := b.logged.FilterLevelExact(zap.WarnLevel).All(); len(warnings) != 0 {
			t.Errorf("logged %v", warnings)
		}
	})
}
