package review_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
)

const (
	ec2           = "eks.amazonaws.com/compute-type: ec2"
	key           = "[eks.amazonaws.com/compute-type]"
	pin           = "eks.amazonaws.com/fargate-profile: apps"
	pinKey        = "[eks.amazonaws.com/fargate-profile]"
	templatePath  = "spec.template.metadata"
	jobTemplate   = "spec.jobTemplate.spec.template.metadata"
	setInTemplate = "set " + ec2 + " in " + templatePath + ".annotations"
)

// workload returns a workload with metadata of its own and of its template.
func workload(kind, meta, ofTemplate string) string {
	group := "apps/v1"
	if kind == "Job" {
		group = "batch/v1"
	}
	return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: o, namespace: apps%s}\n"+
		"spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b%s}}, spec: {containers: [{name: c, image: i}]}}}\n", group, kind, meta, ofTemplate)
}

func cronJob(meta, ofJob, ofTemplate string) string {
	return fmt.Sprintf("apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: o, namespace: apps%s}\n"+
		"spec: {schedule: '@daily', jobTemplate: {metadata: {%s}, spec: {ttlSecondsAfterFinished: 9, template: {metadata: {%s}, spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}}\n",
		meta, ofJob, ofTemplate)
}

func pod(meta, spec string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: o, namespace: apps%s}\nspec: {%scontainers: [{name: c, image: i}]}\n", meta, spec)
}

// The opt-out and the pin are found wherever and however people misplace them, each with the place
// where it belongs: field, message, fix.
func TestMisplacedOptOut(t *testing.T) {
	const label, annotation, ec2Label, pinAnnotation = ", labels: {%s}", ", annotations: {%s}", ", labels: {" + ec2 + "}", ", annotations: {" + pin + "}"
	with := func(format, value string) string { return fmt.Sprintf(format, value) }
	const ofPod = "set " + ec2 + " in metadata.annotations"
	for name, c := range map[string]struct{ manifest, field, message, fix string }{
		"label of a pod":      {pod(ec2Label, ""), "metadata.labels" + key, "the label " + ec2 + " is no opt-out: it must be an annotation", ofPod},
		"label of a template": {workload("Deployment", "", ", "+ec2), templatePath + ".labels" + key, "the label " + ec2 + " is no opt-out: it must be an annotation", setInTemplate},
		"value in capitals":   {pod(with(annotation, "eks.amazonaws.com/compute-type: EC2"), ""), "metadata.annotations" + key, `the annotation eks.amazonaws.com/compute-type: EC2 is no opt-out: the value must be "ec2"`, ofPod},
		"value with a capital": {pod(with(annotation, "eks.amazonaws.com/compute-type: Ec2"), ""), "metadata.annotations" + key,
			`the annotation eks.amazonaws.com/compute-type: Ec2 is no opt-out: the value must be "ec2"`, ofPod},
		"value with a blank": {pod(with(annotation, "eks.amazonaws.com/compute-type: 'ec2 '"), ""), "metadata.annotations" + key,
			`the annotation eks.amazonaws.com/compute-type: "ec2 " is no opt-out: the value must be "ec2"`, ofPod},
		"value fargate": {pod(with(annotation, "eks.amazonaws.com/compute-type: fargate"), ""), "metadata.annotations" + key,
			`the annotation eks.amazonaws.com/compute-type: fargate has no effect: profiles decide what runs on Fargate, and only the value "ec2" opts out`, "remove it; to opt out, " + ofPod},
		"node selector": {pod("", "nodeSelector: {"+ec2+"}, "), "spec.nodeSelector" + key, "the node selector " + ec2 + " is no opt-out, and EKS gives no node that label", "remove it, and " + ofPod},
		"node selector of a profile": {pod("", "nodeSelector: {"+pin+"}, "), "spec.nodeSelector" + pinKey,
			"the node selector " + pin + " pins nothing, and EKS gives no node that label: the pin is a label of the pod", "remove it, and set " + pin + " in metadata.labels"},
		"pin as an annotation": {pod(pinAnnotation, ""), "metadata.annotations" + pinKey, "the annotation " + pin + " pins nothing: it must be a label", "set " + pin + " in metadata.labels"},
		"template, capitals": {workload("StatefulSet", "", ", x: z}, annotations: {eks.amazonaws.com/compute-type: EC2"), templatePath + ".annotations" + key,
			`the annotation eks.amazonaws.com/compute-type: EC2 is no opt-out: the value must be "ec2"`, setInTemplate},
		"Deployment":             {workload("Deployment", with(annotation, ec2), ""), "metadata.annotations" + key, "the annotation " + ec2 + " of the workload doesn't opt its pods out", setInTemplate},
		"Deployment, label":      {workload("Deployment", ec2Label, ""), "metadata.labels" + key, "the label " + ec2 + " of the workload is no opt-out: it must be an annotation of its pods", setInTemplate},
		"Deployment, pin":        {workload("Deployment", with(label, pin), ""), "metadata.labels" + pinKey, "the label " + pin + " of the workload doesn't pin its pods", "set " + pin + " in " + templatePath + ".labels"},
		"Deployment, pin, other": {workload("Deployment", pinAnnotation, ""), "metadata.annotations" + pinKey, "the annotation " + pin + " of the workload pins nothing: it must be a label of its pods", "set " + pin + " in " + templatePath + ".labels"},
		"Deployment, capitals": {workload("Deployment", with(annotation, "eks.amazonaws.com/compute-type: EC2"), ""), "metadata.annotations" + key,
			"the annotation eks.amazonaws.com/compute-type: EC2 of the workload doesn't opt its pods out", setInTemplate},
		"StatefulSet":   {workload("StatefulSet", ec2Label, ""), "metadata.labels" + key, "the label " + ec2 + " of the workload is no opt-out: it must be an annotation of its pods", setInTemplate},
		"Job":           {workload("Job", with(annotation, ec2), ""), "metadata.annotations" + key, "the annotation " + ec2 + " of the workload doesn't opt its pods out", setInTemplate},
		"CronJob":       {cronJob(with(annotation, ec2), "", ""), "metadata.annotations" + key, "the annotation " + ec2 + " of the workload doesn't opt its pods out", "set " + ec2 + " in " + jobTemplate + ".annotations"},
		"CronJob's Job": {cronJob("", "annotations: {"+ec2+"}", ""), "spec.jobTemplate.metadata.annotations" + key, "the annotation " + ec2 + " of the job template doesn't opt its pods out", "set " + ec2 + " in " + jobTemplate + ".annotations"},
		"CronJob's Job, pin": {cronJob("", "labels: {"+pin+"}", ""), "spec.jobTemplate.metadata.labels" + pinKey, "the label " + pin + " of the job template doesn't pin its pods",
			"set " + pin + " in " + jobTemplate + ".labels"},
		"DaemonSet, label":    {workload("DaemonSet", ec2Label, ""), "metadata.labels" + key, "the label " + ec2 + " is no opt-out: it must be an annotation", ofPod + " of the DaemonSet"},
		"DaemonSet, template": {workload("DaemonSet", "", ", "+ec2), templatePath + ".labels" + key, "the label " + ec2 + " is no opt-out: it must be an annotation", ofPod + " of the DaemonSet"},
		"DaemonSet, capitals": {workload("DaemonSet", with(annotation, "eks.amazonaws.com/compute-type: EC2"), ""), "metadata.annotations" + key,
			`the annotation eks.amazonaws.com/compute-type: EC2 is no opt-out: the value must be "ec2"`, ofPod + " of the DaemonSet"},
		"Service": {"apiVersion: v1\nkind: Service\nmetadata: {name: o, namespace: apps" + ec2Label + "}\nspec: {type: NodePort, selector: {a: b}, ports: [{port: 80}]}\n",
			"metadata.labels" + key, "the label " + ec2 + " is no opt-out: it must be an annotation", ofPod + " of the Service"},
		"Namespace": {"apiVersion: v1\nkind: Namespace\nmetadata: {name: apps" + with(annotation, ec2) + "}\n", "metadata.annotations" + key,
			"the annotation " + ec2 + " of the Namespace doesn't opt its pods out", ofPod + " of each pod or pod template"},
		"Namespace, label": {"apiVersion: v1\nkind: Namespace\nmetadata: {name: apps" + ec2Label + "}\n", "metadata.labels" + key,
			"the label " + ec2 + " of the Namespace is no opt-out: it must be an annotation of its pods", ofPod + " of each pod or pod template"},

		"opted out":                      {pod(with(annotation, ec2), ""), "", "", ""},
		"opted out, and a label":         {pod(with(annotation, ec2)+ec2Label, ""), "", "", ""},
		"opted out above and below":      {workload("Deployment", with(annotation, ec2), "}, annotations: {"+ec2), "", "", ""},
		"pinned above and below":         {workload("Deployment", with(label, pin), ", "+pin), "", "", ""},
		"a DaemonSet opts out itself":    {workload("DaemonSet", with(annotation, ec2), ""), "", "", ""},
		"the node selector of Fargate":   {pod("", "nodeSelector: {eks.amazonaws.com/compute-type: fargate}, "), "", "", ""},
		"another label of the same name": {pod(with(label, "eks.amazonaws.com/compute-type: fargate"), ""), "", "", ""},
		"on a node already":              {pod(ec2Label, "nodeName: node-1, "), "", "", ""},
		"plain Namespace":                {"apiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := misplaced(t, c.manifest)
			want := []string{}
			if c.field != "" {
				want = []string{c.field + ": " + c.message + "; fix: " + c.fix}
			}
			if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// misplaced returns the findings of the rule about a manifest. All of them warn.
func misplaced(t *testing.T, manifest string) []string {
	t.Helper()
	reviewer := &review.Reviewer{Policy: policy.Default(), Index: profiles.NewIndex([]profiles.Profile{{
		Name: "apps", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "apps"}},
	}})}
	items, problems := reviewer.File("in.yaml", []byte(manifest))
	if len(problems) > 0 || len(items) != 1 {
		t.Fatal(items, problems)
	}
	found := []string{}
	for _, f := range items[0].Findings {
		if f.Rule == "misplaced-opt-out" {
			found = append(found, f.Field+": "+f.Message+"; fix: "+f.Remedy)
		}
		if f.Rule == "misplaced-opt-out" && (f.Action != policy.Warn || items[0].Result == review.ResultSkip || items[0].Result == review.ResultPass) {
			t.Errorf("result %s, finding %+v", items[0].Result, f)
		}
	}
	return found
}
