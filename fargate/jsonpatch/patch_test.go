package jsonpatch_test

import (
	"encoding/json"
	"maps"
	"testing"

	patches "github.com/evanphx/json-patch/v5"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/jsonpatch"
)

// Tokens are escaped as RFC 6901 says, and indexes are decimal.
func TestPointer(t *testing.T) {
	for _, c := range []struct {
		base   string
		tokens []string
		want   string
	}{
		{"/metadata/labels", nil, "/metadata/labels"},
		{"/metadata/labels", []string{"app"}, "/metadata/labels/app"},
		{"/metadata/labels", []string{"eks.amazonaws.com/fargate-profile"}, "/metadata/labels/eks.amazonaws.com~1fargate-profile"},
		{"", []string{"a", "b"}, "/a/b"},
		{"", []string{"~", "~1", "/~"}, "/~0/~01/~1~0"},
		{"", []string{""}, "/"},
	} {
		if got := jsonpatch.Pointer(c.base, c.tokens...); got != c.want {
			t.Errorf("Pointer(%q, %q) = %q, want %q", c.base, c.tokens, got, c.want)
		}
	}
	if got := jsonpatch.Item("/spec/containers", 10); got != "/spec/containers/10" {
		t.Errorf("Item: got %q", got)
	}
}

// Operations encode as RFC 6902 says: "remove" has no value, an empty value of another stays.
func TestOperationJSON(t *testing.T) {
	patch := jsonpatch.Patch{jsonpatch.Add("/a", ""), jsonpatch.Replace("/b", false), jsonpatch.Remove("/c")}
	want := `[{"op":"add","path":"/a","value":""},{"op":"replace","path":"/b","value":false},{"op":"remove","path":"/c"}]`
	if got, err := json.Marshal(patch); err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// SetStrings adds what is absent, replaces what differs and leaves out what is there.
func TestSetStrings(t *testing.T) {
	type entries = map[string]string
	const path = "/metadata/labels"
	for name, c := range map[string]struct {
		current, want entries
		patch         jsonpatch.Patch
	}{
		"nothing":              {entries{"a": "1"}, nil, nil},
		"nothing, without map": {nil, nil, nil},
		"no map":               {nil, entries{"b": "2", "a": "1"}, jsonpatch.Patch{jsonpatch.Add(path, entries{"a": "1", "b": "2"})}},
		"empty map":            {entries{}, entries{"a": "1"}, jsonpatch.Patch{jsonpatch.Add(path, entries{"a": "1"})}},
		"in order of keys":     {entries{"x": ""}, entries{"c": "3", "a": "1", "b": "2"}, jsonpatch.Patch{jsonpatch.Add(path+"/a", "1"), jsonpatch.Add(path+"/b", "2"), jsonpatch.Add(path+"/c", "3")}},
		"another value":        {entries{"a": "0"}, entries{"a": "1"}, jsonpatch.Patch{jsonpatch.Replace(path+"/a", "1")}},
		"there already":        {entries{"a": "1", "b": ""}, entries{"a": "1", "b": ""}, nil},
		"empty value":          {entries{"a": "1"}, entries{"a": "", "b": ""}, jsonpatch.Patch{jsonpatch.Replace(path+"/a", ""), jsonpatch.Add(path+"/b", "")}},
		"escaped":              {entries{"x": ""}, entries{"a/b~c": "1"}, jsonpatch.Patch{jsonpatch.Add(path+"/a~1b~0c", "1")}},
	} {
		t.Run(name, func(t *testing.T) {
			before := maps.Clone(c.want)
			got := jsonpatch.SetStrings(path, c.current, c.want)
			if diff := cmp.Diff(c.patch, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(before, c.want); diff != "" {
				t.Errorf("the argument was changed:\n%s", diff)
			}
		})
	}
}

// token draws a key, often one with the characters that pointers escape. It isn't empty: the API
// server allows no empty keys, and the other implementation doesn't find them.
func token() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringOfN(rapid.SampledFrom([]rune("ab/~01.-")), 1, 5, -1), rapid.StringN(1, -1, -1))
}

// apply applies a patch by another implementation of RFC 6902.
func apply(t *rapid.T, document any, patch jsonpatch.Patch) map[string]any {
	data, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	operations, err := json.Marshal(patch)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := patches.DecodePatch(operations)
	if err != nil {
		t.Fatal(err)
	}
	if data, err = decoded.Apply(data); err != nil {
		t.Fatalf("apply %s: %v", operations, err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Applied by another implementation, the patch of SetStrings merges the entries into the map and
// changes nothing else, and a second one is empty.
func TestLawSetStringsMerges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.MapOfN(token(), rapid.SampledFrom([]string{"", "1", "2", "on/fargate"}), 0, 5)
		var current map[string]string
		if rapid.Bool().Draw(t, "present") {
			current = entries.Draw(t, "current")
		}
		want := entries.Draw(t, "want")
		key := token().Draw(t, "key")
		holder := map[string]any{key + "2": "untouched"}
		if current != nil {
			holder[key] = current
		}

		merged := maps.Clone(current)
		if merged == nil && len(want) > 0 {
			merged = map[string]string{}
		}
		maps.Copy(merged, want)
		patch := jsonpatch.SetStrings(jsonpatch.Pointer("/holder", key), current, want)
		patched := apply(t, map[string]any{"holder": holder}, patch)

		wanted := map[string]any{key + "2": "untouched"}
		if merged != nil {
			wanted[key] = generic(merged)
		}
		if diff := cmp.Diff(map[string]any{"holder": wanted}, patched); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if again := jsonpatch.SetStrings("/labels", merged, want); len(again) > 0 {
			t.Errorf("a second patch is %v", again)
		}
	})
}

func generic(entries map[string]string) map[string]any {
	out := map[string]any{}
	for key, value := range entries {
		out[key] = value
	}
	return out
}

// A pointer finds the value under its tokens, whatever characters they have.
func TestLawPointerFindsItsTokens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tokens := rapid.SliceOfN(token(), 1, 4).Draw(t, "tokens")
		nested := func(leaf string) map[string]any {
			var value any = leaf
			for i := len(tokens) - 1; i > 0; i-- {
				value = map[string]any{tokens[i]: value}
			}
			return map[string]any{tokens[0]: value}
		}
		patch := jsonpatch.Patch{jsonpatch.Replace(jsonpatch.Pointer("", tokens...), "after")}
		if diff := cmp.Diff(nested("after"), apply(t, nested("before"), patch)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}
