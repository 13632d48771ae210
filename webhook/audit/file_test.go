package audit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"testing/synctest"
	"time"

	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/audit/audittest"
)

// uids returns the UIDs of the lines in all files of a folder, sorted, and checks each line.
func uids(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, path := range files {
		text := read(t, path)
		if err := audittest.Validate([]byte(text)); err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
		for line := range strings.Lines(text) {
			var got struct{ UID string }
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatalf("%s: %v: %q", filepath.Base(path), err, line)
			}
			list = append(list, got.UID)
		}
	}
	slices.Sort(list)
	return list
}

// numbered returns UIDs from 0 on, sorted.
func numbered(count int) []string {
	var list []string
	for i := range count {
		list = append(list, fmt.Sprintf("%07d", i))
	}
	return list
}

// big returns a refusal whose line has more than 100 KiB.
func big(uid string) *audit.Line {
	line := refusal(uid)
	line.Findings[0].Message = strings.Repeat("x", 100<<10)
	return line
}

// At MaxSize the file is put aside, and nothing is lost.
func TestRotation(t *testing.T) {
	folder := t.TempDir()
	log := open(t, audit.Options{Path: filepath.Join(folder, "audit.log"), MaxSize: 1})
	const lines = 35
	for _, uid := range numbered(lines) {
		log.Add(big(uid))
	}
	sync(t, log)
	files, err := filepath.Glob(filepath.Join(folder, "audit*.log"))
	if err != nil || len(files) != 4 {
		t.Fatalf("have the files %v: %v", files, err)
	}
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil || info.Size() > 1<<20 || info.Mode() != fs.FileMode(0o600) {
			t.Errorf("%s: %v: %v", path, info, err)
		}
	}
	if got := uids(t, folder); !slices.Equal(got, numbered(lines)) {
		t.Errorf("have the lines %v", got)
	}
}

// Rotations in the same millisecond replace no other file: here time stands still.
func TestRotationsAtOnce(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		log := open(t, audit.Options{Path: filepath.Join(folder, "audit.log"), MaxSize: 1})
		for _, uid := range numbered(35) {
			log.Add(big(uid))
		}
		sync(t, log)
	})
	if got := uids(t, folder); !slices.Equal(got, numbered(35)) || len(names(t, folder)) != 4 {
		t.Errorf("have the lines %v in %v", got, names(t, folder))
	}
}

// A line that is larger than a file may be gets a file of its own.
func TestLineLargerThanAFile(t *testing.T) {
	folder := t.TempDir()
	log := open(t, audit.Options{Path: filepath.Join(folder, "audit.log"), MaxSize: 1})
	huge := refusal("0000001")
	huge.Findings[0].Message = strings.Repeat("x", 2<<20)
	log.Add(refusal("0000000"))
	log.Add(huge)
	log.Add(refusal("0000002"))
	sync(t, log)
	if got := uids(t, folder); !slices.Equal(got, numbered(3)) {
		t.Errorf("have the lines %v", got)
	}
}

// Only so many files are kept, and none for longer than it may; files that aren't backups stay.
func TestOldFilesAreRemoved(t *testing.T) {
	folder := t.TempDir()
	old := func(days int) string {
		return "audit-" + time.Now().AddDate(0, 0, -days).UTC().Format("2006-01-02T15-04-05.000") + ".log"
	}
	young, aged, zipped := old(1), old(8), old(9)+".gz"
	for _, name := range []string{young, aged, zipped, "audit-of-somebody.log", "audit.log.bak"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	there := func(name string) bool {
		_, err := os.Stat(filepath.Join(folder, name))
		return err == nil
	}
	log := open(t, audit.Options{Path: filepath.Join(folder, "audit.log"), MaxSize: 1, MaxBackup: 2, MaxAge: 7})
	if !there(young) || there(aged) || there(zipped) || !there("audit-of-somebody.log") || !there("audit.log.bak") {
		t.Errorf("after the start: %v", names(t, folder))
	}
	for _, uid := range numbered(35) {
		log.Add(big(uid))
	}
	sync(t, log)
	if left := names(t, folder); there(young) || len(left) != 5 {
		t.Errorf("after three rotations: %v", left)
	}
}

func names(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// A file that somebody removes or renames, as logrotate does, is made again at once; what was
// written to it stays there.
func TestFileIsRemovedOrRenamed(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "audit.log")
	log := open(t, audit.Options{Path: path})
	add := func(uid string) {
		log.Add(refusal(uid))
		sync(t, log)
	}
	add("0000000")
	if err := os.Rename(path, filepath.Join(folder, "renamed")); err != nil {
		t.Fatal(err)
	}
	add("0000001")
	if got := uids(t, folder); !slices.Equal(got, numbered(2)) {
		t.Errorf("after it was renamed: %v", got)
	}
	// logrotate makes the new file itself, with its option create.
	if err := os.Rename(path, filepath.Join(folder, "renamed too")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	add("0000002")
	if got := uids(t, folder); !slices.Equal(got, numbered(3)) || read(t, path) == "" {
		t.Errorf("after it was replaced: %v", got)
	}
	if err := errors.Join(os.Remove(path), os.Remove(filepath.Join(folder, "renamed too"))); err != nil {
		t.Fatal(err)
	}
	add("0000001")
	if got := uids(t, folder); !slices.Equal(got, numbered(2)) {
		t.Errorf("after it was removed: %v", got)
	}
	if err := os.Truncate(path, 0); err != nil { // as logrotate does with copytruncate
		t.Fatal(err)
	}
	add("0000001")
	if got := uids(t, folder); !slices.Equal(got, numbered(2)) {
		t.Errorf("after it was truncated: %v", got)
	}
}

// A line that a killed process has left incomplete is ended, and spoils no other.
func TestCutLineIsEnded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	if err := os.WriteFile(path, []byte(`{"time":"2026-`), 0o600); err != nil {
		t.Fatal(err)
	}
	log := open(t, audit.Options{Path: path})
	log.Add(refusal("u1"))
	sync(t, log)
	first, rest, _ := strings.Cut(read(t, path), "\n")
	if first != `{"time":"2026-` {
		t.Errorf("the first line is %q", first)
	}
	matchLine(t, rest)
}

// Two processes that write to one file, and both rotate it, lose nothing and mix nothing.
func TestTwoWritersOfOneFile(t *testing.T) {
	folder := t.TempDir()
	const each = 3000
	var writers gosync.WaitGroup
	all := numbered(2 * each)
	for half := range 2 {
		log := open(t, audit.Options{Path: filepath.Join(folder, "audit.log"), MaxSize: 1})
		writers.Go(func() {
			for i, uid := range all[half*each : (half+1)*each] {
				line := refusal(uid)
				line.Findings[0].Message = strings.Repeat("y", 1000)
				log.Add(line)
				if i%10 == 0 {
					sync(t, log)
				}
			}
			sync(t, log)
		})
	}
	writers.Wait()
	if got := uids(t, folder); !slices.Equal(got, all) {
		t.Errorf("%d of %d lines are there", len(slices.Compact(got)), len(all))
	}
	if files := names(t, folder); len(files) < 5 {
		t.Errorf("it was not rotated: %v", files)
	}
}
