package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

// auditText returns a line of the audit log about a pod of an owner.
func auditText(at time.Time, owner, rule string, observed bool) string {
	return fmt.Sprintf(`{"time":%q,"event":"refused","uid":"u","user":"kim","caller":"secret-path","operation":"CREATE","resource":"pods","namespace":"apps","name":"","generateName":"web-",`+
		`"owner":%q,"dryRun":false,"profile":"","findings":[{"rule":%q,"field":"spec","message":"m"}],"observed":%v}`+"\n", at.Format(time.RFC3339Nano), owner, rule, observed)
}

// Several files, compressed ones and standard input are counted together.
func TestAudit(t *testing.T) {
	now := time.Now()
	plain := write(t, "audit.log", auditText(now.Add(-2*time.Hour), "Job/old", "privileged", false)+auditText(now, "ReplicaSet/web", "host-port", false)+"damaged\n")
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	if _, err := writer.Write([]byte(auditText(now, "ReplicaSet/api", "host-port", true))); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	rotated := write(t, "audit-2026-03-02T10-11-12.345.log.gz", zipped.String())
	stdin := auditText(now, "ReplicaSet/web", "host-port", false)

	got := program(t, stdin, "audit", "-f", plain, rotated, "-")
	got.wants(t, cli.ExitOK, "")
	for _, want := range []string{"RULE ", "host-port   2        1 ", "privileged  1        0 ", "4 requests from ", "mode Observe let 1 request through", "lines left out as damaged: 1\n"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("want %q in\n%s", want, got.stdout)
		}
	}
	got = program(t, stdin, "audit", "-f", plain, "-f", rotated, "-f", "-", "--by", "owner", "--since", "1h", "-o", "json", "--top", "1")
	got.wants(t, cli.ExitOK, "")
	var report struct {
		Refused, WouldRefuse, More int
		Groups                     []struct{ Name string }
		Lines                      struct{ Earlier int }
	}
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || report.Refused != 2 || report.WouldRefuse != 1 || report.More != 1 ||
		report.Lines.Earlier != 1 || len(report.Groups) != 1 || report.Groups[0].Name != "apps/ReplicaSet/web" {
		t.Errorf("%v: %s", err, got.stdout)
	}
	program(t, "", "audit", "-f", "-").wants(t, cli.ExitOK, "")
}

// What docs/audit.md shows is what the command prints.
func TestAuditPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```console\n$ fargate-webhook audit -f audit.log\n")
	want, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the page shows no output")
	}
	at := func(hour, minute int) time.Time { return time.Date(2026, 3, 2, hour, minute, 0, 0, time.UTC) }
	many := func(count int, line string) string { return strings.Repeat(line, count) }
	log := auditText(at(8, 0), "ReplicaSet/web", "host-port", false) + strings.ReplaceAll(auditText(at(9, 15), "Job/debug", "privileged", true), "apps", "ops") +
		many(3, auditText(at(10, 0), "ReplicaSet/web", "host-port", true)) + auditText(at(15, 0), "ReplicaSet/web", "host-port", false) +
		many(11, strings.ReplaceAll(auditText(at(19, 30), "ReplicaSet/cart-7d4b9c", "host-port", true), "apps", "shop"))
	got := program(t, log, "audit", "-f", "-")
	got.wants(t, cli.ExitOK, "")
	if diff := cmp.Diff(want, got.stdout); diff != "" {
		t.Errorf("-page +printed:\n%s", diff)
	}
}

func TestAuditFails(t *testing.T) {
	folder := t.TempDir()
	missing := filepath.Join(folder, "missing.log")
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no file":         {nil, cli.ExitUsage, "set --filename to the audit log, or to - for standard input"},
		"missing file":    {[]string{"-f", missing}, cli.ExitUsage, "read the audit log: open " + missing},
		"a folder":        {[]string{"-f", folder}, cli.ExitUsage, folder + " is a folder: name its files"},
		"unknown group":   {[]string{"-f", "-", "--by", "pod"}, cli.ExitUsage, `--by "pod": must be one of rule, user, namespace, owner, profile`},
		"negative since":  {[]string{"-f", "-", "--since", "-1h"}, cli.ExitUsage, "--since -1h0m0s: must not be negative"},
		"since in days":   {[]string{"-f", "-", "--since", "1d"}, cli.ExitUsage, `invalid argument "1d" for "--since" flag`},
		"negative top":    {[]string{"-f", "-", "--top", "-1"}, cli.ExitUsage, "--top -1: must not be negative"},
		"unknown output":  {[]string{"-f", "-", "-o", "yaml"}, cli.ExitUsage, `--output "yaml": must be table or json`},
		"cut off archive": {[]string{"-f", write(t, "cut.gz", "\x1f\x8b\x08\x00\x00")}, cli.ExitFailed, "decompress: unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			program(t, "", append([]string{"audit"}, c.args...)...).wants(t, c.code, c.want)
		})
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close() //nolint:errcheck // takes nothing
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"audit", "-f", "-"}, strings.NewReader(""), full, &stderr)
	outcome{code: code, stderr: stderr.String()}.wants(t, cli.ExitFailed, "write the report: ")
}

// Ctrl-C ends the command while it reads a pipe without an end.
func TestInterruptAudit(t *testing.T) {
	reader, writer := pipe(t)
	p := start(t, reader, nil, "audit", "-f", "-")
	wrote := make(chan error, 1)
	go func() {
		_, err := writer.WriteString(strings.Repeat(auditText(time.Now(), "ReplicaSet/web", "host-port", false), 5000))
		wrote <- err
	}()
	await(t, "the program reads its input", wrote)
	p.interrupted(t, syscall.SIGINT)
}
