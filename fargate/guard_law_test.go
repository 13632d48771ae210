package fargate

import (
	"errors"
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// unsuited are changes with which Fargate refuses a pod, or can't run it.
var unsuited = map[string]func(*corev1.PodSpec){
	"hostNetwork": func(s *corev1.PodSpec) { s.HostNetwork = true },
	"hostPID":     func(s *corev1.PodSpec) { s.HostPID = true },
	"hostPort": func(s *corev1.PodSpec) {
		s.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80}}
	},
	"privileged": func(s *corev1.PodSpec) {
		s.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: new(true)}
	},
	"hostPath": func(s *corev1.PodSpec) {
		s.Volumes = append(s.Volumes, corev1.Volume{Name: "host", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}})
	},
	"claim": func(s *corev1.PodSpec) {
		s.Volumes = append(s.Volumes, corev1.Volume{Name: "ebs", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "ebs"},
		}})
	},
	"gpu": func(s *corev1.PodSpec) {
		s.Containers[0].Resources.Limits = corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("1")}
	},
	"too large": func(s *corev1.PodSpec) {
		s.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("17")}
	},
	"arm64":     func(s *corev1.PodSpec) { s.NodeSelector = map[string]string{corev1.LabelArchStable: "arm64"} },
	"scheduler": func(s *corev1.PodSpec) { s.SchedulerName = "volcano" },
}

// guarded is a pod that may be given labels, and what is there when it is created.
type guarded struct {
	pod    *corev1.Pod
	index  *profiles.Index
	reader *fargatetest.Cluster
	policy *policy.Policy
}

// drawGuarded draws a pod, maybe one that Fargate can't run or that a controller created, profiles
// that may take it with more labels, and objects that may select it.
func drawGuarded(t *rapid.T) guarded {
	pod, index := podInNeed(t)
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(unsuited))), 0, 2, rapid.ID[string]).Draw(t, "unsuited") {
		unsuited[name](&pod.Spec)
	}
	keys, values := []string{"a", "b", "c", placement.ProfileLabel}, []string{"1", "2", "p", "q"}
	reader := fargatetest.Selecting(fixtures.Namespace, keys, values).Draw(t, "cluster")
	for _, object := range reader.Objects {
		var kind cluster.Kind
		for _, k := range cluster.Kinds {
			if k.Holds(object) {
				kind = *k
			}
		}
		own := slices.Contains([]string{"ReplicaSet", "ReplicationController", "StatefulSet", "Job"}, kind.Kind) && fargatetest.Matches(object, pod.Labels)
		if own && rapid.Bool().Draw(t, "owned") {
			version := kind.Version
			if kind.Group != "" {
				version = kind.Group + "/" + version
			}
			pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: version, Kind: kind.Kind, Name: object.GetName(), Controller: new(true)}}
			break
		}
	}
	return guarded{pod: pod, index: index, reader: reader, policy: policyWith(func(p *policy.Policy) {
		p.Resources = rapid.SampledFrom([]policy.Resources{policy.ResourcesFit, policy.ResourcesLimits, policy.ResourcesOff}).Draw(t, "resources")
		if rapid.IntRange(0, 3).Draw(t, "only warns") == 0 {
			for _, rule := range catalog.All() {
				if rule.Default == policy.Deny {
					ruled(rule, policy.Warn)(p)
				}
			}
		}
		if rapid.Bool().Draw(t, "protected") {
			p.ProtectedLabels = []profiles.Pattern{profiles.NewPattern("a")}
		}
	})}
}

func (g *guarded) decide(pod *corev1.Pod, phase Phase, reader cluster.Reader) Decision {
	return Decide(pod, withReader(requestIn(phase, nil), reader), g.index, g.policy)
}

// claimedBy returns a pod as EKS claims it, if a profile takes it as it stands.
func (g *guarded) claimedBy(pod *corev1.Pod) (claimed *corev1.Pod, ok bool) {
	place := placement.Place(fixtures.Namespace, &pod.ObjectMeta, &pod.Spec, g.index, placement.Adds{Labels: policy.LabelsOff})
	if !place.Fargate {
		return pod, false
	}
	claimed = pod.DeepCopy()
	metav1.SetMetaDataLabel(&claimed.ObjectMeta, placement.ProfileLabel, place.Profile)
	claimed.Spec.SchedulerName = placement.Scheduler
	return claimed, true
}

func denied(d *Decision) (ids []policy.RuleID) {
	for _, f := range d.Findings {
		if f.Action == policy.Deny {
			ids = append(ids, f.Rule)
		}
	}
	return ids
}

// P3: where there are other nodes, a pod that EKS wouldn't have claimed is never refused. If it is
// given labels, Fargate runs it.
func TestLawNoPodIsMovedToWhereItCannotRun(t *testing.T) {
	added, withheld := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		g := drawGuarded(t)
		if _, ok := g.claimedBy(g.pod); ok {
			t.Skip("it runs on Fargate as it stands")
		}
		d := g.decide(g.pod, Mutating, g.reader)
		if ids := denied(&d); len(ids) > 0 {
			t.Errorf("refused while it is mutated: %v", ids)
		}
		after := patched(t, g.pod, d.Patch)
		claimed, ok := g.claimedBy(after)
		if ok != d.Placement.Fargate || ok && !d.Placement.AddsSelectorLabels() || !ok && len(d.Patch) > 0 {
			t.Errorf("claimed: %v, placement %+v, patch %s", ok, d.Placement, patchText(t, d.Patch))
		}
		if ok {
			added++
			// What a policy only warns of doesn't run there either.
			g.policy.Rules = nil
		}
		if d.Placement.Withheld != nil {
			withheld++
		}
		for name, pod := range map[string]*corev1.Pod{"claimed": claimed, "not claimed yet": after} {
			if v := g.decide(pod, Validating, g.reader); len(denied(&v)) > 0 {
				t.Errorf("%s, with the labels %v: refused for %v", name, pod.Labels, denied(&v))
			}
		}
	})
	if added == 0 || withheld == 0 {
		t.Errorf("labels were added to %d pods and withheld from %d", added, withheld)
	}
}

// P4: admission changes nothing about which Services, PodDisruptionBudgets, NetworkPolicies and
// controllers select a pod, unless EKS claims it as it stands.
func TestLawNoLabelChangesWhoSelectsThePod(t *testing.T) {
	added, selected := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		g := drawGuarded(t)
		if _, ok := g.claimedBy(g.pod); ok {
			t.Skip("EKS labels it by itself")
		}
		d := g.decide(g.pod, Mutating, g.reader)
		claimed, ok := g.claimedBy(patched(t, g.pod, d.Patch))
		if ok {
			added++
		}
		for _, object := range g.reader.Objects {
			before, after := fargatetest.Matches(object, g.pod.Labels), fargatetest.Matches(object, claimed.Labels)
			if before != after {
				t.Errorf("%T %q selects the pod: before %v, after %v; labels %v, then %v", object, object.GetName(), before, after, g.pod.Labels, claimed.Labels)
			}
			if ok && before {
				selected++
			}
		}
		for key := range d.Placement.Labels {
			for _, protected := range g.policy.ProtectedLabels {
				if protected.Match(key) {
					t.Errorf("the protected label %s is added", key)
				}
			}
		}
	})
	if added == 0 || selected == 0 {
		t.Errorf("labels were added to %d pods; %d objects select such a pod", added, selected)
	}
}

// P8: a look-up that failed adds no label, and refuses no pod that would have run elsewhere.
// Afterwards nothing is missing either.
func TestLawFailedLookUpChangesNothing(t *testing.T) {
	lacking := 0
	rapid.Check(t, func(t *rapid.T) {
		g := drawGuarded(t)
		if _, ok := g.claimedBy(g.pod); ok {
			t.Skip("it runs on Fargate as it stands")
		}
		broken := &fargatetest.Cluster{Err: errors.New("the cache has not synced")}
		d := g.decide(g.pod, Mutating, broken)
		if len(d.Patch) > 0 || d.Placement.Fargate || len(denied(&d)) > 0 {
			t.Errorf("patch %s, placement %+v, refused for %v", patchText(t, d.Patch), d.Placement, denied(&d))
		}
		v := g.decide(g.pod, Validating, broken)
		if len(denied(&v)) > 0 {
			t.Errorf("refused for %v", denied(&v))
		}
		if slices.ContainsFunc(v.Findings, func(f rules.Finding) bool { return f.Rule == rules.NotInjected.ID }) {
			lacking++
		}
	})
	if lacking == 0 {
		t.Error("no pod lacked a label")
	}
}
