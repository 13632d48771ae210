//go:build linux

package limits

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	lookups "fargate-webhook/fargate/cluster"
)

// perNamespace is how many objects of each kind a namespace has.
const perNamespace = 200

// largeCluster is what a large cluster has of the kinds that it has most of.
func largeCluster(t *testing.T) map[*lookups.Kind]shelf {
	t.Helper()
	return map[*lookups.Kind]shelf{
		lookups.ReplicaSets:            newShelf(t, 20_000, replicaSet),
		lookups.PersistentVolumeClaims: newShelf(t, 20_000, claim),
		lookups.Services:               newShelf(t, 5_000, service),
		lookups.PodDisruptionBudgets:   newShelf(t, 5_000, budget),
	}
}

// meta returns metadata as the API server has them, with more than decisions need.
func meta(kind string, i int, labels map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: fmt.Sprintf("%s-%d", kind, i), Namespace: fmt.Sprintf("team-%d", i/perNamespace), Labels: labels,
		UID: types.UID(fmt.Sprintf("3f2b7c1e-7e57-4f53-9d0b-%012d", i)), ResourceVersion: fmt.Sprint(1_000_000 + i), Generation: 2,
		CreationTimestamp: metav1.Unix(1_700_000_000+int64(i), 0),
		Annotations:       map[string]string{"kubectl.kubernetes.io/last-applied-configuration": strings.Repeat(`{"a":"b"},`, 100)},
		ManagedFields: []metav1.ManagedFieldsEntry{{
			Manager: "kubectl", Operation: metav1.ManagedFieldsOperationApply, APIVersion: "v1", FieldsType: "FieldsV1",
			FieldsV1: metav1.NewFieldsV1(`{"f:spec":{` + strings.TrimSuffix(strings.Repeat(`"f:a":{},`, 150), ",") + `}}`),
		}},
	}
}

func appLabels(app int) map[string]string {
	return map[string]string{"app.kubernetes.io/name": fmt.Sprintf("web-%d", app), "app.kubernetes.io/instance": fmt.Sprintf("release-%d", app)}
}

// replicaSet returns one of the ten revisions of a Deployment, of which the last has replicas.
func replicaSet(i int) lookups.Object {
	labels := appLabels(i / 10)
	labels["pod-template-hash"] = fmt.Sprintf("%010d", i)
	set := &appsv1.ReplicaSet{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "ReplicaSet"}, ObjectMeta: meta("web", i, labels)}
	set.Annotations["deployment.kubernetes.io/revision"] = fmt.Sprint(i%10 + 1)
	set.Annotations["deployment.kubernetes.io/desired-replicas"] = "3"
	set.OwnerReferences = []metav1.OwnerReference{{
		APIVersion: "apps/v1", Kind: "Deployment", Name: fmt.Sprintf("web-%d", i/10), UID: types.UID(fmt.Sprintf("7e573f2b-7c1e-4f53-9d0b-%012d", i/10)),
		Controller: new(true), BlockOwnerDeletion: new(true),
	}}
	replicas := int32(0)
	if i%10 == 9 {
		replicas = 3
	}
	container := corev1.Container{Name: "web", Image: "registry.example.com/web:1.2.3", Ports: []corev1.ContainerPort{{ContainerPort: 8080, Protocol: "TCP"}}}
	for k := range 30 {
		container.Env = append(container.Env, corev1.EnvVar{Name: fmt.Sprintf("SETTING_%d", k), Value: "some value of it"})
	}
	set.Spec = appsv1.ReplicaSetSpec{
		Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
			Containers: []corev1.Container{container, container}, RestartPolicy: "Always", DNSPolicy: "ClusterFirst", SchedulerName: "default-scheduler",
			ServiceAccountName: "web", SecurityContext: &corev1.PodSecurityContext{}, TerminationGracePeriodSeconds: new(int64(30)),
		}},
	}
	return set
}

func claim(i int) lookups.Object {
	c := &corev1.PersistentVolumeClaim{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"}, ObjectMeta: meta("data-web", i, appLabels(i/10))}
	c.Annotations["volume.kubernetes.io/storage-provisioner"] = "efs.csi.aws.com"
	c.Spec = corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{"ReadWriteOnce"}, StorageClassName: new("efs"), VolumeMode: new(corev1.PersistentVolumeFilesystem),
		VolumeName: fmt.Sprintf("pvc-3f2b7c1e-7e57-4f53-9d0b-%012d", i),
	}
	c.Status.Phase = corev1.ClaimBound
	return c
}

func service(i int) lookups.Object {
	s := &corev1.Service{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}, ObjectMeta: meta("web", i, appLabels(i))}
	s.Spec = corev1.ServiceSpec{
		Type: corev1.ServiceTypeClusterIP, Selector: appLabels(i), ClusterIP: "10.0.0.1", ClusterIPs: []string{"10.0.0.1"},
		Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromInt32(8080)}},
	}
	return s
}

func budget(i int) lookups.Object {
	b := &policyv1.PodDisruptionBudget{TypeMeta: metav1.TypeMeta{APIVersion: "policy/v1", Kind: "PodDisruptionBudget"}, ObjectMeta: meta("web", i, appLabels(i))}
	b.Spec = policyv1.PodDisruptionBudgetSpec{MaxUnavailable: new(intstr.FromInt32(1)), Selector: &metav1.LabelSelector{MatchLabels: appLabels(i)}}
	return b
}

// TestLargeCluster measures memory and time to start in a large cluster, whose API server streams its
// lists, or pages them as older ones do.
func TestLargeCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	path, objects := built(t), largeCluster(t)
	for name, streams := range map[string]bool{"streamed": true, "paged": false} {
		t.Run(name, func(t *testing.T) {
			kubeconfig := writeKubeconfig(t, filepath.Join(t.TempDir(), "kubeconfig"), apiServer(t, objects, streams))
			began := time.Now()
			p := startBy(t, nil, append(os.Environ(), "GOMAXPROCS=2", "GOMEMLIMIT="+memoryLimit), path, "--kubeconfig="+kubeconfig)
			ready, peak, cpu := time.Since(began), figure(t, p.Peak), figure(t, p.CPU)
			awaitLine(t, p, "memory released")
			resident, anonymous := figure(t, p.Resident), figure(t, p.Anonymous)
			t.Logf("ready after %s (%s of CPU) with a peak of %.1f MiB; then %.1f MiB resident (%.1f anonymous)", ready, cpu, peak, resident, anonymous)
			if soaking := os.Getenv("SOAK") != ""; soaking && ready > 3*time.Second {
				t.Errorf("ready after %s, want at most 3s", ready) // elsewhere other tests run at the same time
			}
			if resident > 100 || peak > 220 {
				t.Errorf("%.1f MiB resident and %.1f while it started, want at most 100 and 220", resident, peak)
			}
		})
	}
}

// awaitLine awaits a message of the log.
func awaitLine(t *testing.T, p *program, message string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		log, err := os.ReadFile(p.log)
		switch {
		case err != nil:
			t.Fatal(err)
		case bytes.Contains(log, []byte(message)):
			return
		case time.Now().After(deadline):
			t.Fatalf("no line %q in the log:\n%s", message, log)
		}
	}
}
