package live

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/policy"
	"fargate-webhook/removal"
)

// controlledBy makes an object one of a controller, whose UID is its kind and name.
func controlledBy(meta *metav1.ObjectMeta, apiVersion, kind, name string) {
	meta.OwnerReferences = []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: name, UID: types.UID(kind + name), Controller: new(true)}}
}

// claimed returns a pod that EKS runs for profile p.
func claimed(name, namespace, apiVersion, kind, controller string) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID("pod" + name), Labels: map[string]string{"eks.amazonaws.com/fargate-profile": "p"}}}
	if kind != "" {
		controlledBy(&p.ObjectMeta, apiVersion, kind, controller)
	}
	return p
}

func replicaSet(name string, uid types.UID) *appsv1.ReplicaSet {
	set := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: name, UID: uid}}
	set.Spec.Template.Labels = map[string]string{"app": "web"}
	controlledBy(&set.ObjectMeta, "apps/v1", "Deployment", "web")
	return set
}

// TestOnProfile: pods are counted by what creates them, whose template is read; what can't be read is
// said.
func TestOnProfile(t *testing.T) {
	leaving, other := claimed("leaving", "apps", "", "", ""), claimed("other", "apps", "", "", "")
	leaving.DeletionTimestamp, leaving.Finalizers = new(metav1.Now()), []string{"x"}
	other.Labels["eks.amazonaws.com/fargate-profile"] = "q"
	jobs := fmt.Errorf("no answer")
	b := newBench(
		claimed("a", "apps", "apps/v1", "ReplicaSet", "web-1"), claimed("b", "apps", "apps/v1", "ReplicaSet", "web-1"), replicaSet("web-1", "ReplicaSetweb-1"),
		claimed("c", "apps", "apps/v1", "ReplicaSet", "web-2"), replicaSet("web-2", "a new one"),
		claimed("d", "bare", "argoproj.io/v1alpha1", "Workflow", "flow"), claimed("e", "own", "batch/v1", "Job", "report"), claimed("f", "bare", "", "", ""),
		leaving, other, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "bare", Labels: map[string]string{policy.ExemptLabel: "true"}}}, apps(),
	)
	b.refuse("get", "jobs", jobs)
	workloads, err := OnProfile(t.Context(), b.dynamic, "p", "own")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range workloads {
		w := &workloads[i]
		template := w.Unread
		if w.Template != nil {
			template = fmt.Sprint(w.Template.Labels)
		}
		got = append(got, fmt.Sprintf("%s %s/%s %d controlled=%t exempt=%t: %s", w.Namespace, w.Kind, w.Name, w.Pods, w.Controlled, w.Exempt, template))
	}
	slices.Sort(got)
	want := []string{
		"apps Deployment/web 2 controlled=true exempt=false: map[app:web]",
		"apps ReplicaSet/web-2 1 controlled=true exempt=false: ReplicaSet web-2 is gone",
		"bare Pod/f 1 controlled=false exempt=true: ",
		"bare Workflow/flow 1 controlled=true exempt=true: templates of a Workflow aren't read",
		"own Job/report 1 controlled=true exempt=true: no answer",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What makes a Job fail is read.
func TestOnProfileReadsJobs(t *testing.T) {
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "report", UID: "Jobreport"}}
	job.Spec.BackoffLimit, job.Spec.BackoffLimitPerIndex, job.Status.Failed = new(int32(2)), new(int32(1)), 1
	job.Spec.PodFailurePolicy = &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{{Action: batchv1.PodFailurePolicyActionIgnore}}}
	b := newBench(claimed("a", "apps", "batch/v1", "Job", "report"), job, apps(), claimed("b", "apps", "apps/v1", "ReplicaSet", "web-1"), replicaSet("web-1", "ReplicaSetweb-1"))
	workloads, err := OnProfile(t.Context(), b.dynamic, "p", "own")
	if err != nil || len(workloads) != 2 {
		t.Fatal(workloads, err)
	}
	want := removal.Job{BackoffLimit: 2, BackoffLimitPerIndex: new(int32(1)), Failed: 1, Ignores: true}
	if diff := cmp.Diff([]*removal.Job{&want, nil}, []*removal.Job{workloads[0].Job, workloads[1].Job}); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// However many controllers there are, a bounded number is read.
func TestOnProfileReadsSome(t *testing.T) {
	var objects []runtime.Object
	for i := range maxRead + 1 {
		objects = append(objects, claimed(fmt.Sprintf("pod-%04d", i), fmt.Sprint("team-", i), "batch/v1", "Job", fmt.Sprint("job-", i)))
	}
	b := newBench(objects...)
	workloads, err := OnProfile(t.Context(), b.dynamic, "p", "own")
	if err != nil || len(workloads) != maxRead+1 {
		t.Fatal(len(workloads), err)
	}
	gets, unread := map[string]int{}, 0
	for _, action := range b.dynamic.Actions() {
		if action.GetVerb() == "get" {
			gets[action.GetResource().Resource]++
		}
	}
	for i := range workloads {
		if workloads[i].Unread == "only the first 500 controllers and their namespaces are read" {
			unread++
		}
	}
	if gets["jobs"] != maxRead || gets["namespaces"] != maxRead || unread != 1 {
		t.Errorf("requests %v, and of %d workloads it is said that they aren't read", gets, unread)
	}
}

// Of pods only those of the profile that have not ended are listed.
func TestOnProfileListsLittle(t *testing.T) {
	b := newBench()
	var asked []string
	b.dynamic.PrependReactor("list", "pods", func(action clienttesting.Action) (bool, runtime.Object, error) {
		list, ok := action.(clienttesting.ListActionImpl)
		if !ok {
			return false, nil, errors.New("no list")
		}
		asked = append(asked, fmt.Sprintf("%s, %s", list.ListRestrictions.Labels, list.ListRestrictions.Fields))
		return false, nil, nil
	})
	if _, err := OnProfile(t.Context(), b.dynamic, "p", "own"); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(asked, []string{"eks.amazonaws.com/fargate-profile=p, status.phase!=Failed,status.phase!=Succeeded"}) {
		t.Errorf("asked for %q", asked)
	}
	b.refuse("list", "pods", forbidden("pods", `User "u" cannot list resource "pods"`))
	if _, err := OnProfile(t.Context(), b.dynamic, "p", "own"); err == nil || err.Error() != `list the pods of Fargate profile "p": you may not list pods` {
		t.Errorf("without the right: %v", err)
	}
}
