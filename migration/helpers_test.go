package migration_test

import (
	"encoding/json"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/kinds"
	"fargate-webhook/migration"
)

// read decodes an object as a review does: in full if its kind is judged or looked up.
func read(tb testing.TB, text string) (*metav1.PartialObjectMetadata, runtime.Object) {
	tb.Helper()
	data, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		tb.Fatalf("%v in\n%s", err, text)
	}
	var meta metav1.PartialObjectMetadata
	if err := json.Unmarshal(data, &meta); err != nil {
		tb.Fatal(err)
	}
	var object runtime.Object
	if kind := kinds.Find(meta.APIVersion, meta.Kind); kind != nil {
		object = kind.New()
	} else if kind := cluster.Find(meta.APIVersion, meta.Kind); kind != nil {
		object = kind.New()
	}
	if object == nil {
		return &meta, nil
	}
	if err := json.Unmarshal(data, object); err != nil {
		tb.Fatal(err)
	}
	return &meta, object
}

// find returns what is noted of an object whose pods run on Fargate today.
func find(tb testing.TB, text string, to migration.Target) []rules.Finding {
	tb.Helper()
	meta, object := read(tb, text)
	return migration.Find(migration.Subject{Meta: meta, Object: object, OnFargate: true}, to)
}
