package fargate

import (
	"errors"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// notInjected returns the message of a pod whose labels are withheld.
func notInjected(action policy.Action, problem string) string {
	return string(action) + ` not-injected: the labels {run: "on-fargate"} of Fargate profile "each-test" are not added: ` + problem
}

// controlled returns an unlabelled pod that a controller created.
func controlled(version, kind string) *corev1.Pod {
	pod := unlabelled()
	pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: version, Kind: kind, Name: "web", Controller: new(true)}}
	return pod
}

// A pod's own controller would release it and create another one, without end (S24): the label is
// withheld, also under labelJoins: Allow.
func TestGuardKeepsOwnController(t *testing.T) {
	absent, other := runLabel(metav1.LabelSelectorOpDoesNotExist), fargatetest.MatchLabels("app", "web")
	for name, c := range map[string]struct {
		pod     *corev1.Pod
		objects []metav1.Object
		want    string
	}{
		"ReplicaSet": {controlled("apps/v1", "ReplicaSet"), []metav1.Object{fargatetest.ReplicaSet("web", absent)},
			`ReplicaSet "web", which controls the pod, would no longer select it and would create another one`},
		"StatefulSet": {controlled("apps/v1", "StatefulSet"), []metav1.Object{fargatetest.StatefulSet("web", runLabel(metav1.LabelSelectorOpNotIn, "on-fargate"))},
			`StatefulSet "web", which controls the pod, would no longer select it and would create another one`},
		"Job": {controlled("batch/v1", "Job"), []metav1.Object{fargatetest.Job("web", absent)},
			`Job "web", which controls the pod, would no longer select it and would create another one`},
		"it still selects": {controlled("apps/v1", "ReplicaSet"), []metav1.Object{fargatetest.ReplicaSet("web", other)}, ""},
		"it isn't known yet": {controlled("apps/v1", "ReplicaSet"), nil,
			`ReplicaSet "web", which controls the pod, could not be looked up: replicasets.apps "web" not found`},
		"invalid selector":      {controlled("apps/v1", "ReplicaSet"), []metav1.Object{fargatetest.ReplicaSet("web", runLabel("Roughly"))}, ""},
		"no selector":           {controlled("apps/v1", "ReplicaSet"), []metav1.Object{fargatetest.ReplicaSet("web", nil)}, ""},
		"controller of others":  {controlled("example.com/v1", "Widget"), nil, ""},
		"without a controller":  {unlabelled(), nil, ""},
		"ReplicationController": {controlled("v1", "ReplicationController"), []metav1.Object{fargatetest.ReplicationController("web", map[string]string{"app": "web"})}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			reader := fargatetest.In(fixtures.Namespace, c.objects...)
			var want []string
			if c.want != "" {
				want = []string{notInjected(policy.Warn, c.want)}
			}
			for _, p := range []*policy.Policy{policyWith(), policyWith(joinsAllowed)} {
				checkPhases(t, created(c.pod, reader, fixtureIndex(), p), c.want == "", want, nil, want)
			}
			if c.want != "" {
				refused := []string{notInjected(policy.Deny, c.want)}
				checkPhases(t, created(c.pod, reader, fixtureIndex(), policyWith(fargateOnly)), false, refused, nil, refused)
			}
		})
	}
}

// The pods of a template whose selector would release them are judged when the workload is applied.
func TestGuardKeepsSelectorOfTemplate(t *testing.T) {
	pod := unlabelled()
	template := corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "web"}, Spec: appsv1.DeploymentSpec{
		Template: template, Selector: runLabel(metav1.LabelSelectorOpDoesNotExist),
	}}
	problem := `Deployment "web" would no longer select its own pods`
	for _, p := range []*policy.Policy{policyWith(), policyWith(joinsAllowed)} {
		for _, reader := range []cluster.Reader{nil, &fargatetest.Cluster{}} {
			got := created(deployment, reader, fixtureIndex(), p)
			want := []string{notInjected(policy.Warn, problem)}
			checkMessages(t, got, want, want, want)
			if f := got.validating.Findings[0]; f.Field != "spec.template.metadata.labels" || !strings.HasPrefix(f.Remedy, "change its selector") {
				t.Errorf("got %+v", f)
			}
		}
	}
	deployment.Spec.Selector = fargatetest.MatchLabels("app", "web")
	if got := created(deployment, nil, fixtureIndex(), policyWith()); len(got.whole.Findings) > 0 || got.whole.Placement.Labels["run"] == "" {
		t.Errorf("%q, placement %+v", messages(&got.whole), got.whole.Placement)
	}
}

// Nothing starts or stops selecting a pod because of added labels (P4).
func TestGuardKeepsSelectors(t *testing.T) {
	run, set := map[string]string{"run": "on-fargate"}, fargatetest.MatchLabels("run", "on-fargate")
	absent := runLabel(metav1.LabelSelectorOpDoesNotExist)
	for name, c := range map[string]struct {
		object metav1.Object
		want   string
	}{
		"Service joins":               {fargatetest.Service("a", run), `Service "a" would start to select the pod`},
		"budget joins":                {fargatetest.PodDisruptionBudget("a", set), `PodDisruptionBudget "a" would start to select the pod`},
		"budget leaves":               {fargatetest.PodDisruptionBudget("a", absent), `PodDisruptionBudget "a" would stop selecting the pod`},
		"NetworkPolicy joins":         {fargatetest.NetworkPolicy("a", set), `NetworkPolicy "a" would start to select the pod`},
		"NetworkPolicy leaves":        {fargatetest.NetworkPolicy("a", absent), `NetworkPolicy "a" would stop selecting the pod`},
		"ReplicaSet joins":            {fargatetest.ReplicaSet("a", set), `ReplicaSet "a" would start to select the pod`},
		"ReplicaSet leaves":           {fargatetest.ReplicaSet("a", absent), `ReplicaSet "a" would stop selecting the pod`},
		"ReplicationController joins": {fargatetest.ReplicationController("a", run), `ReplicationController "a" would start to select the pod`},
		"StatefulSet joins":           {fargatetest.StatefulSet("a", set), `StatefulSet "a" would start to select the pod`},
		"DaemonSet joins":             {fargatetest.DaemonSet("a", set), `DaemonSet "a" would start to select the pod`},
		"Job joins":                   {fargatetest.Job("a", set), `Job "a" would start to select the pod`},
		"Service of the same app":     {fargatetest.Service("a", map[string]string{"app": "web"}), ""},
		"being deleted":               {deleted(fargatetest.Service("a", run)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var warned, refused []string
			if c.want != "" {
				warned, refused = []string{notInjected(policy.Warn, c.want)}, []string{notInjected(policy.Deny, c.want)}
			}
			reader := fargatetest.In(fixtures.Namespace, c.object)
			checkPhases(t, created(unlabelled(), reader, fixtureIndex(), policyWith()), c.want == "", warned, nil, warned)
			checkPhases(t, created(unlabelled(), reader, fixtureIndex(), policyWith(fargateOnly)), c.want == "", refused, nil, refused)
		})
	}
}

// What can't be looked up withholds the labels: it may select the pod (P8). Nothing is refused for
// that, where there are other nodes.
func TestGuardWithholdsWhenLookUpsFail(t *testing.T) {
	reader := &fargatetest.Cluster{Err: errors.New("the cache has not synced")}
	want := []string{notInjected(policy.Warn, "what selects the pod could not be looked up: look up the services: the cache has not synced")}
	checkPhases(t, created(unlabelled(), reader, fixtureIndex(), policyWith()), false, want, nil, want)
	checkPhases(t, created(unlabelled(), reader, fixtureIndex(), policyWith(joinsAllowed, resourcesOff)), true, nil, nil, nil)

	broken := &fargatetest.Cluster{Err: reader.Err, Broken: []string{"web"}}
	want = []string{notInjected(policy.Warn, `ReplicaSet "web", which controls the pod, could not be looked up: the cache has not synced`)}
	for _, p := range []*policy.Policy{policyWith(), policyWith(joinsAllowed)} {
		checkPhases(t, created(controlled("apps/v1", "ReplicaSet"), broken, fixtureIndex(), p), false, want, nil, want)
	}
}

// A pod that Fargate would refuse is left where it runs (P3, S39). Without other nodes it is
// refused as any other.
func TestGuardKeepsWhatFargateRefuses(t *testing.T) {
	pod := unlabelled()
	pod.Spec.HostNetwork = true
	const hostNetwork = "Deny host-namespaces: spec.hostNetwork must not be true"
	want := []string{notInjected(policy.Warn, "Fargate can't run it: spec.hostNetwork must not be true (host-namespaces)")}
	checkPhases(t, created(pod, &fargatetest.Cluster{}, fixtureIndex(), policyWith()), false, want, nil, want)
	checkPhases(t, created(pod, nil, fixtureIndex(), policyWith(joinsAllowed)), false, want, nil, want)
	refused := []string{hostNetwork}
	checkPhases(t, created(pod, &fargatetest.Cluster{}, fixtureIndex(), policyWith(fargateOnly)), true, refused, nil, refused)

	// A policy that only warns of it doesn't make it run there, one that turns the rule off says
	// that it does.
	checkPhases(t, created(pod, nil, fixtureIndex(), policyWith(ruled(rules.HostNamespaces, policy.Warn))), false, want, nil, want)
	off := created(pod, nil, fixtureIndex(), policyWith(ruled(rules.HostNamespaces, policy.Off)))
	if !off.mutating.Placement.Fargate || off.mutating.Placement.Labels["run"] == "" {
		t.Errorf("placement %+v", off.mutating.Placement)
	}
	// So it is with what is only warned of by default: nothing can listen on the port of the
	// kubelet.
	listening := unlabelled()
	listening.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 10250}}
	checkPhases(t, created(listening, nil, fixtureIndex(), policyWith()), false, []string{notInjected(policy.Warn,
		`Fargate can't run it: container "app" must not listen on port 10250: on Fargate the kubelet does (kubelet-port)`)}, nil,
		[]string{notInjected(policy.Warn, `Fargate can't run it: container "app" must not listen on port 10250: on Fargate the kubelet does (kubelet-port)`)})

	// Nobody can set up a container runtime, or user namespaces, on a Fargate node.
	isolated := unlabelled()
	isolated.Spec.RuntimeClassName, isolated.Spec.HostUsers = new("gvisor"), new(false)
	cannotStart := []string{notInjected(policy.Warn, `Fargate can't run it: spec.runtimeClassName is "gvisor", and Fargate is not known to have a handler for it (runtime-class); `+
		`spec.hostUsers (false) asks for a user namespace, which the kernel of Fargate nodes doesn't make: the pod will probably not start (host-users)`)}
	checkPhases(t, created(isolated, nil, fixtureIndex(), policyWith()), false, cannotStart, nil, cannotStart)

	// A pod that names its profile asks for one that can't take it.
	pinned := pod.DeepCopy()
	pinned.Labels[placement.ProfileLabel] = fixtures.Profile
	if d := created(pinned, nil, fixtureIndex(), policyWith()).validating; !slices.Equal(denied(&d), []policy.RuleID{rules.ProfilePin.ID}) {
		t.Errorf("%q", messages(&d))
	}

	// Many problems are counted.
	pod.Spec.HostPID, pod.Spec.HostIPC = true, true
	pod.Spec.Containers[0].SecurityContext.Privileged = new(true)
	pod.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}}}
	d := created(pod, nil, fixtureIndex(), policyWith()).validating
	if len(d.Findings) != 1 || !strings.HasSuffix(d.Findings[0].Message, "more problems") {
		t.Errorf("%q", messages(&d))
	}
}

// A label that identifies pods is withheld, whatever else (S38).
func TestGuardKeepsProtectedLabels(t *testing.T) {
	index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("karpenter", fargatetest.Selects(fixtures.Namespace, "app.kubernetes.io/name", "karpenter"))})
	problem := `the labels {app.kubernetes.io/name: "karpenter"} of Fargate profile "karpenter" are not added: label "app.kubernetes.io/name" identifies pods to Services and controllers`
	warned, refused := []string{"Warn not-injected: " + problem}, []string{"Deny not-injected: " + problem}
	checkPhases(t, created(unlabelled(), nil, index, policyWith()), false, warned, nil, warned)
	checkPhases(t, created(unlabelled(), nil, index, policyWith(joinsAllowed)), false, warned, nil, warned)
	checkPhases(t, created(unlabelled(), nil, index, policyWith(fargateOnly)), false, refused, nil, refused)
	checkPhases(t, created(unlabelled(), nil, index, policyWith(func(p *policy.Policy) { p.ProtectedLabels = nil })), true, nil, nil, nil)
}

// The validating phase doesn't report the labels as missing, whether they were withheld for
// themselves or for what they change.
func TestWithheldLabelsAreNotMissing(t *testing.T) {
	hostNetwork := unlabelled()
	hostNetwork.Spec.HostNetwork = true
	service := fargatetest.In(fixtures.Namespace, fargatetest.Service("a", map[string]string{"run": "on-fargate"}))
	for _, d := range []Decision{
		created(unlabelled(), service, fixtureIndex(), policyWith()).validating,
		created(hostNetwork, nil, fixtureIndex(), policyWith()).validating,
		created(unlabelled(), &fargatetest.Cluster{Err: errors.New("no cache")}, fixtureIndex(), policyWith()).validating,
	} {
		checkRules(t, d.Findings, rules.NotInjected)
	}
}

// resourcesOff leaves requests and limits alone.
func resourcesOff(p *policy.Policy) { p.Resources = policy.ResourcesOff }

// Beside labels that a guard withholds, another value of a profile's label is named.
func TestWithheldLabelsNameAnotherValue(t *testing.T) {
	index := profiles.NewIndex([]profiles.Profile{
		fargatetest.Profile("batch", fargatetest.Selects(fixtures.Namespace, "run", "on-fargate")),
		fargatetest.Profile("web", fargatetest.Selects(fixtures.Namespace, "team", "web")),
	})
	pod := fixtures.Pod()
	pod.Labels, pod.Spec.HostNetwork = map[string]string{"team": "web2"}, true
	d := Decide(pod, requestIn(WholeAdmission, nil), index, policyWith())
	const want = `; Fargate profile "web" requires team: web (the pod has "web2")`
	if !strings.HasSuffix(d.Placement.Reason, want) || len(d.Findings) != 1 || d.Findings[0].Rule != rules.NotInjected.ID || !strings.HasSuffix(d.Findings[0].Message, want) {
		t.Errorf("reason %q, findings %+v", d.Placement.Reason, d.Findings)
	}
}
