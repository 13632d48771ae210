package fargate

import (
	"encoding/json"
	"testing"

	"fargate-webhook/fargate/fargatetest"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// The patch adds as little as keeps Fargate nodes out.
func TestSteerPatch(t *testing.T) {
	const requirement = `{"key":"eks.amazonaws.com/compute-type","operator":"NotIn","values":["fargate"]}`
	const selector = `{"nodeSelectorTerms":[{"matchExpressions":[` + requirement + `]}]}`
	const nodes = `{"requiredDuringSchedulingIgnoredDuringExecution":` + selector + `}`
	const path = `/spec/template/spec/affinity`
	const terms = path + `/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/`
	add := func(path, value string) string { return `{"op":"add","path":"` + path + `","value":` + value + `}` }
	for name, c := range map[string]struct{ spec, want string }{
		"no affinity":                    {`{}`, `[` + add(path, `{"nodeAffinity":`+nodes+`}`) + `]`},
		"pod affinity":                   {`{"affinity":{"podAffinity":{}}}`, `[` + add(path+"/nodeAffinity", nodes) + `]`},
		"no required affinity":           {`{"affinity":{"nodeAffinity":{}}}`, `[` + add(path+"/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution", selector) + `]`},
		"excludes Fargate nodes already": {`{"nodeSelector":{"kubernetes.io/os":"windows"}}`, `null`},
		"zone, GPU, empty, by name, not by name": {
			`{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[
				{"matchExpressions":[{"key":"topology.kubernetes.io/zone","operator":"In","values":["a"]}]},
				{"matchExpressions":[{"key":"gpu","operator":"Exists"}]},
				{},
				{"matchFields":[{"key":"metadata.name","operator":"In","values":["a"]}]},
				{"matchFields":[{"key":"metadata.name","operator":"NotIn","values":["a"]}]}]}}}}`,
			`[` + add(terms+`0/matchExpressions/-`, requirement) + `,` + add(terms+`4/matchExpressions`, `[`+requirement+`]`) + `]`,
		},
	} {
		var spec corev1.PodSpec
		if err := json.Unmarshal([]byte(c.spec), &spec); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, string(fargatetest.JSON(t, steer(&spec)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
