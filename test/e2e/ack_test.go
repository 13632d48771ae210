package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/ack"
	"fargate-webhook/test/cluster"
)

// ackKind is the least that ACK's controller installs of its FargateProfile.
const ackKind = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: fargateprofiles.eks.services.k8s.aws}
spec:
  group: eks.services.k8s.aws
  scope: Namespaced
  names: {kind: FargateProfile, listKind: FargateProfileList, plural: fargateprofiles, singular: fargateprofile}
  versions:
    - name: v1alpha1
      served: true
      storage: true
      subresources: {status: {}}
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

// ackProfile is a profile of cluster prod for the pods of a namespace.
func ackProfile(name, namespace string) string {
	return fmt.Sprintf("apiVersion: eks.services.k8s.aws/v1alpha1\nkind: FargateProfile\nmetadata: {name: %s}\n"+
		"spec: {name: %s, clusterName: prod, selectors: [{namespace: %s, labels: {run: on-fargate}}]}\n", name, name, namespace)
}

// TestProfilesFromACK: what is missing is said one after the other; then the list is what the
// objects say, and its changes are reported.
func TestProfilesFromACK(t *testing.T) {
	f := own.take(t, false)
	c := f.cluster
	namespace := newNamespace(t, c, "ack-", nil)
	mustKubectl(t, c, "", "-n", namespace, "create", "serviceaccount", "reader")
	file, err := c.KubeconfigFor(t.Context(), namespace, "reader")
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		t.Fatal(err)
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	source := ack.New(client, "prod")
	await := func(what string, is func([]profiles.Profile, error) bool) {
		t.Helper()
		err := cluster.Await(t.Context(), lookupsDeadline, what, func(ctx context.Context) error {
			if list, err := source.List(ctx); !is(list, err) {
				return fmt.Errorf("the list is %v, %w", list, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	says := func(text string) func([]profiles.Profile, error) bool {
		return func(_ []profiles.Profile, err error) bool { return err != nil && strings.Contains(err.Error(), text) }
	}
	await("the missing right is told", says("apply deploy/optional/profiles-from-ack.yaml"))
	mustKubectl(t, c, "", "apply", "--server-side", "-f", "../../deploy/optional/profiles-from-ack.yaml")
	mustKubectl(t, c, "", "create", "clusterrolebinding", namespace, "--clusterrole=fargate-webhook-profiles-from-ack", "--serviceaccount="+namespace+":reader")
	t.Cleanup(func() {
		for _, args := range [][]string{
			{"delete", "clusterrolebinding", namespace}, {"delete", "-f", "../../deploy/optional/profiles-from-ack.yaml"},
			{"delete", "crd", "fargateprofiles.eks.services.k8s.aws"},
		} {
			if _, err := c.Kubectl(context.WithoutCancel(t.Context()), "", args...); err != nil {
				t.Error(err)
			}
		}
	})
	await("the missing kind is told", says("install the ACK controller"))
	mustKubectl(t, c, ackKind, "apply", "-f", "-")
	await("there are no profiles", func(list []profiles.Profile, err error) bool { return err == nil && len(list) == 0 })

	changed := make(chan struct{}, 100)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error)
	go func() {
		ended <- source.Watch(ctx, func() {
			select {
			case changed <- struct{}{}:
			default:
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-changed // it has begun
	apply(t, c, namespace, ackProfile("apps", "apps"))
	<-changed
	await("it is being created", func(list []profiles.Profile, err error) bool {
		return err == nil && len(list) == 1 && list[0].Status == profiles.StatusCreating
	})
	mustKubectl(t, c, "", "-n", namespace, "patch", "fargateprofile", "apps", "--subresource=status", "--type=merge", "-p", `{"status":{"status":"ACTIVE"}}`)
	<-changed
	await("it is active", func(list []profiles.Profile, err error) bool {
		return err == nil && len(list) == 1 && list[0].Status == profiles.StatusActive && list[0].Selectors[0].Labels["run"] == "on-fargate"
	})
	// And the program starts with it.
	f.run(t, []string{"--ack-cluster-name=prod", "--shutdown-delay=0s"}, nil)
	if err := f.webhook.Running(); err != nil {
		t.Error(err)
	}
}
