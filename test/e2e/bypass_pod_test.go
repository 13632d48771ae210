package e2e

import (
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// doorPod is a pod's manifest with these metadata besides its name, this spec besides containers,
// and these fields of its container.
func doorPod(metadata, spec, container string) string {
	return "{apiVersion: v1, kind: Pod, metadata: {name: door, " + metadata + "}, spec: {" + spec + " containers: [{name: app, image: app, " + container + "}]}}"
}

// TestBypassPods creates pods that look as if they were none of ours, or as if there were nothing
// wrong with them. The API server takes them all in a namespace that is exempt.
func TestBypassPods(t *testing.T) {
	c, webhook := withWebhookForSubtests(t)
	exempt := newNamespace(t, c, "fargate-", map[string]string{"fargate-webhook/exempt": "true"})
	const privileged = "securityContext: {privileged: true}"
	const labelled = "labels: {run: on-fargate}"
	for name, door := range map[string]struct {
		manifest string
		rules    []string // of the findings, one each
		wants    []string
	}{
		"capabilities": {
			doorPod("", "", `securityContext: {capabilities: {add: [cap_chown, Net_Admin, " CHOWN", "CHOWN\t", CHOWN]}}`),
			[]string{"added-capabilities", "added-capabilities"},
			[]string{`("cap_chown", " CHOWN", "CHOWN\t") must write added capabilities in upper case`, `write "CHOWN"`, `(Net_Admin) must not add capabilities that Fargate doesn't grant`},
		},
		"hostPort of an init container": {
			doorPod("", "initContainers: [{name: setup, image: setup, ports: [{containerPort: 80, hostPort: 80}]}],", ""),
			[]string{"host-port"}, []string{`init container "setup" (hostPort 80) must not use a port of the node`},
		},
		"hostPort of a sidecar": {
			doorPod("", "initContainers: [{name: proxy, image: proxy, restartPolicy: Always, ports: [{containerPort: 80, hostPort: 80}]}],", ""),
			[]string{"host-port"}, []string{`sidecar container "proxy" (hostPort 80) must not use a port of the node`},
		},
		// The API server fills in a hostPort for each (S35).
		"ports under hostNetwork": {
			doorPod("", "hostNetwork: true,", "ports: [{containerPort: 80}, {containerPort: 81}]"),
			[]string{"host-namespaces"}, []string{"spec.hostNetwork must not be true"},
		},
		"EKS's scheduler, preset": {doorPod("", "schedulerName: fargate-scheduler,", privileged), []string{"privileged"}, nil},
		"a scheduler of one's own, preset": {
			doorPod(labelled, "schedulerName: my-scheduler,", ""), []string{"node-selection"}, []string{`spec.schedulerName must be default-scheduler or fargate-scheduler, not "my-scheduler"`},
		},
		"EC2 by node selector": {
			doorPod(labelled, "nodeSelector: {eks.amazonaws.com/compute-type: ec2},", ""), []string{"node-selection"}, nil,
		},
		// The annotation opts out, by this value (F1.17); the label of the same name is a node's
		// (S9).
		"opt-out as a label":       {doorPod("labels: {eks.amazonaws.com/compute-type: ec2}", "", privileged), []string{"privileged"}, nil},
		"opt-out in capitals":      {doorPod("annotations: {eks.amazonaws.com/compute-type: EC2}", "", privileged), []string{"privileged"}, nil},
		"opt-out with a space":     {doorPod("annotations: {eks.amazonaws.com/compute-type: 'ec2 '}", "", privileged), []string{"privileged"}, nil},
		"exemption of a namespace": {doorPod("labels: {fargate-webhook/exempt: 'true'}", "", privileged), []string{"privileged"}, nil},
		"resources left alone":     {doorPod("annotations: {fargate-webhook/resources: 'Off'}", "", privileged), []string{"privileged"}, nil},
		"a DaemonSet that is not its controller": {
			doorPod("ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: agent, uid: 0b7e6f0c}]", "", privileged), []string{"privileged"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inParallel(t)
			mustKubectl(t, c, door.manifest, "-n", exempt, "create", "--dry-run=server", "-f", "-")
			namespace := newNamespace(t, c, "all-", nil)
			mustRefuse(t, kubectl(t, c, door.manifest, "-n", namespace, "create", "-f", "-"), append(door.wants, "- "+door.rules[0]+": ", optOut)...)
			checkRefusedFor(t, webhook, namespace, door.rules...)
		})
	}
	t.Run("the mirror of nothing", func(t *testing.T) {
		inParallel(t)
		mirror := doorPod("annotations: {kubernetes.io/config.mirror: x}", "", privileged)
		mustRefuse(t, kubectl(t, c, mirror, "-n", exempt, "create", "-f", "-"), "must set spec.nodeName if mirror pod annotation is set")
	})
}

// TestBypassElsewhere: what Fargate can't run is nobody's concern in a pod that is not Fargate's.
// With a node preset no scheduler sees it, Fargate's no more than others, whatever the node is
// called (F2.12, S33).
func TestBypassElsewhere(t *testing.T) {
	c, _ := withWebhookForSubtests(t)
	const privileged = "securityContext: {privileged: true}"
	for name, text := range map[string]string{
		"a node preset":         doorPod("", "nodeName: ip-192-0-2-1,", privileged),
		"a Fargate node preset": doorPod("", "nodeName: fargate-ip-192-0-2-1,", privileged),
		"a scheduler preset":    doorPod("", "schedulerName: my-scheduler,", privileged),
		"the opt-out":           doorPod("annotations: {eks.amazonaws.com/compute-type: ec2}", "", privileged),
	} {
		t.Run(name, func(t *testing.T) {
			inParallel(t)
			namespace := newNamespace(t, c, "fargate-", nil)
			if result := kubectl(t, c, text, "-n", namespace, "create", "-f", "-"); result.Code != 0 || result.Stderr != "" {
				t.Fatalf("exit code %d: %s", result.Code, result.Stderr)
			}
			mustBeUntouched(t, getPod(t, c, namespace, "door"))
		})
	}
}

// TestBypassVersions: the API server serves what we judge in one version only. Of another it would
// ask us too, and convert it before, since our rules have matchPolicy Equivalent. When this fails
// there is a version to test that with.
func TestBypassVersions(t *testing.T) {
	c, _ := withWebhook(t)
	configuration, err := c.Clientset().AdmissionregistrationV1().ValidatingWebhookConfigurations().Get(t.Context(), "fargate-webhook", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, served, err := c.Clientset().Discovery().ServerGroupsAndResources()
	if err != nil {
		t.Fatal(err)
	}
	for i := range configuration.Webhooks {
		hook := &configuration.Webhooks[i]
		rule := hook.Rules[0]
		var in []string
		for _, list := range served {
			for k := range list.APIResources {
				if list.APIResources[k].Name == rule.Resources[0] {
					in = append(in, list.GroupVersion)
				}
			}
		}
		want := (metav1.GroupVersion{Group: rule.APIGroups[0], Version: rule.APIVersions[0]}).String()
		if !slices.Equal(in, []string{want}) || string(*hook.MatchPolicy) != "Equivalent" {
			t.Errorf("%s: %s are served in %v, want %s only; matchPolicy %s", hook.Name, rule.Resources[0], in, want, *hook.MatchPolicy)
		}
	}
}
