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
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/fargate/cluster"
)

// bench is a Lookups before a fake API server.
type bench struct {
	*Lookups
	client *fake.Clientset
	logged *observer.ObservedLogs
}

func newBench(tb testing.TB, objects ...runtime.Object) *bench {
	tb.Helper()
	core, logged := observer.New(zap.InfoLevel)
	client := fake.NewClientset(objects...)
	custom := dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		{Group: "elbv2.k8s.aws", Version: "v1beta1", Resource: "ingressclassparams"}: "IngressClassParamsList",
	})
	l, err := New(client, custom, zap.New(core))
	if err != nil {
		tb.Fatal(err)
	}
	return &bench{Lookups: l, client: client, logged: logged}
}

// run starts the look-ups in the bubble, until nothing happens any more, and returns what ends them.
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

// questions asks each method about what objects has, or the same names without it.
func questions(l cluster.Reader) map[string]error {
	_, limits := l.LimitRanges("apps")
	_, quotas := l.ResourceQuotas("apps")
	_, claim := l.PersistentVolumeClaim("apps", "data")
	_, volume := l.PersistentVolume("pv-1")
	_, class := l.StorageClass("efs")
	_, standard := l.StorageClass("")
	return map[string]error{
		"limitranges": limits, "resourcequotas": quotas, "persistentvolumeclaims": claim,
		"persistentvolumes": volume, "storageclasses": class, "storageclasses, the default": standard,
	}
}

func named(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func objects() []runtime.Object {
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

// What isn't known yet is never taken for what isn't there.
func TestNotKnownYet(t *testing.T) {
	b := newBench(t, objects()...)
	for question, err := range questions(b) {
		resource, _, _ := strings.Cut(question, ",")
		if err == nil || apierrors.IsNotFound(err) || !strings.Contains(err.Error(), resource+" not synced yet") {
			t.Errorf("%s: got %v", question, err)
		}
		if err := b.Ready(); err == nil || !strings.Contains(err.Error(), resource+" not synced yet") {
			t.Errorf("ready says nothing of %s: %v", resource, err)
		}
	}
}

func TestAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, objects()...)
		defer b.run(t)()
		if err := b.Ready(); err != nil {
			t.Fatal(err)
		}
		for question, err := range questions(b) {
			if err != nil {
				t.Errorf("%s: %v", question, err)
			}
		}
		limits, _ := b.LimitRanges("apps")
		quotas, _ := b.ResourceQuotas("apps")
		var names []string
		for _, l := range limits {
			names = append(names, l.Namespace+"/"+l.Name)
		}
		slices.Sort(names)
		if !slices.Equal(names, []string{"apps/one", "apps/two"}) || len(quotas) != 1 || quotas[0].Namespace != "apps" {
			t.Errorf("LimitRanges %v, ResourceQuotas %v", names, quotas)
		}
		claim, _ := b.PersistentVolumeClaim("apps", "data")
		volume, _ := b.PersistentVolume("pv-1")
		ebs, _ := b.StorageClass("ebs")
		standard, _ := b.StorageClass("")
		if claim.Spec.VolumeName != "pv-1" || volume.Name != "pv-1" || ebs.Provisioner != "ebs.csi.aws.com" || standard.Name != "efs" {
			t.Errorf("claim %v, volume %v, class %v, default class %v", claim, volume, ebs, standard)
		}
		if lines := b.logged.FilterMessage("caches synced").All(); len(lines) != 1 || lines[0].ContextMap()["limitranges"] != int64(3) {
			t.Errorf("logged %v", lines)
		}
	})
}

// What isn't there is not found, and what there is none of is no error.
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

// An answer is what the API server said last, and costs neither a call nor a copy.
func TestFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(t)()
		claims := b.client.CoreV1().PersistentVolumeClaims("apps")
		phase := func() string {
			synctest.Wait()
			claim, err := b.PersistentVolumeClaim("apps", "data")
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
		first, _ := b.PersistentVolumeClaim("apps", "data")
		second, _ := b.PersistentVolumeClaim("apps", "data")
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

// Rights that are too narrow don't end the program: the log says so once, and Ready names what is missing until they are mended.
func TestForbidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, objects()...)
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

// What was known last goes on being the answer when watching has ended or fails.
func TestKeepsAnswering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, objects()...)
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
