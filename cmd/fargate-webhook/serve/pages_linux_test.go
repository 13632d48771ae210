package serve

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// ofFiles returns how much of the process is resident pages of files, in KiB.
func ofFiles(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "RssFile:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib
}

// The pages of the program are given back, and it goes on running.
func TestDropPages(t *testing.T) {
	before := ofFiles(t)
	if err := dropPages(); err != nil {
		t.Fatal(err)
	}
	after := ofFiles(t)
	t.Logf("%d KiB resident before, %d after", before, after)
	if after > before*3/4 {
		t.Errorf("%d KiB resident before, %d after", before, after)
	}
	if _, err := levelOf("info").MarshalText(); err != nil {
		t.Error(err)
	}
}
