package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	patches "github.com/evanphx/json-patch/v5"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	profilesfile "fargate-webhook/profiles/file"
	"fargate-webhook/review"
)

// corpus is a folder beside the repository with manifests of public projects.
const corpus = "../../../shared/corpus"

// TestReviewAgrees: what a review says of real manifests is what the webhook does with them on the
// real API server: refusals, findings, and the patches of pods. Each object stands alone, in a
// namespace that a profile selects. In `make soak` all are compared, elsewhere every tenth.
func TestReviewAgrees(t *testing.T) {
	objects := corpusObjects(t)
	c, _ := withWebhook(t)
	a := newAgreement(t, newNamespace(t, c, "all-", nil), newNamespace(t, c, "all-", map[string]string{policy.ExemptLabel: "true"}))
	a.client = clientWith(t, c, a.told)
	every := 10
	if soaking() {
		every = 1
	}
	for i := 0; i < len(objects); i += every {
		a.compare(t, objects[i].path, objects[i].object)
	}
	t.Logf("%d objects compared, %d of them refused and %d changed by the webhook, %d for lack of other objects; %d that the API server itself refuses", a.compared, a.refused, a.changed, a.unknown, a.invalid)
	if a.compared < 50 || a.refused == 0 || a.changed == 0 {
		t.Error("too little was compared")
	}
}

// agreement compares the review of objects with what the webhook does.
type agreement struct {
	client   dynamic.Interface
	told     *warnings
	reviewer review.Reviewer
	// judged is a namespace that a profile selects, and exempt one where nothing is changed.
	judged, exempt                               string
	compared, refused, changed, unknown, invalid int
}

func newAgreement(t *testing.T, judged, exempt string) *agreement {
	t.Helper()
	list, err := profilesfile.New("testdata/profiles.yaml").List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &agreement{
		told: &warnings{}, judged: judged, exempt: exempt,
		reviewer: review.Reviewer{Index: profiles.NewIndex(list), Policy: policy.Default(), Namespace: judged},
	}
}

// corpusObject is an object of a judged kind, and its file.
type corpusObject struct {
	path   string
	object *unstructured.Unstructured
}

func corpusObjects(t *testing.T) []corpusObject {
	t.Helper()
	var found []corpusObject
	err := filepath.WalkDir(corpus, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		for _, object := range objectsIn(t, path) {
			if kind := kinds.Find(object.GetAPIVersion(), object.GetKind()); kind != nil && !kind.Optional && !slices.Contains(kinds.ReviewOnly, kind) {
				found = append(found, corpusObject{path, object})
			}
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the corpus of real manifests is not beside the repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// objectsIn returns the objects of a file that can be read, each of its own.
func objectsIn(t *testing.T, path string) (found []*unstructured.Unstructured) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	documents := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	for {
		object := &unstructured.Unstructured{}
		switch err := documents.Decode(&object.Object); {
		case errors.Is(err, io.EOF):
			return found
		case err != nil: // the tests of package review know them
			return found
		case len(object.Object) > 0:
			found = append(found, object)
		}
	}
}

// compare creates an object as a dry run in both namespaces, and reviews it.
func (a *agreement) compare(t *testing.T, path string, object *unstructured.Unstructured) {
	t.Helper()
	object = object.DeepCopy()
	unstructured.RemoveNestedField(object.Object, "status")
	if object.GetName() == "" {
		object.SetName("unnamed")
	}
	if object.GetKind() == "Pod" {
		// The API server knows no other service account in a new namespace.
		unstructured.RemoveNestedField(object.Object, "spec", "serviceAccountName")
		unstructured.RemoveNestedField(object.Object, "spec", "serviceAccount")
	}
	before, err := a.create(t, object, a.exempt)
	if err != nil {
		a.invalid++
		return
	}
	a.told.taken()
	after, err := a.create(t, object, a.judged)
	text := strings.Join(a.told.taken(), "\n")
	if err != nil {
		text += "\n" + err.Error()
	}
	object.SetNamespace(a.judged)
	data, jsonErr := object.MarshalJSON()
	if jsonErr != nil {
		t.Fatal(jsonErr)
	}
	items, problems := a.reviewer.File(path, data)
	if len(problems) > 0 || len(items) != 1 {
		t.Errorf("%s: %s %s: %d items, problems %v", path, object.GetKind(), object.GetName(), len(items), problems)
		return
	}
	a.compared++
	item := &items[0]
	name := path + ": " + object.GetKind() + " " + object.GetName()
	if strings.Contains(text, notThere) {
		a.unknown++
		return
	}
	if denied := item.Result == review.ResultDeny; denied != (err != nil) {
		t.Errorf("%s: the review says %s, the API server %v", name, item.Result, err)
	}
	if diff := cmp.Diff(rulesOf(item), rulesIn(text)); diff != "" {
		t.Errorf("%s: rules of the review and of the webhook (-review +webhook):\n%s\n%s", name, diff, text)
	}
	if err != nil {
		a.refused++
		return
	}
	a.comparePatch(t, name, item, before, after)
}

// notThere is what the webhook says of a claim that the cluster lacks. A review doesn't know whether
// the cluster has what isn't in the manifests, and never refuses for it.
const notThere = ", which does not exist; "

// create creates an object as a dry run in a namespace.
func (a *agreement) create(t *testing.T, object *unstructured.Unstructured, namespace string) (*unstructured.Unstructured, error) {
	t.Helper()
	kind := kinds.Find(object.GetAPIVersion(), object.GetKind())
	object.SetNamespace(namespace)
	return a.client.Resource(kind.GroupVersionKind().GroupVersion().WithResource(kind.Resource)).Namespace(namespace).
		Create(t.Context(), object, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
}

// comparePatch checks that the review's patch makes of the object that the API server completes
// what the webhook makes of it. That of a template is for its pods.
func (a *agreement) comparePatch(t *testing.T, name string, item *review.Item, before, after *unstructured.Unstructured) {
	t.Helper()
	if kind := kinds.Find(item.APIVersion, item.Kind); kind.IsWorkload() {
		return
	}
	if len(item.Patch) > 0 {
		a.changed++
	}
	operations, err := json.Marshal(item.Patch)
	if err != nil {
		t.Fatal(err)
	}
	patch, err := patches.DecodePatch(operations)
	if err != nil {
		t.Fatal(err)
	}
	data, err := before.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	patched, err := patch.Apply(data)
	if err != nil {
		t.Errorf("%s: the review's patch can't be applied: %v", name, err)
		return
	}
	want := &unstructured.Unstructured{}
	if err := want.UnmarshalJSON(patched); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(withoutIdentity(want), withoutIdentity(after)); diff != "" {
		t.Errorf("%s: the review's patch and the webhook's (-review +webhook):\n%s", name, diff)
	}
}

// withoutIdentity leaves out what differs between any two objects.
func withoutIdentity(object *unstructured.Unstructured) map[string]any {
	object = object.DeepCopy()
	for _, field := range []string{"creationTimestamp", "uid", "namespace", "managedFields", "name", "resourceVersion"} {
		unstructured.RemoveNestedField(object.Object, "metadata", field)
	}
	for _, field := range []string{"clusterIP", "clusterIPs", "ports"} {
		if object.GetKind() == "Service" {
			unstructured.RemoveNestedField(object.Object, "spec", field)
		}
	}
	unstructured.RemoveNestedField(object.Object, "status")
	return withoutRandom(object.Object)
}

// random is what differs from one admission to the next: the name of the volume that the API server
// adds, and the admission in the record, which a manifest doesn't have yet.
var random = regexp.MustCompile(`kube-api-access-[a-z0-9]{5}|(resources-applied":"\w+!?) [\w-]+( )`)

func withoutRandom(object map[string]any) map[string]any {
	data, err := json.Marshal(object)
	if err != nil {
		return object
	}
	var out map[string]any
	if err := json.Unmarshal(random.ReplaceAll(data, []byte("$1$2")), &out); err != nil {
		return object
	}
	return out
}

// guessed is the rule about StorageClasses that only the webhook knows.
const guessed = "storage-class-unknown"

func rulesOf(item *review.Item) []string {
	var ids []string
	for i := range item.Findings {
		if item.Findings[i].Rule == guessed {
			continue
		}
		ids = append(ids, string(item.Findings[i].Rule))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// ruleInText finds the rules of refusals and warnings.
var ruleInText = regexp.MustCompile(`(?m)(?:^|^- |Fargate will refuse these pods: |would be refused \(mode Observe\): )([a-z]+(?:-[a-z]+)*): `)

func rulesIn(text string) []string {
	var ids []string
	for _, match := range ruleInText.FindAllStringSubmatch(text, -1) {
		ids = append(ids, match[1])
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
