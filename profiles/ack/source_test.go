package ack

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
	"sigs.k8s.io/yaml"

	"fargate-webhook/profiles"
)

// object is one named team/a, with the rest of it as YAML.
func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{Object: map[string]any{}}
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		t.Fatal(err)
	}
	o.SetAPIVersion(group + "/" + version)
	o.SetKind("FargateProfile")
	o.SetNamespace("team")
	if o.GetName() == "" {
		o.SetName("a")
	}
	return o
}

func client(t *testing.T, texts ...string) *fake.FakeDynamicClient {
	t.Helper()
	c := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{kind(): "FargateProfileList"})
	for _, text := range texts {
		if err := c.Tracker().Create(kind(), object(t, text), "team"); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestList(t *testing.T) {
	apps := []profiles.Selector{{Namespace: "apps", Labels: map[string]string{"run": "on-fargate", "empty": ""}}, {Namespace: "team-*"}}
	const selectors = "selectors: [{namespace: apps, labels: {run: on-fargate, empty: ''}}, {namespace: team-*, labels: null}]"
	for name, c := range map[string]struct {
		text string
		want []profiles.Profile
	}{
		"active":  {"spec: {name: x, clusterName: prod, " + selectors + "}\nstatus: {status: ACTIVE}", []profiles.Profile{{Name: "x", Status: profiles.StatusActive, Selectors: apps}}},
		"deleted": {"spec: {name: x, clusterName: prod, " + selectors + "}\nstatus: {status: DELETING}", []profiles.Profile{{Name: "x", Status: profiles.StatusDeleting, Selectors: apps}}},
		"new":     {"spec: {name: x, clusterName: prod, " + selectors + "}", []profiles.Profile{{Name: "x", Status: profiles.StatusCreating, Selectors: apps}}},
		"of a cluster by reference": {"spec: {name: x, clusterRef: {from: {name: the-prod}}, " + selectors + "}\nstatus: {status: ACTIVE, ackResourceMetadata: " +
			"{arn: 'arn:aws:eks:eu-west-1:111122223333:fargateprofile/prod/x/0ac0'}}", []profiles.Profile{{Name: "x", Status: profiles.StatusActive, Selectors: apps}}},
		"by reference, unknown to EKS": {"spec: {name: x, clusterRef: {from: {name: the-prod}}, " + selectors + "}", nil},
		"of another cluster":           {"spec: {name: x, clusterName: test, selectors: 1}", nil},
		"of another by reference": {"spec: {name: x, clusterRef: {}, " + selectors + "}\nstatus: {status: ACTIVE, ackResourceMetadata: " +
			"{arn: 'arn:aws:eks:eu-west-1:111122223333:fargateprofile/test/x/0ac0'}}", nil},
		"with more": {"spec: {name: x, clusterName: prod, tags: {a: b}, subnetRefs: [{}], " + selectors + "}\nstatus: {status: ACTIVE, health: {}, conditions: []}",
			[]profiles.Profile{{Name: "x", Status: profiles.StatusActive, Selectors: apps}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := New(client(t, c.text), "prod").List(t.Context())
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// Errors name the object, the field, what is wrong and what to do.
func TestListErrors(t *testing.T) {
	const a = `FargateProfile "team/a": `
	ours := func(spec string) string { return "spec: {name: x, clusterName: prod, " + spec + "}" }
	for name, c := range map[string]struct{ text, want string }{
		"nothing":          {"{}", a + "spec: missing\n" + a + "spec.clusterName: missing: set it, or refer to the Cluster object in spec.clusterRef"},
		"spec is text":     {"spec: x", a + "spec: must be a mapping, not a string\n" + a + "spec.clusterName: missing: set it, or refer to the Cluster object in spec.clusterRef"},
		"name is a number": {"spec: {name: 1, clusterName: prod, selectors: [{namespace: a}]}", a + "spec.name: must be a string, but 1 is a number: put it in quotes"},
		"status":           {ours("selectors: [{namespace: a}]") + "\nstatus: {status: active}", a + `status.status: must be CREATING, ACTIVE, DELETING, CREATE_FAILED or DELETE_FAILED, not "active"`},
		"selectors":        {ours("selectors: {}"), a + "spec.selectors: must be a list, not a mapping"},
		"no selectors":     {ours("selectors: []"), a + "spec.selectors: must not be empty: a profile must have at least one selector"},
		"a selector":       {ours("selectors: [a]"), a + "spec.selectors[0]: must be a mapping, not a string"},
		"no namespace":     {ours("selectors: [{labels: {a: b}}]"), a + "spec.selectors[0].namespace: missing"},
		"empty namespace":  {ours("selectors: [{namespace: ''}]"), a + "spec.selectors[0].namespace: must not be empty"},
		"misspelt labels":  {ours("selectors: [{namespace: a, label: {a: b}}]"), a + "spec.selectors[0].label: unknown field: a selector may only have namespace and labels"},
		"labels":           {ours("selectors: [{namespace: a, labels: [a]}]"), a + "spec.selectors[0].labels: must be a mapping, not a list"},
		"a label":          {ours("selectors: [{namespace: a, labels: {run: true}}]"), a + `spec.selectors[0].labels["run"]: must be a string, but true is a boolean: put it in quotes`},
		"a label of null":  {ours("selectors: [{namespace: a, labels: {run: null}}]"), a + `spec.selectors[0].labels["run"]: must be a string, not null: write "" for the empty string`},
		"an ARN of others": {"spec: {name: x, clusterRef: {}, selectors: [{namespace: a}]}\nstatus: {ackResourceMetadata: {arn: 'arn:aws:eks:r:1:cluster/prod'}}",
			a + `status.ackResourceMetadata.arn: must be the ARN of a Fargate profile, not "arn:aws:eks:r:1:cluster/prod"`},
		"whose": {"spec: {name: x, clusterRef: {}, selectors: [{namespace: a}]}\nstatus: {status: ACTIVE}",
			a + "spec.clusterName: missing, and an ACTIVE profile without status.ackResourceMetadata.arn can't be matched to a cluster: set it"},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := New(client(t, c.text), "prod").List(t.Context())
			if err == nil || list != nil {
				t.Fatalf("no error, but %v", list)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	two := "metadata: {name: b}\n" + ours("selectors: [{namespace: a}]")
	_, err := New(client(t, ours("selectors: [{namespace: a}]"), two), "prod").List(t.Context())
	if err == nil || !strings.Contains(err.Error(), `FargateProfile "team/b": spec.name: "x" is also the name of the profile in FargateProfile "team/a": delete one of the two`) {
		t.Errorf("one name twice: %v", err)
	}
}

// What the API server says against it comes with what to do.
func TestListRefused(t *testing.T) {
	all := schema.GroupResource{Group: group, Resource: resource}
	for want, refusal := range map[string]error{
		"does not serve fargateprofiles.eks.services.k8s.aws/v1alpha1: install the ACK controller": apierrors.NewNotFound(all, ""),
		"apply deploy/optional/profiles-from-ack.yaml":                                             apierrors.NewForbidden(all, "", errors.New("no")),
		"list the FargateProfile objects of ACK: connection refused":                               errors.New("connection refused"),
	} {
		c := client(t)
		c.PrependReactor("list", resource, func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, refusal })
		if _, err := New(c, "prod").List(t.Context()); !errors.Is(err, refusal) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q in it", err, want)
		}
	}
}

// It tells of what may change the list, and not of what the controller writes besides.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const text = "spec: {name: x, clusterName: prod, selectors: [{namespace: a}]}\nstatus: {status: CREATING}"
		c := client(t, text)
		told := 0
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		var source profiles.Source = New(c, "prod")
		watch, ok := source.(interface {
			Watch(ctx context.Context, changed func()) error
		})
		if !ok {
			t.Fatal("it doesn't watch")
		}
		go func() { ended <- watch.Watch(ctx, func() { told++ }) }()
		want := func(what string, n int) {
			t.Helper()
			synctest.Wait()
			if told != n {
				t.Errorf("%s: told %d times, want %d", what, told, n)
			}
			told = 0
		}
		want("at first", 1)
		update := func(text string) {
			if err := c.Tracker().Update(kind(), object(t, text), "team"); err != nil {
				t.Fatal(err)
			}
		}
		update(text + "\nmetadata: {annotations: {a: b}}")
		want("metadata", 0)
		active := strings.Replace(text, "CREATING", "ACTIVE", 1)
		update(active)
		want("a status", 1)
		update(strings.Replace(active, "ACTIVE", "ACTIVE, conditions: [{type: Synced}]", 1))
		want("a condition", 0)
		if err := c.Tracker().Create(kind(), object(t, "metadata: {name: b}\n"+text), "team"); err != nil {
			t.Fatal(err)
		}
		want("another", 1)
		if err := c.Tracker().Delete(kind(), "team", "a"); err != nil {
			t.Fatal(err)
		}
		want("one less", 1)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
