package lastgood

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"fargate-webhook/profiles"
)

const source = `EKS cluster "demo" in region "eu-west-1"`

// noon is when the lists of the tests were given.
func noon() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

func someProfiles() []profiles.Profile {
	return []profiles.Profile{
		{Name: "apps", Status: profiles.StatusActive, Selectors: []profiles.Selector{
			{Namespace: "apps", Labels: map[string]string{"run": "on-fargate"}}, {Namespace: "web-*"}}},
		{Name: "leaves", Status: profiles.StatusDeleting},
	}
}

// TestEncode has the form of the document, which other versions of the program read.
func TestEncode(t *testing.T) {
	text, err := encode(source, someProfiles(), noon())
	if err != nil {
		t.Fatal(err)
	}
	want := `{
 "version": 1,
 "source": "EKS cluster \"demo\" in region \"eu-west-1\"",
 "listed": "2026-11-25T12:00:00Z",
 "profiles": [
  {
   "name": "apps",
   "status": "ACTIVE",
   "selectors": [
    {
     "namespace": "apps",
     "labels": {
      "run": "on-fargate"
     }
    },
    {
     "namespace": "web-*"
    }
   ]
  },
  {
   "name": "leaves",
   "status": "DELETING",
   "selectors": []
  }
 ]
}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDecodeIsTheOtherWay: what is written is read as it was, whatever the texts in it.
func TestDecodeIsTheOtherWay(t *testing.T) {
	text := rapid.StringN(1, 8, -1)
	drawn := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) profiles.Profile {
		return profiles.Profile{
			Name: text.Draw(t, "name"), Status: profiles.Status(text.Draw(t, "status")),
			Selectors: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) profiles.Selector {
				return profiles.Selector{Namespace: text.Draw(t, "namespace"), Labels: rapid.MapOfN(text, text, 0, 2).Draw(t, "labels")}
			}), 0, 3).Draw(t, "selectors"),
		}
	}), 0, 5, func(p profiles.Profile) string { return p.Name })
	rapid.Check(t, func(t *rapid.T) {
		want := drawn.Draw(t, "profiles")
		written, err := encode(source, want, noon())
		if err != nil {
			t.Fatal(err)
		}
		got, listed, err := decode(written, source, noon().Add(time.Hour))
		if err != nil || !listed.Equal(noon()) {
			t.Fatalf("listed %s, %v", listed, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// TestDecodeRefuses: anything odd is refused, with what it is, and nothing of it is used.
func TestDecodeRefuses(t *testing.T) {
	good, err := encode(source, someProfiles(), noon())
	if err != nil {
		t.Fatal(err)
	}
	replaced := func(part, other string) string {
		if !strings.Contains(string(good), part) {
			t.Fatalf("%s is not in the document", part)
		}
		return strings.Replace(string(good), part, other, 1)
	}
	for name, test := range map[string]struct{ text, want string }{
		"nothing":             {"", "not a list"},
		"half":                {string(good[:len(good)/2]), "not a list"},
		"more behind":         {string(good) + "{}", "not a list"},
		"a list":              {"[]", "not a list"},
		"a later version":     {replaced(`"version": 1`, `"version": 2`), "version must be 1, not 2"},
		"no version":          {replaced(`"version": 1,`, ``), "version must be 1, not 0"},
		"another cluster":     {replaced(`\"demo\"`, `\"prod\"`), `it is the list of EKS cluster "prod" in region "eu-west-1", not of ` + source},
		"another region":      {replaced(`eu-west-1`, `eu-west-2`), "not of " + source},
		"no time":             {replaced("2026-11-25T12:00:00Z", "0001-01-01T00:00:00Z"), "has no time"},
		"no time at all":      {replaced(`"listed": "2026-11-25T12:00:00Z",`, ""), "has no time"},
		"a time to come":      {replaced("2026-11-25T12:00:00Z", "2026-11-25T13:06:00Z"), "in the future"},
		"no name":             {replaced(`"apps",`, `"",`), "profile 0 has no name"},
		"a name twice":        {replaced(`"leaves"`, `"apps"`), `profile "apps" is listed twice`},
		"no status":           {replaced(`"ACTIVE"`, `""`), `profile "apps" has no status`},
		"no namespace":        {replaced(`"namespace": "web-*"`, `"namespace": ""`), `selector 1 of profile "apps" has no namespace`},
		"a field too many":    {replaced(`"version": 1,`, `"version": 1, "more": true,`), "it is not as the webhook writes it"},
		"a field twice":       {replaced(`"version": 1,`, `"version": 1, "version": 1,`), "not as the webhook writes"},
		"a field in capitals": {replaced(`"status"`, `"Status"`), "not as the webhook writes"},
		"null":                {replaced(`"selectors": []`, `"selectors": null`), "not as the webhook writes"},
		"too long":            {string(good) + strings.Repeat(" ", maxSize), "must not have more than"},
	} {
		t.Run(name, func(t *testing.T) {
			list, _, err := decode([]byte(test.text), source, noon().Add(time.Hour))
			if err == nil || !strings.Contains(err.Error(), test.want) || list != nil {
				t.Errorf("got %v, %v, want %q", list, err, test.want)
			}
		})
	}
	if _, _, err := decode(good, source, noon().Add(-maxAhead)); err != nil {
		t.Errorf("a clock that is a little ahead: %v", err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	many := make([]profiles.Profile, 20_000)
	for i := range many {
		many[i] = profiles.Profile{Name: fmt.Sprint("profile-", i), Status: profiles.StatusActive}
	}
	if _, err := encode(source, many, noon()); err == nil || !strings.Contains(err.Error(), "the list of 20000 profiles has") {
		t.Errorf("got %v, want that it is too long", err)
	}
	if _, err := encode(source, []profiles.Profile{{Name: "a"}}, noon()); err == nil {
		t.Error("a profile without a status is written, which could not be read")
	}
}
