package fargate

import (
	"errors"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// inFixtures puts objects into a cluster, those without a namespace into that of the fixtures.
func inFixtures(objects ...metav1.Object) *fargatetest.Cluster {
	for _, object := range objects {
		if _, ok := object.(*storagev1.StorageClass); !ok {
			object.SetNamespace(fixtures.Namespace)
		}
	}
	return &fargatetest.Cluster{Objects: objects}
}

// templateOfWeb returns a template of pods with the label app: web, changed.
func templateOfWeb(change ...func(*corev1.PodTemplateSpec)) corev1.PodTemplateSpec {
	pod := fixtures.Pod()
	t := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}}, Spec: pod.Spec}
	for _, c := range change {
		c(&t)
	}
	return t
}

// setOfWeb returns the ReplicaSet of Deployment web with a template, and its selector.
func setOfWeb(template corev1.PodTemplateSpec) *appsv1.ReplicaSet {
	return &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Name: "web-1", OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", Controller: new(true)}},
		},
		Spec: appsv1.ReplicaSetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: template},
	}
}

// elsewhereCases are clusters in which no pod with the label app: web runs on Fargate, although a
// profile would take one with that label alone.
func elsewhereCases() map[string]*fargatetest.Cluster {
	spec := func(change func(*corev1.PodSpec)) *appsv1.ReplicaSet {
		return setOfWeb(templateOfWeb(func(t *corev1.PodTemplateSpec) { change(&t.Spec) }))
	}
	ec2 := func(t *corev1.PodTemplateSpec) {
		t.Annotations = map[string]string{placement.ComputeTypeKey: placement.ComputeTypeEC2}
	}
	optedOut := templateOfWeb(ec2)
	class := "gp3"
	stateful := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "db"}, Spec: appsv1.StatefulSetSpec{
		Template:             templateOfWeb(),
		VolumeClaimTemplates: []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}, Spec: corev1.PersistentVolumeClaimSpec{StorageClassName: &class}}},
	}}
	cron := &batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Name: "nightly"}}
	cron.Spec.JobTemplate.Spec.Template = optedOut
	budget := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "executors"},
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{fixtures.Label: fixtures.Value}}},
	}
	releasing := setOfWeb(templateOfWeb())
	releasing.Spec.Selector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: fixtures.Label, Operator: metav1.LabelSelectorOpDoesNotExist}}
	former, current := setOfWeb(templateOfWeb()), setOfWeb(optedOut)
	former.Name, former.Spec.Replicas = "web-0", new(int32)
	return map[string]*fargatetest.Cluster{
		"hostNetwork":                inFixtures(spec(func(s *corev1.PodSpec) { s.HostNetwork = true })),
		"hostPID":                    inFixtures(spec(func(s *corev1.PodSpec) { s.HostPID = true })),
		"nodeSelector":               inFixtures(spec(func(s *corev1.PodSpec) { s.NodeSelector = map[string]string{corev1.LabelArchStable: "arm64"} })),
		"schedulerName":              inFixtures(spec(func(s *corev1.PodSpec) { s.SchedulerName = "volcano" })),
		"nodeName":                   inFixtures(spec(func(s *corev1.PodSpec) { s.NodeName = "ip-192-0-2-1" })),
		"another value":              inFixtures(setOfWeb(templateOfWeb(func(t *corev1.PodTemplateSpec) { t.Labels[fixtures.Label] = "on-ec2" }))),
		"a claim template of EBS":    inFixtures(stateful, &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: class}, Provisioner: "ebs.csi.aws.com"}),
		"its ReplicaSet releases it": inFixtures(releasing),
		"a budget joins":             inFixtures(setOfWeb(templateOfWeb()), budget),
		"opted out":                  inFixtures(setOfWeb(optedOut)),
		"former revision":            inFixtures(former, current),
		"bare Pod, opted out":        inFixtures(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: optedOut.Labels, Annotations: optedOut.Annotations}}),
		"CronJob, opted out":         inFixtures(cron),
		"ReplicationController":      inFixtures(&corev1.ReplicationController{ObjectMeta: metav1.ObjectMeta{Name: "old"}, Spec: corev1.ReplicationControllerSpec{Template: &optedOut}}),
		"DaemonSet":                  inFixtures(&appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "agent"}, Spec: appsv1.DaemonSetSpec{Template: templateOfWeb()}}),
	}
}

// What leads traffic to pods that stay off Fargate is never refused or changed, and nothing says
// that they run there; a warning names the opt-out.
func TestTrafficOfPodsElsewhere(t *testing.T) {
	instance := annotated(lbc.ServiceTargetTypeAnnotation, lbc.TargetTypeInstance)
	toWeb := bySelector("app", "web")
	cases := elsewhereCases()
	for name, known := range elsewhereCases() {
		cases[name+", cached"] = inCaches(known)
	}
	for name, known := range cases {
		for kind, service := range map[string]*corev1.Service{
			"NodePort":               webService(corev1.ServiceTypeNodePort, toWeb),
			"LoadBalancer":           webService(corev1.ServiceTypeLoadBalancer, toWeb),
			"LoadBalancer, instance": webService(corev1.ServiceTypeLoadBalancer, toWeb, instance),
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				for _, phase := range []Phase{Mutating, Validating, WholeAdmission} {
					d := Decide(service, withReader(requestIn(phase, nil), known), fixtureIndex(), policyWith(rewriting))
					checkElsewhere(t, &d, kind != "LoadBalancer" && phase != Mutating)
				}
			})
		}
		t.Run(name+"/Ingress", func(t *testing.T) {
			reader := &fargatetest.Cluster{Objects: append([]metav1.Object{
				&corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: fixtures.Namespace}, Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "web"}}},
				ingressClass("alb", lbc.IngressController, "", "", ""),
			}, known.Objects...)}
			silent := Decide(ingressTo("alb", "web"), withReader(requestIn(WholeAdmission, nil), reader), fixtureIndex(), policyWith())
			checkElsewhere(t, &silent, false)
			stated := Decide(noting(ingressTo("alb", "web"), albTargetType, "instance"), withReader(requestIn(WholeAdmission, nil), reader), fixtureIndex(), policyWith())
			checkElsewhere(t, &stated, true)
			groups := Decide(groupsOf("web", "-", "instance"), withReader(requestIn(WholeAdmission, nil), reader), fixtureIndex(), policyWith())
			checkElsewhere(t, &groups, true)
		})
	}
}

// checkElsewhere checks that a decision changes and refuses nothing and says nothing untrue, and
// whether it warns.
func checkElsewhere(t *testing.T, d *Decision, warns bool) {
	t.Helper()
	if len(d.Patch) > 0 || d.Placement.Fargate || (len(d.Findings) > 0) != warns {
		t.Errorf("patch %s, placement %+v, findings %q", patchText(t, d.Patch), d.Placement, messages(d))
	}
	for _, f := range d.Findings {
		if f.Action != policy.Warn || strings.Contains(f.Message, "selects") || strings.Contains(f.Message, ", which run") || !strings.Contains(f.Remedy, placement.OptOut) {
			t.Errorf("%s %s; remedy %s", f.Action, f.Message, f.Remedy)
		}
	}
}

// Where some known pods run on Fargate, the Service is refused, and the workload is named.
func TestTrafficOfSomePodsOnFargate(t *testing.T) {
	on := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "api", Namespace: fixtures.Namespace}, Spec: appsv1.StatefulSetSpec{Template: templateOfWeb()}}
	for name, known := range elsewhereCases() {
		if name == "a budget joins" || name == "its ReplicaSet releases it" {
			continue // neither would these pods get labels
		}
		known.Objects = append(known.Objects, on)
		d := Decide(webService(corev1.ServiceTypeNodePort, bySelector("app", "web")), withReader(requestIn(WholeAdmission, nil), known), fixtureIndex(), policyWith())
		const want = `Deny node-port: this NodePort Service selects pods of StatefulSet "api", which run on Fargate (profile each-test), and a Fargate node serves no node ports`
		if got := strings.Join(messages(&d), "; "); got != want || d.Placement.Profile != fixtures.Profile {
			t.Errorf("%s: %s; placement %+v", name, got, d.Placement)
		}
	}
}

// Where nothing makes such pods yet and labels are withheld from any of them, nothing is refused.
func TestTrafficOfPodsThatGetNoLabels(t *testing.T) {
	other := inFixtures(fargatetest.Service("executors", map[string]string{fixtures.Label: fixtures.Value}))
	d := Decide(webService(corev1.ServiceTypeNodePort, bySelector("app", "web")), withReader(requestIn(WholeAdmission, nil), other), fixtureIndex(), policyWith())
	checkElsewhere(t, &d, true)
}

// A look-up that failed refuses and changes nothing, and is never all right (P8).
func TestTrafficLookUpFails(t *testing.T) {
	broken := &fargatetest.Cluster{Err: errors.New("the cache has not synced")}
	for want, service := range map[string]*corev1.Service{
		"node-port":            webService(corev1.ServiceTypeNodePort),
		"load-balancer-target": webService(corev1.ServiceTypeLoadBalancer),
	} {
		for _, phase := range []Phase{Mutating, Validating, WholeAdmission} {
			d := Decide(service, withReader(requestIn(phase, nil), broken), fixtureIndex(), policyWith(rewriting))
			checkElsewhere(t, &d, phase != Mutating)
			for _, f := range d.Findings {
				if string(f.Rule) != want || !strings.Contains(f.Message, "what makes its pods could not be looked up: the cache has not synced") {
					t.Errorf("%s: %s", f.Rule, f.Message)
				}
			}
		}
	}
}

// An Ingress and a TargetGroupConfiguration that state no target type get none where it can't be
// looked up what their Services lead to, and a warning says so.
func TestBackendLookUpFails(t *testing.T) {
	reader := halfBroken{trafficCluster()}
	for field, object := range map[string]runtime.Object{
		"metadata.annotations[" + albTargetType + "]": ingressTo("alb", "web"),
		objects.DefaultTargetType:                     groupsOf("web", "-"),
	} {
		d := Decide(object, Request{Operation: OperationCreate, Namespace: "apps", Cluster: reader}, trafficIndex(), policyWith())
		const unknown = `Service "web" may select pods that run on Fargate: what makes its pods could not be looked up: not synced`
		if len(d.Patch) > 0 || len(d.Findings) != 1 || d.Findings[0].Action != policy.Warn || d.Findings[0].Field != field || !strings.Contains(d.Findings[0].Message, unknown) {
			t.Errorf("patch %s, %+v", patchText(t, d.Patch), d.Findings)
		}
	}
}

// halfBroken is a cluster whose StatefulSets can't be listed.
type halfBroken struct{ *fargatetest.Cluster }

func (h halfBroken) List(kind *cluster.Kind, namespace string) ([]metav1.Object, error) {
	if kind == cluster.StatefulSets {
		return nil, errors.New("not synced")
	}
	return h.Cluster.List(kind, namespace)
}
