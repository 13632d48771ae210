package migration_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/migration"
	"fargate-webhook/policy"
)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// indent indents all lines but the first, and the first by its caller, as the spec of a jobTemplate.
func indent(text string) string {
	return strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
}

func allCases() []noteCase {
	return slices.Concat(onPods(), onContainers(), onScheduling(), onOthers())
}

// Each object has the note that it is meant for, for its targets, and no other one.
func TestNotes(t *testing.T) {
	for _, tt := range allCases() {
		t.Run(tt.name, func(t *testing.T) {
			for _, to := range []migration.Target{ec2, auto} {
				found := find(t, tt.object, to)
				if tt.note == "" || len(tt.to) > 0 && !slices.Contains(tt.to, to) {
					if len(found) > 0 {
						t.Errorf("%s: found %+v, want nothing", to, found)
					}
					continue
				}
				if len(found) != 1 || found[0].Rule != policy.RuleID(tt.note) {
					t.Errorf("%s: found %+v, want %s", to, found, tt.note)
					continue
				}
				f := found[0]
				if f.Field != tt.field || !strings.Contains(f.Message, tt.message) || f.Remedy == "" || f.Action != policy.Warn || f.PodsRefused {
					t.Errorf("%s: %+v", to, f)
				}
			}
		})
	}
}

// Every note has an object that it finds and texts that explain it, and no id is that of a rule.
func TestNotesAreComplete(t *testing.T) {
	found := map[policy.RuleID]bool{}
	for _, tt := range allCases() {
		found[policy.RuleID(tt.note)] = true
	}
	seen := map[policy.RuleID]bool{}
	for _, note := range migration.All() {
		if !found[note.ID] {
			t.Errorf("%s: no case finds it", note.ID)
		}
		if seen[note.ID] || catalog.ByID(note.ID) != nil || migration.ByID(note.ID) != note {
			t.Errorf("%s: the id must be that of one note and of no rule", note.ID)
		}
		seen[note.ID] = true
		for _, text := range []string{note.Title, note.What, note.Why, note.Fix, string(note.Severity), string(note.Default)} {
			if text == "" {
				t.Errorf("%s: a text is missing: %+v", note.ID, note.Rule)
			}
		}
		if len(note.References) == 0 || len(note.Facts) == 0 || strings.HasSuffix(note.Fix, ".") {
			t.Errorf("%s: references or facts are missing, or the fix ends in a full stop", note.ID)
		}
	}
}

// What only means something for pods on Fargate isn't noted of others. What names Fargate is, and so
// is the log router.
func TestNotOnFargate(t *testing.T) {
	always := []string{"fargate-profile-label", "fargate-node-selection", "fargate-scheduler-name", "fargate-toleration", "fargate-annotations", "fargate-logging"}
	for _, tt := range allCases() {
		meta, object := read(t, tt.object)
		for _, to := range migration.Targets {
			found := migration.Find(migration.Subject{Meta: meta, Object: object}, to)
			want := to != migration.Fargate && slices.Contains(always, tt.note) && (len(tt.to) == 0 || slices.Contains(tt.to, to))
			if len(found) > 0 != want {
				t.Errorf("%s to %s: found %+v", tt.name, to, found)
			}
		}
	}
}

// On Fargate nothing changes.
func TestToFargate(t *testing.T) {
	for _, tt := range allCases() {
		if found := find(t, tt.object, migration.Fargate); len(found) > 0 {
			t.Errorf("%s: found %+v", tt.name, found)
		}
	}
}

// A template has the notes of its pod, at its path.
func TestTemplates(t *testing.T) {
	const text = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      schedulerName: fargate-scheduler
      containers:
      - {name: log, image: fluent-bit}
      - {name: b, image: filebeat}
      - {name: app, image: app, resources: {requests: {cpu: 1, memory: 1Gi}}}
`
	var fields []string
	for _, f := range find(t, text, ec2) {
		fields = append(fields, f.Field)
	}
	want := []string{"spec.template.spec.schedulerName", "spec.template.spec.containers[1].image", "spec.template.spec.containers[0].image"}
	if !slices.Equal(fields, want) {
		t.Errorf("found at %q, want %q", fields, want)
	}
}

// An agent is known by the name of its workload, or by the labels of its pods.
func TestAgentItself(t *testing.T) {
	const text = `apiVersion: apps/v1
kind: Deployment
metadata: {name: %s}
spec:
  template:
    metadata: {labels: {app: %s}}
    spec:
      containers:
      - {name: a, image: fluent-bit, resources: {requests: {cpu: 1, memory: 1Gi}}}
      - {name: b, image: reloader}
`
	for _, tt := range []struct {
		name, label string
		want        int
	}{{"shop", "shop", 1}, {"my-fluent-bit", "logs", 0}, {"logs", "fluent-bit", 0}} {
		if found := find(t, sprintf(text, tt.name, tt.label), ec2); len(found) != tt.want {
			t.Errorf("%s: found %+v", tt.name, found)
		}
	}
}

// The pods of a DaemonSet never run on Fargate.
func TestDaemonSets(t *testing.T) {
	const text = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: web}\nspec: {template: {spec: {schedulerName: fargate-scheduler, containers: [{name: a, image: a}]}}}\n"
	if found := find(t, text, ec2); len(found) > 0 {
		t.Errorf("found %+v", found)
	}
}

func TestParse(t *testing.T) {
	for _, target := range migration.Targets {
		if got, err := migration.Parse(string(target)); got != target || err != nil {
			t.Errorf("Parse(%q) = %q, %v", target, got, err)
		}
	}
	for _, name := range []string{"", "EC2", "automode"} {
		if _, err := migration.Parse(name); err == nil || !strings.Contains(err.Error(), "must be fargate, auto-mode or ec2") {
			t.Errorf("Parse(%q): %v", name, err)
		}
	}
}
