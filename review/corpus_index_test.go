package review_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fargate-webhook/fargate"
	"fargate-webhook/review"
)

// indexed is a row of the corpus's INDEX.tsv by column: what another program
// read in the same manifests.
type indexed map[string]string

func (r indexed) list(column string) []string {
	if r[column] == "" {
		return nil
	}
	return strings.Split(r[column], ",")
}

func (r indexed) has(column, value string) bool { return slices.Contains(r.list(column), value) }

// anyOther reports whether the column holds more than what is named.
func (r indexed) anyOther(column string, named ...string) bool {
	return slices.ContainsFunc(r.list(column), func(value string) bool { return !slices.Contains(named, value) })
}

func (r indexed) number(t *testing.T, column string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(r[column], 64)
	if err != nil {
		t.Fatalf("column %s: %v", column, err)
	}
	return n
}

// told is what an index row says of a rule's findings.
type told int

const (
	// no is that there are none, open that the row doesn't tell.
	no told = iota
	open
	yes
)

func tell(is bool) told {
	if is {
		return yes
	}
	return no
}

func openIf(may bool) told {
	if may {
		return open
	}
	return no
}

// tells is what a row says of the object's findings. A rule that isn't in it
// has none.
func (r indexed) tells(t *testing.T) map[fargate.RuleID]told {
	t.Helper()
	switch {
	case r["kind"] == "Service":
		// The row doesn't tell whether it has a selector; all of these have.
		return map[fargate.RuleID]told{fargate.RuleNodePort: tell(r["serviceType"] == "NodePort")}
	case r["kind"] == "DaemonSet":
		return map[fargate.RuleID]told{fargate.RuleDaemonSet: r.keptOff()}
	case r["nodeName"] != "":
		return map[fargate.RuleID]told{fargate.RuleJobTTL: no}
	}
	return map[fargate.RuleID]told{
		fargate.RuleHostNamespaces:      tell(r["hostNetwork"] != "" || r["hostPIDIPC"] != ""),
		fargate.RuleHostPort:            tell(r["hostPorts"] != "" && r["hostNetwork"] == ""),
		fargate.RulePrivileged:          tell(r["privileged"] != ""),
		fargate.RulePrivilegeEscalation: tell(r["allowPrivEsc_true"] != ""),
		fargate.RuleAddedCapabilities: tell(r.anyOther("capsAdd", "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL",
			"MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT")),
		fargate.RuleVolumeType: tell(r.anyOther("volumes", "emptyDir", "emptyDir:Memory", "emptyDir(implied)", "secret", "configMap", "projected",
			"downwardAPI", "nfs", "persistentVolumeClaim")),
		fargate.RuleVolumeDevices:     tell(r.has("otherFlags", "volumeDevices")),
		fargate.RulePersistentVolume:  openIf(r.has("volumes", "persistentVolumeClaim") || r["pvcTemplates"] > "0"),
		fargate.RuleNodeSelection:     r.nodeSelection(),
		fargate.RulePodSize:           tell(r.number(t, "cpu_m") > 16000 || r.number(t, "mem_Mi")+256 > 120*1024),
		fargate.RuleEphemeralStorage:  openIf(r.has("extendedResources", "ephemeral-storage")),
		fargate.RuleExtendedResource:  tell(r["gpu"] != "" || r.anyOther("extendedResources", "ephemeral-storage")),
		fargate.RuleUnsafeSysctl:      openIf(r.has("otherFlags", "sysctls")),
		fargate.RuleKubeletPort:       tell(r.has("port10250", "containerPort")),
		fargate.RulePodAffinity:       openIf(r.has("nodeKeys", "podAffinity") || r.has("nodeKeys", "podAntiAffinity")),
		fargate.RuleTopologySpread:    openIf(r.has("nodeKeys", "topologySpread")),
		fargate.RulePodLevelResources: tell(r.has("otherFlags", "podLevelResources")),
		fargate.RuleRuntimeClass:      tell(r["runtimeClass"] != ""),
		fargate.RuleJobTTL:            openIf(r["kind"] == "Job" || r["kind"] == "CronJob"),
	}
}

// nodeSelection is certain of other systems and schedulers and of node labels
// that no Fargate node has; a row has no values, and of affinities no operators.
func (r indexed) nodeSelection() told {
	result := tell(r["os"] == "windows" || r["schedulerName"] != "")
	for _, key := range r.list("nodeKeys") {
		switch kind, _, found := strings.Cut(key, ":"); {
		case key == "podAffinity", key == "podAntiAffinity", key == "topologySpread", found && kind == "pref":
		case found || strings.HasSuffix(key, "kubernetes.io/os") || strings.HasSuffix(key, "kubernetes.io/arch"):
			result = max(result, open)
		default:
			return yes
		}
	}
	return result
}

// keptOff says nothing of a DaemonSet whose required node affinity or node
// selector may keep it off Fargate nodes.
func (r indexed) keptOff() told {
	switch r.nodeSelection() {
	case yes:
		return no
	case open:
		return open
	}
	return yes
}

func readIndex(t *testing.T) []indexed {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpus, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	columns := strings.Split(lines[0], "\t")
	rows := make([]indexed, 0, len(lines))
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) != len(columns) {
			t.Fatalf("%d cells: %s", len(cells), line)
		}
		row := indexed{}
		for i, column := range columns {
			row[column] = cells[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// TestCorpusIndex compares the judgement with the corpus's index, which
// another program made: what it saw is found, and nothing is that it did not
// see.
func TestCorpusIndex(t *testing.T) {
	items := map[string]*review.Item{}
	for app, found := range reviewCorpus(t) {
		for i := range found {
			if found[i].Result != review.ResultSkip {
				items[place(app, &found[i])] = &found[i]
			}
		}
	}
	unreadable := unreadableOfCorpus()
	for _, row := range readIndex(t) {
		at := row["app"] + "/" + row["file"] + ":" + row["doc"]
		item := items[at]
		delete(items, at)
		switch {
		case item == nil && (strings.HasSuffix(row["apiVersion"], "beta1") || unreadable[row["app"]+"/"+row["file"]] != ""):
			continue // no API server of today takes it
		case item == nil:
			t.Errorf("%s is not judged", at)
			continue
		}
		if item.Kind != row["kind"] || item.Name != strings.TrimPrefix(row["name"], "(gen)") {
			t.Errorf("%s: %s %q, but %s %q in the index", at, item.Kind, item.Name, row["kind"], row["name"])
		}
		compareWithRow(t, at, item, row.tells(t))
	}
	for at := range items {
		t.Errorf("%s is judged, and not in the index", at)
	}
}

// place is an object's place as the index writes it: app/file:doc[item].
func place(app string, item *review.Item) string {
	at := fmt.Sprintf("%s/%s:%d", app, item.Source, item.Index)
	if item.Item != nil {
		at += fmt.Sprintf("[%d]", *item.Item)
	}
	return at
}

func compareWithRow(t *testing.T, at string, item *review.Item, want map[fargate.RuleID]told) {
	t.Helper()
	found := map[fargate.RuleID]bool{}
	for _, f := range item.Findings {
		if !found[f.Rule] && want[f.Rule] == no {
			t.Errorf("%s: finding %s: %s, of which the index says nothing", at, f.Rule, f.Message)
		}
		found[f.Rule] = true
	}
	for rule, is := range want {
		if is == yes && !found[rule] {
			t.Errorf("%s: no finding %s, which the index leads to", at, rule)
		}
	}
}
