package prefilter

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/matchtest"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// strict returns a policy under which every rule about pods warns or refuses.
func strict() *policy.Policy {
	p := policy.Default()
	p.Exempt = policy.Exemptions{}
	return &p
}

// everywhere is a profile that selects every namespace.
func everywhere() *profiles.Index {
	return profiles.NewIndex([]profiles.Profile{fargatetest.Profile("every", fargatetest.Selects("*"))})
}

// compiled compiles an expression with the API server's code.
func compiled(t matchtest.Tester, expression string) matchconditions.Matcher {
	t.Helper()
	return matchtest.New().Compile(t, []kinds.Condition{{Name: "prefilter", Expression: expression}})
}

// sends reports whether a new pod meets an expression. None may fail: that would refuse the pod.
func sends(t matchtest.Tester, m matchconditions.Matcher, pod *corev1.Pod) bool {
	t.Helper()
	result := matchtest.Match(m, matchtest.Attributes(pod, nil, "CREATE", fixtures.Namespace))
	if result.Error != nil {
		t.Fatalf("%v for %s", result.Error, text(pod))
	}
	return result.Matches
}

func text(pod *corev1.Pod) string {
	data, err := json.Marshal(pod)
	if err != nil {
		return err.Error()
	}
	return string(data[:min(len(data), 4000)])
}

// claimedByEKS returns a pod as EKS changes it when it claims it (F2.5).
func claimedByEKS(pod *corev1.Pod) *corev1.Pod {
	out := pod.DeepCopy()
	metav1.SetMetaDataLabel(&out.ObjectMeta, placement.ProfileLabel, "every")
	out.Spec.SchedulerName, out.Spec.PriorityClassName = placement.Scheduler, placement.PriorityClass
	return out
}

// takenByEvery is what the registration says of a pod that the profile takes as it stands.
const takenByEvery = `!has(object.spec.nodeName) && !(has(object.metadata.labels) && "` + placement.ProfileLabel + `" in object.metadata.labels)`

// unclaimed returns a pod that the profile takes, as it is without EKS's claim.
func unclaimed(pod *corev1.Pod) *corev1.Pod {
	out := pod.DeepCopy()
	delete(out.Labels, placement.ProfileLabel)
	out.Spec.SchedulerName, out.Spec.PriorityClassName = corev1.DefaultSchedulerName, ""
	return out
}

// admitted returns a pod as it is when it is judged: with the API server's defaults, our changes and
// EKS's claim.
func admitted(t rapid.TB, pod *corev1.Pod, p *policy.Policy) *corev1.Pod {
	t.Helper()
	out := pod.DeepCopy()
	out.Spec = *fargatetest.Defaulted(&out.Spec)
	if out.Spec.RestartPolicy == "" {
		out.Spec.RestartPolicy = corev1.RestartPolicyAlways
	}
	decision := fargate.Decide(out, fargate.Request{Operation: fargate.OperationCreate, Phase: fargate.Mutating, Namespace: fixtures.Namespace, Cluster: &fargatetest.Cluster{}}, everywhere(), p)
	return claimedByEKS(fargatetest.Patched(t, out, decision.Patch))
}

// found returns the rules that have a finding in a pod that is judged.
func found(pod *corev1.Pod, p *policy.Policy) []string {
	request := fargate.Request{Operation: fargate.OperationCreate, Phase: fargate.Validating, Namespace: fixtures.Namespace, Cluster: &fargatetest.Cluster{}}
	var ids []string
	for _, f := range fargate.Decide(pod, request, everywhere(), p).Findings {
		ids = append(ids, string(f.Rule))
	}
	return ids
}

// ofManifests returns the pods, and the pods of the templates, in the manifests below folders beside
// the repository, nil if they aren't there.
func ofManifests(t *testing.T, folders ...string) []*corev1.Pod {
	t.Helper()
	var pods []*corev1.Pod
	for _, folder := range folders {
		_ = filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err != nil {
				return fs.SkipAll // the folder isn't there
			}
			if ext := filepath.Ext(path); entry.IsDir() || ext != ".yaml" && ext != ".yml" && ext != ".json" {
				return nil
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for document := range strings.SplitSeq("\n"+string(content), "\n---") {
				var value any
				if yaml.Unmarshal([]byte(document), &value) == nil {
					pods = podsIn(pods, value)
				}
			}
			return nil
		})
	}
	return pods
}

// podsIn adds what has a spec with containers, wherever it is.
func podsIn(pods []*corev1.Pod, value any) []*corev1.Pod {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			pods = podsIn(pods, item)
		}
	case map[string]any:
		if spec, ok := v["spec"].(map[string]any); ok && spec["containers"] != nil {
			pod := &corev1.Pod{}
			if data, err := json.Marshal(v); err == nil && json.Unmarshal(data, pod) == nil {
				pod.Spec.NodeName = ""
				return append(pods, pod)
			}
		}
		for _, item := range v {
			pods = podsIn(pods, item)
		}
	}
	return pods
}
