package fargate

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

const addedAt = "/metadata/annotations/fargate-webhook~1added"

// keptCase is an update, and what the mutating phase changes in it.
type keptCase[T runtime.Object] struct {
	old, now T
	change   func(*policy.Policy)
	want     string
}

func checkKept[T runtime.Object](t *testing.T, cases map[string]keptCase[T], namespace func(*Request), change ...func(*policy.Policy)) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			request := requestIn(Mutating, c.old)
			if namespace != nil {
				namespace(&request)
			}
			changes := change
			if c.change != nil {
				changes = append(changes, c.change)
			}
			d := Decide(c.now, request, fixtureIndex(), policyWith(changes...))
			if got := patchText(t, d.Patch); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// An update gets back the annotations that were added when the Service was created, unless it sets
// them, or says that it removes them.
func TestServiceKeepsItsAnnotations(t *testing.T) {
	const (
		kind, target = lbc.ServiceTypeAnnotation, lbc.ServiceTargetTypeAnnotation
		both         = target + "," + kind
		whole        = `add /metadata/annotations {"fargate-webhook/added":"` + both + `","` + target + `":"ip","` + kind + `":"external"}`
		at           = "/metadata/annotations/service.beta.kubernetes.io~1aws-load-balancer-"
		addTarget    = "add " + at + `nlb-target-type "ip"`
		addType      = "add " + at + `type "external"`
	)
	balanced := corev1.ServiceTypeLoadBalancer
	created := webService(balanced, annotated(kind, "external", target, "ip", kinds.AddedAnnotation, both))
	bare := webService(balanced)
	deletedNow := deleted(webService(balanced))
	checkKept(t, map[string]keptCase[*corev1.Service]{
		"all left out":              {old: created, now: bare, want: whole},
		"others stated":             {old: created, now: webService(balanced, annotated("a", "b")), want: "add " + addedAt + ` "` + both + `"; ` + addTarget + "; " + addType},
		"one stated":                {old: created, now: webService(balanced, annotated(target, "ip")), want: "add " + addedAt + ` "` + kind + `"; ` + addType},
		"one changed on purpose":    {old: created, now: webService(balanced, annotated(target, "instance")), want: "add " + addedAt + ` "` + kind + `"; ` + addType},
		"all changed on purpose":    {old: created, now: webService(balanced, annotated(target, "instance", kind, "nlb"))},
		"set to nothing":            {old: created, now: webService(balanced, annotated(target, "", kind, ""))},
		"only the record is kept":   {old: created, now: webService(balanced, annotated(kinds.AddedAnnotation, both)), want: addTarget + "; " + addType},
		"removed on purpose":        {old: created, now: webService(balanced, annotated(kinds.AddedAnnotation, ""))},
		"one removed on purpose":    {old: created, now: webService(balanced, annotated(kinds.AddedAnnotation, kind)), want: addType},
		"a record that says more":   {old: webService(balanced, annotated(kind, "external", kinds.AddedAnnotation, kind)), now: webService(balanced, annotated(kinds.AddedAnnotation, both)), want: addType},
		"opted out":                 {old: created, now: webService(balanced, annotated(placement.ComputeTypeKey, "ec2"))},
		"changed before":            {old: webService(balanced, annotated(kind, "nlb", kinds.AddedAnnotation, kind)), now: bare},
		"stated by somebody":        {old: webService(balanced, annotated(kind, "external", target, "ip")), now: bare},
		"another annotation":        {old: webService(balanced, annotated("a", "b", kinds.AddedAnnotation, "a")), now: bare},
		"never had any":             {old: bare, now: bare},
		"becomes ClusterIP":         {old: created, now: webService(corev1.ServiceTypeClusterIP)},
		"pods elsewhere now":        {old: created, now: webService(balanced, bySelector(fixtures.Label, "elsewhere")), want: whole},
		"being deleted":             {old: created, now: deletedNow},
		"the rule Off":              {old: created, now: bare, change: ruled(objects.LoadBalancerTarget, policy.Off)},
		"an exempt namespace":       {old: created, now: bare, change: exempting(fixtures.Namespace)},
		"mode Observe":              {old: created, now: bare, change: func(p *policy.Policy) { p.Mode = policy.ModeObserve }},
		"NodePort that was created": {old: webService(corev1.ServiceTypeNodePort, annotated(kinds.AddedAnnotation, both)), now: bare},
	}, nil)
}

func TestIngressKeepsItsAnnotation(t *testing.T) {
	const whole = `add /metadata/annotations {"alb.ingress.kubernetes.io/target-type":"ip","fargate-webhook/added":"alb.ingress.kubernetes.io/target-type"}`
	set := func(pairs ...string) *networkingv1.Ingress {
		ingress := ingressTo("alb", "web")
		for i := 0; i < len(pairs); i += 2 {
			ingress = noting(ingress, pairs[i], pairs[i+1])
		}
		if len(pairs) == 0 {
			ingress.Annotations = nil
		}
		return ingress
	}
	created := set(albTargetType, "ip", kinds.AddedAnnotation, albTargetType)
	nginx := set()
	*nginx.Spec.IngressClassName = "nginx"
	checkKept(t, map[string]keptCase[*networkingv1.Ingress]{
		"left out":           {old: created, now: set(), want: whole},
		"changed on purpose": {old: created, now: set(albTargetType, "instance")},
		"removed on purpose": {old: created, now: set(kinds.AddedAnnotation, "")},
		"opted out":          {old: created, now: set(placement.ComputeTypeKey, "ec2")},
		"another class":      {old: created, now: nginx},
		"never had it":       {old: set(), now: set()},
		"the rule Off":       {old: created, now: set(), change: ruled(objects.IngressTarget, policy.Off)},
	}, func(r *Request) { r.Cluster = trafficCluster() })
}

func TestTargetGroupsKeepTheirDefault(t *testing.T) {
	recording := func(c *lbc.TargetGroupConfiguration, record string) *lbc.TargetGroupConfiguration {
		c.Annotations = map[string]string{kinds.AddedAnnotation: record}
		return c
	}
	created := recording(groupsOf("web", "ip"), objects.DefaultTargetType)
	checkKept(t, map[string]keptCase[*lbc.TargetGroupConfiguration]{
		"left out":           {old: created, now: groupsOf("web"), want: wholeDefault},
		"empty":              {old: created, now: groupsOf("web", "-"), want: defaultType},
		"record kept":        {old: created, now: recording(groupsOf("web"), objects.DefaultTargetType), want: `add /spec/defaultConfiguration {"targetType":"ip"}`},
		"changed on purpose": {old: created, now: groupsOf("web", "instance")},
		"removed on purpose": {old: created, now: recording(groupsOf("web"), "")},
		"changed before":     {old: recording(groupsOf("web", "instance"), objects.DefaultTargetType), now: groupsOf("web")},
		"never had it":       {old: groupsOf("web", "ip"), now: groupsOf("web")},
		"pods elsewhere now": {old: created, now: groupsOf("legacy"), want: wholeDefault},
		"the rule Off":       {old: created, now: groupsOf("web"), change: ruled(objects.GatewayTarget, policy.Off)},
	}, func(r *Request) { r.Cluster = trafficCluster() })
}

// A steered DaemonSet keeps its node affinity when an update leaves out exactly what was added.
func TestDaemonSetKeepsItsAffinity(t *testing.T) {
	const record = `add /metadata/annotations {"fargate-webhook/added":"spec.template.spec.affinity"}`
	off := corev1.NodeSelectorRequirement{Key: placement.ComputeTypeKey, Operator: corev1.NodeSelectorOpNotIn, Values: []string{"fargate"}}
	zone := corev1.NodeSelectorRequirement{Key: corev1.LabelTopologyZone, Operator: corev1.NodeSelectorOpIn, Values: []string{"a"}}
	set := func(record string, requirements ...corev1.NodeSelectorRequirement) *appsv1.DaemonSet {
		s := agent(nil)
		s.Spec.Template.Labels = map[string]string{fixtures.Label: fixtures.Value}
		if len(requirements) > 0 {
			s.Spec.Template.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
				NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: requirements}},
			}}}
		}
		if record != "-" {
			s.Annotations = map[string]string{kinds.AddedAnnotation: record}
		}
		return s
	}
	const terms = "/spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions"
	const requirement = `{"key":"eks.amazonaws.com/compute-type","operator":"NotIn","values":["fargate"]}`
	all := `add /spec/template/spec/affinity {"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[` + requirement + `]}]}}}`
	optedOut := set("-")
	optedOut.Annotations = map[string]string{placement.ComputeTypeKey: "ec2"}
	elsewhere := set("-")
	elsewhere.Spec.Template.Labels = nil
	checkKept(t, map[string]keptCase[*appsv1.DaemonSet]{
		"left out":                 {old: set(steeredPath, off), now: set("-"), want: all + "; " + record},
		"record kept":              {old: set(steeredPath, off), now: set(steeredPath), want: all},
		"one of two requirements":  {old: set(steeredPath, zone, off), now: set("-", zone), want: "add " + terms + "/- " + requirement + "; " + record},
		"another affinity":         {old: set(steeredPath, off), now: set("-", zone)},
		"the affinity stays":       {old: set(steeredPath, off), now: set("-", off)},
		"removed on purpose":       {old: set(steeredPath, off), now: set("")},
		"stated by somebody":       {old: set("-", off), now: set("-")},
		"opted out":                {old: set(steeredPath, off), now: optedOut},
		"no longer of the profile": {old: set(steeredPath, off), now: elsewhere, want: all + "; " + record},
		"no longer steered":        {old: set(steeredPath, off), now: set("-"), change: func(p *policy.Policy) { p.SteerDaemonSets = false }},
	}, nil, steering)
}
