package audit_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fargate-webhook/webhook/audit"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func open(t *testing.T, options audit.Options) *audit.Log {
	t.Helper()
	log, err := audit.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	return log
}

// sync waits until what was added is written.
func sync(t *testing.T, log *audit.Log) {
	t.Helper()
	if err := log.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func refusal(uid string) *audit.Line {
	return &audit.Line{
		Time: time.Now(), Event: audit.Refused, UID: uid, User: "kim", Groups: []string{"dev", "system:authenticated"}, Caller: "secret-path", Operation: "CREATE", Resource: "daemonsets.apps",
		Namespace: "apps", Name: "agent", GenerateName: "agent-", Owner: "Fleet/agents", DryRun: true, Profile: "apps-profile",
		Findings: []audit.Finding{{Rule: "daemonset", Field: "spec.template", Message: "a \"quoted\"\nreason <b>"}, {Rule: "other"}},
	}
}

// line is a whole line but for its time.
const line = `,"event":"refused","uid":"u1","user":"kim","groups":["dev","system:authenticated"],"caller":"secret-path","operation":"CREATE","resource":"daemonsets.apps",` +
	`"namespace":"apps","name":"agent","generateName":"agent-","owner":"Fleet/agents","dryRun":true,"profile":"apps-profile",` +
	`"findings":[{"rule":"daemonset","field":"spec.template","message":"a \"quoted\"\nreason <b>"},{"rule":"other","field":"","message":""}]}` + "\n"

// matchLine checks the one line of a log to the letter.
func matchLine(t *testing.T, text string) {
	t.Helper()
	stamp := regexp.MustCompile(`^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"`)
	found := stamp.FindString(text)
	if found == "" || text[len(found):] != line {
		t.Errorf("have  %s\nwant …%s", text, line)
	}
}

// A part of an object, and findings that aren't listed, are told only where there are any.
func TestPartsAndMore(t *testing.T) {
	var out bytes.Buffer
	partly := refusal("u1")
	partly.SubResource, partly.More = "resize", 7
	log := open(t, audit.Options{Path: "-", Stdout: &out})
	log.Add(partly)
	sync(t, log)
	text := strings.Replace(out.String(), `"resource":"daemonsets.apps","subresource":"resize",`, `"resource":"daemonsets.apps",`, 1)
	matchLine(t, strings.Replace(text, `],"more":7}`, `]}`, 1))
	if len(out.String())-len(text) != len(`"subresource":"resize",`) || !strings.HasSuffix(text, `,"more":7}`+"\n") {
		t.Errorf("have %s", &out)
	}
}

func TestStandardOutput(t *testing.T) {
	var out bytes.Buffer
	log := open(t, audit.Options{Path: "-", Stdout: &out})
	log.Add(refusal("u1"))
	sync(t, log)
	matchLine(t, out.String())
}

// The lines name who did what: nobody but the owner reads them.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	log := open(t, audit.Options{Path: path})
	log.Add(refusal("u1"))
	sync(t, log)
	matchLine(t, read(t, path))
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("the mode is %v: %v", info.Mode(), err)
	}
}

// A restart goes on where the last run ended.
func TestFileIsContinued(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	for i := range 2 {
		log, err := audit.Open(audit.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		log.Add(refusal(fmt.Sprint(i)))
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if text := read(t, path); strings.Count(text, "\n") != 2 {
		t.Errorf("have %s", text)
	}
}

func TestNoLog(t *testing.T) {
	var out bytes.Buffer
	open(t, audit.Options{Stdout: &out}).Add(refusal("u1"))
	if out.Len() > 0 {
		t.Errorf("have %s", &out)
	}
}

// A log that can't be written is told at the start, with flag and path.
func TestUnwritable(t *testing.T) {
	folder := t.TempDir()
	plain := filepath.Join(folder, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a folder":             folder,
		"in no folder":         filepath.Join(folder, "missing", "audit.log"),
		"in what is no folder": filepath.Join(plain, "audit.log"),
	} {
		log, err := audit.Open(audit.Options{Path: path})
		if err == nil {
			t.Errorf("%s: it was opened: %v", name, log.Close())
			continue
		}
		if !strings.Contains(err.Error(), path+":") || !strings.Contains(err.Error(), "set --audit-log-path to a writable file") {
			t.Errorf("%s: have %v", name, err)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
