package review_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/policy"
)

// indexed is a row of the INDEX.tsv of the corpus by column. Another program made it from the same
// manifests.
type indexed map[string]string

func (r indexed) list(column string) []string {
	if r[column] == "" {
		return nil
	}
	return strings.Split(r[column], ",")
}

func (r indexed) has(column, value string) bool { return slices.Contains(r.list(column), value) }

// anyOther reports whether the column has a value that isn't named.
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

// told says whether an object has findings of a rule, by its row of the index.
type told int

const (
	// no means that it has none, open that the row doesn't say.
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

// tells returns what the row says about the findings of the object, by rule. A rule that isn't
// listed has none.
func (r indexed) tells(t *testing.T) map[policy.RuleID]told {
	t.Helper()
	switch {
	case r["kind"] == "Service":
		// The row doesn't say whether it has a selector; all of these do.
		return map[policy.RuleID]told{
			objects.NodePort.ID:           tell(r["serviceType"] == "NodePort"),
			objects.LoadBalancerTarget.ID: openIf(r["serviceType"] == "LoadBalancer"),
		}
	case r["kind"] == "DaemonSet":
		return map[policy.RuleID]told{objects.DaemonSets.ID: r.keptOff()}
	case r["nodeName"] != "":
		return map[policy.RuleID]told{objects.JobTTL.ID: no}
	}
	return map[policy.RuleID]told{
		rules.HostNamespaces.ID:      tell(r["hostNetwork"] != "" || r["hostPIDIPC"] != ""),
		rules.HostPort.ID:            tell(r["hostPorts"] != "" && r["hostNetwork"] == ""),
		rules.Privileged.ID:          tell(r["privileged"] != ""),
		rules.PrivilegeEscalation.ID: tell(r["allowPrivEsc_true"] != ""),
		rules.AddedCapabilities.ID: tell(r.anyOther("capsAdd", "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL",
			"MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT")),
		rules.VolumeType.ID: tell(r.anyOther("volumes", "emptyDir", "emptyDir:Memory", "emptyDir(implied)", "secret", "configMap", "projected",
			"downwardAPI", "nfs", "persistentVolumeClaim")),
		rules.VolumeDevices.ID:       tell(r.has("otherFlags", "volumeDevices")),
		rules.PersistentVolume.ID:    openIf(r.has("volumes", "persistentVolumeClaim") || r["pvcTemplates"] > "0"),
		rules.NodeSelection.ID:       r.nodeSelection(),
		rules.PodSize.ID:             tell(r.number(t, "cpu_m") > 16000 || r.number(t, "mem_Mi")+256 > 120*1024),
		rules.LimitAboveSize.ID:      openIf(r["has_limits"] != "none"),
		rules.EphemeralStorage.ID:    openIf(r.has("extendedResources", "ephemeral-storage")),
		rules.ExtendedResource.ID:    tell(r["gpu"] != "" || r.anyOther("extendedResources", "ephemeral-storage")),
		rules.UnsafeSysctl.ID:        openIf(r.has("otherFlags", "sysctls")),
		rules.KubeletPort.ID:         tell(r.has("port10250", "containerPort")),
		rules.PodAffinity.ID:         openIf(r.has("nodeKeys", "podAffinity") || r.has("nodeKeys", "podAntiAffinity")),
		rules.TopologySpread.ID:      openIf(r.has("nodeKeys", "topologySpread")),
		rules.PodLevelResources.ID:   tell(r.has("otherFlags", "podLevelResources")),
		rules.RuntimeClass.ID:        tell(r["runtimeClass"] != ""),
		objects.JobTTL.ID:            openIf(r["kind"] == "Job" || r["kind"] == "CronJob"),
		rules.PriorityClass.ID:       tell(r["priorityClass"] != "" && !strings.HasPrefix(r["priorityClass"], "system-")),
		rules.LocalhostProfile.ID:    open, // the rest has no column
		rules.HostUsers.ID:           open,
		rules.HostIPAgent.ID:         open,
		rules.StorageClassUnknown.ID: openIf(r.has("volumes", "persistentVolumeClaim") || r["pvcTemplates"] > "0"),
		rules.ScratchSpace.ID:        open,
		rules.FinishedPods.ID:        openIf(r["kind"] == "Pod"),
	}
}

// nodeSelection is certain about other systems and schedulers, and about node labels that no
// Fargate node has. A row has neither values nor the operators of affinities.
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

// keptOff is open for a DaemonSet whose required node affinity or node selector may exclude Fargate
// nodes.
func (r indexed) keptOff() told {
	switch r.nodeSelection() {
	case yes:
		return no
	case open:
		return open
	default:
		return yes
	}
}
