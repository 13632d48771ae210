package custom

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

func decode(data []byte, into any) ([]string, error) {
	strict, err := kjson.UnmarshalStrict(data, into)
	var unknown []string
	for _, problem := range strict {
		unknown = append(unknown, problem.Error())
	}
	return unknown, err
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o, err := Object(data)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"example.com/Widget=spec.template":   "",
		"/PodTemplate=template":              "",
		"a.b/C=spec.list[*].of.*.template":   "",
		"Widget=spec.template":               `must be "group/kind=path"`,
		"a/b/C=spec":                         `must be "group/kind=path"`,
		"a/=spec":                            `must be "group/kind=path"`,
		"a/C":                                `must be "group/kind=path"`,
		"a/C=":                               "must be names separated by dots",
		"a/C=spec..template":                 "must be names separated by dots",
		"a/C=spec.list[0].template":          "must be names separated by dots",
		"a/C=spec.te*":                       "must be names separated by dots",
		"a/C=.spec":                          "must be names separated by dots",
		"example.com/Widget=spec.pods[*]..x": "must be names separated by dots",
		"a/C=spec.steps[*][*].pod":           "",
		"apps/Deployment=spec.template":      "names a kind that is judged anyway",
		"/Pod=spec":                          "names a kind that is judged anyway",
	} {
		_, err := Parse(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", text, err, want)
		}
	}
}

// The paths of the table can be written as those of users.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for i := range Table {
		w := &Table[i]
		if id := w.Group + "/" + w.Kind; seen[id] {
			t.Errorf("%s is there twice", id)
		} else {
			seen[id] = true
		}
		for _, path := range w.Paths {
			if _, err := Parse(w.Group + "/" + w.Kind + "=" + path); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestTemplates(t *testing.T) {
	const template = `{metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}`
	for name, c := range map[string]struct {
		kind, text string
		more       string
		// want are path, the path in the object of the first container, and its name.
		want [][3]string
		none string
	}{
		"a template": {kind: "argoproj.io/v1alpha1 Rollout", text: `spec: {selector: {matchLabels: {a: b}}, template: ` + template + `}`,
			want: [][3]string{{"spec.template", "spec.template.spec.containers[0]", "c"}}},
		"in the root": {kind: "v1 PodTemplate", text: `template: ` + template, want: [][3]string{{"template", "template.spec.containers[0]", "c"}}},
		"in a list and a map": {kind: "ray.io/v1 RayCluster", text: `spec: {headGroupSpec: {template: ` + template + `}, workerGroupSpecs: [{template: ` + template + `}, {}, 7]}`,
			want: [][3]string{{"spec.headGroupSpec.template", "spec.headGroupSpec.template.spec.containers[0]", "c"}, {"spec.workerGroupSpecs[0].template", "spec.workerGroupSpecs[0].template.spec.containers[0]", "c"}}},
		"by role": {kind: "kubeflow.org/v1 PyTorchJob", text: `spec: {pytorchReplicaSpecs: {Worker: {template: ` + template + `}, Master: {template: ` + template + `}}}`,
			want: [][3]string{{"spec.pytorchReplicaSpecs.Master.template", "spec.pytorchReplicaSpecs.Master.template.spec.containers[0]", "c"}, {"spec.pytorchReplicaSpecs.Worker.template", "spec.pytorchReplicaSpecs.Worker.template.spec.containers[0]", "c"}}},
		"Argo": {kind: "argoproj.io/v1alpha1 CronWorkflow", text: `spec: {workflowSpec: {hostNetwork: true, templates: [{name: a, container: {image: i}, sidecars: [{name: s, image: i}]}, {name: b, steps: []}, {name: s, script: {image: i}}]}}`,
			want: [][3]string{{"spec.workflowSpec.templates[0]", "spec.workflowSpec.templates[0].container", "main"}, {"spec.workflowSpec.templates[2]", "spec.workflowSpec.templates[2].script", "main"}}},
		"Argo, inline": {kind: "argoproj.io/v1alpha1 Workflow", text: `spec: {templates: [{steps: [[{inline: {container: {image: i}}}], [{template: a}, {inline: {script: {image: i}}}]]}, {dag: {tasks: [{inline: {container: {image: i}}}]}}]}`,
			want: [][3]string{
				{"spec.templates[0].steps[0][0].inline", "spec.templates[0].steps[0][0].inline.container", "main"}, {"spec.templates[0].steps[1][1].inline", "spec.templates[0].steps[1][1].inline.script", "main"},
				{"spec.templates[1].dag.tasks[0].inline", "spec.templates[1].dag.tasks[0].inline.container", "main"},
			}},
		"more than a template": {kind: "sparkoperator.k8s.io/v1beta2 SparkApplication", text: `spec: {driver: {template: ` + template + `}}`, none: operator},
		"for each node":        {kind: "apps.kruise.io/v1alpha1 BroadcastJob", text: `spec: {template: ` + template + `}`, none: perNode},
		"Argo without pods":    {kind: "argoproj.io/v1alpha1 Workflow", text: `spec: {workflowTemplateRef: {name: t}}`},
		"without the template": {kind: "batch.volcano.sh/v1alpha1 Job", text: `spec: {tasks: [{replicas: 1}]}`, none: "makes pods, but has no pod template at spec.tasks[*].template"},
		"of a user":            {kind: "example.com/v1 Widget", more: "example.com/Widget=spec.pods[*]", text: `spec: {pods: [` + template + `]}`, want: [][3]string{{"spec.pods[0]", "spec.pods[0].spec.containers[0]", "c"}}},
		"a pod spec":           {kind: "example.com/v1 Widget", more: "example.com/Widget=spec.pod", text: `spec: {pod: {containers: [{name: c, image: i}]}}`, want: [][3]string{{"spec.pod", "spec.pod.containers[0]", "c"}}},
		"instead of the table": {kind: "argoproj.io/v1alpha1 Rollout", more: "argoproj.io/Rollout=spec.other", text: `spec: {template: ` + template + `}`, none: "makes pods, but has no pod template at spec.other"},
	} {
		t.Run(name, func(t *testing.T) {
			apiVersion, kind, _ := strings.Cut(c.kind, " ")
			var more []Workload
			if c.more != "" {
				w, err := Parse(c.more)
				if err != nil {
					t.Fatal(err)
				}
				more = append(more, w)
			}
			w := Find(apiVersion, kind, more)
			if w == nil {
				t.Fatal("the kind isn't known")
			}
			meta := &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: apiVersion, Kind: kind}}
			holders, err := w.Templates(meta, object(t, c.text), decode)
			if err != nil {
				t.Fatal(err)
			}
			var got [][3]string
			for _, h := range holders {
				got = append(got, [3]string{h.Path, h.Field("spec.containers[0]"), h.Template.Spec.Containers[0].Name})
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if len(got) == 0 && w.None() != c.none {
				t.Errorf("got %q, want %q", w.None(), c.none)
			}
		})
	}
}

// A template of a Workflow gets what the Workflow sets for all.
func TestArgoInherits(t *testing.T) {
	w := Find("argoproj.io/v1alpha1", "Workflow", nil)
	holders, err := w.Templates(&metav1.PartialObjectMetadata{}, object(t, `
spec:
  hostNetwork: true
  nodeSelector: {a: b}
  volumes: [{name: v, hostPath: {path: /}}]
  templates:
  - {name: a, nodeSelector: {c: d}, volumes: [{name: w, emptyDir: {}}], metadata: {labels: {x: z}}, container: {image: i}, sidecars: [{name: s, image: i}], initContainers: [{name: init, image: i}]}
`), decode)
	if err != nil || len(holders) != 1 {
		t.Fatal(holders, err)
	}
	h := holders[0]
	spec := &h.Template.Spec
	if !spec.HostNetwork || spec.NodeSelector["c"] != "d" || len(spec.NodeSelector) != 1 || len(spec.Volumes) != 2 || len(spec.Containers) != 2 || len(spec.InitContainers) != 1 || h.Template.Labels["x"] != "z" {
		t.Errorf("got %+v", h.Template)
	}
	for field, want := range map[string]string{
		"spec.containers[1].image": "spec.templates[0].sidecars[0].image", "spec.hostNetwork": "spec.hostNetwork", "spec.nodeSelector": "spec.templates[0].nodeSelector",
		"spec.volumes[0].hostPath": "spec.volumes[0].hostPath", "spec.volumes[1].emptyDir": "spec.templates[0].volumes[0].emptyDir", "spec.dnsPolicy": "spec.templates[0].dnsPolicy",
		"metadata.labels": "spec.templates[0].metadata.labels",
	} {
		if got := h.Field(field); got != want {
			t.Errorf("%s stands at %s, want %s", field, got, want)
		}
	}
}

func TestHint(t *testing.T) {
	for text, want := range map[string]string{
		`spec: {template: {spec: {containers: [{name: a, image: b}]}}}`:           "a pod template at spec.template",
		`spec: {taskSpec: {steps: [{name: a, image: b}]}}`:                        "containers at spec.taskSpec.steps",
		`spec: {a: [{}, {container: {image: b}}]}`:                                "a container at spec.a[1].container",
		`spec: {containers: [{name: a, image: b}]}`:                               "containers at spec.containers",
		`spec: {nodeSets: [{podTemplate: {spec: {containers: [{name: a}]}}}]}`:    "a pod template at spec.nodeSets[0].podTemplate",
		`spec: {template: {spec: {initContainers: [{name: a}]}}}`:                 "a pod template at spec.template",
		`spec: {pattern: {spec: {containers: [{name: "*"}]}}}`:                    "",
		`spec: {template: {spec: {containers: ["a"]}}}`:                           "",
		`spec: {versions: [{schema: {properties: {containers: {type: array}}}}]}`: "",
		`data: {a: "containers: [{image: b}]"}`:                                   "",
		`spec: {containers: [a, b]}`:                                              "",
		`spec: {containers: []}`:                                                  "",
	} {
		data, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := Hint(data); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// Whatever an object holds, it is searched without a panic, and what is found is a template with
// containers.
func FuzzTemplates(f *testing.F) {
	f.Add([]byte(`{"spec":{"templates":[{"container":{"image":"i"},"volumes":[1]}],"volumes":[{}]}}`), "argoproj.io/v1", "Workflow")
	f.Add([]byte(`{"spec":{"template":{"spec":{"containers":[{"name":"a"}]}}}}`), "argoproj.io/v1", "Rollout")
	f.Fuzz(func(t *testing.T, data []byte, apiVersion, kind string) {
		Hint(data)
		w := Find(apiVersion, kind, []Workload{{Group: "g", Kind: "K", Paths: []string{"*.a[*]"}}})
		o, err := Object(data)
		if w == nil || err != nil {
			return
		}
		holders, err := w.Templates(&metav1.PartialObjectMetadata{}, o, decode)
		for _, h := range holders {
			if err == nil && len(h.Template.Spec.Containers) == 0 {
				t.Errorf("%s has no containers", h.Path)
			}
		}
	})
}

// What the template doesn't show is said: defaults count, patches can't be judged.
func TestArgoDefaultsAndPatches(t *testing.T) {
	w := Find("argoproj.io/v1alpha1", "Workflow", nil)
	found, err := w.Templates(&metav1.PartialObjectMetadata{}, object(t, `
spec:
  templateDefaults: {hostNetwork: true, metadata: {labels: {a: b}}, container: {securityContext: {privileged: true}}}
  templates: [{name: a, container: {image: i}, podSpecPatch: "hostPID: true"}]
`), decode)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	spec := &found[0].Template.Spec
	if !spec.HostNetwork || spec.Containers[0].SecurityContext == nil || found[0].Template.Labels["a"] != "b" {
		t.Errorf("got %+v", found[0].Template)
	}
	if got := found[0].Field("spec.hostNetwork"); got != "spec.templateDefaults.hostNetwork" {
		t.Errorf("hostNetwork stands at %s", got)
	}
	if want := "changes its pods by spec.templates[0].podSpecPatch"; found[0].NotJudged != want {
		t.Errorf("got %q, want %q", found[0].NotJudged, want)
	}
}

// What Argo fills in isn't known: it is left out where it says something of nodes, and named. The rest
// counts, and the object stays as it is.
func TestArgoVariables(t *testing.T) {
	w := Find("argoproj.io/v1alpha1", "Workflow", nil)
	const text = `
spec:
  priorityClassName: "{{workflow.parameters.p}}"
  templates:
  - name: a
    container: {image: "{{inputs.parameters.image}}"}
    metadata: {labels: {run: "{{workflow.parameters.run}}"}}
    nodeSelector: {kubernetes.io/arch: "{{workflow.parameters.arch}}", kubernetes.io/os: windows}
    schedulerName: "{{workflow.parameters.s}}"
    affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: ["{{item}}"]}]}]}}}
    hostNetwork: true
`
	o := object(t, text)
	found, err := w.Templates(&metav1.PartialObjectMetadata{}, o, decode)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	want := "sets spec.templates[0].affinity by variables; sets spec.priorityClassName by variables; sets spec.templates[0].schedulerName by variables; " +
		"sets spec.templates[0].nodeSelector by variables; sets its labels by variables"
	if found[0].NotJudged != want {
		t.Errorf("got %q, want %q", found[0].NotJudged, want)
	}
	spec := &found[0].Template.Spec
	if !spec.HostNetwork || spec.Affinity != nil || spec.SchedulerName != "" || spec.PriorityClassName != "" || len(spec.NodeSelector) != 1 || spec.NodeSelector["kubernetes.io/os"] != "windows" {
		t.Errorf("got %+v", spec)
	}
	if found[0].Template.Labels["run"] == "" || !reflect.DeepEqual(o, object(t, text)) {
		t.Error("a label, or something of the object, is gone")
	}
}

// A typing error in a template, and one that hides its containers, is seen.
func TestWrongTemplates(t *testing.T) {
	w := Find("argoproj.io/v1alpha1", "Rollout", nil)
	found, err := w.Templates(&metav1.PartialObjectMetadata{}, object(t, `spec: {template: {spec: {hostnetwork: true, containers: [{name: a}]}}}`), decode)
	if err != nil || len(found) != 1 || len(found[0].Unknown) != 1 {
		t.Errorf("got %+v, %v", found, err)
	}
	if _, err := w.Templates(&metav1.PartialObjectMetadata{}, object(t, `spec: {template: {spec: {containers: "x"}}}`), decode); err == nil {
		t.Error("containers that are no list are no error")
	}
}
