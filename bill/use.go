package bill

import "math"

// Use is how much the pods of a workload run in a month.
type Use struct {
	// PodsLeast and PodsMost are how many pods run at the same time.
	PodsLeast, PodsMost int64
	// Least and Most are the seconds that they run, all together.
	Least, Most int64
	// Unknown is true where there is no telling the most.
	Unknown bool
	// Notes say what the figures rest on, in words.
	Notes []string
}

// Steady is the use of pods that always run: as many as an autoscaler keeps at least and at most.
func Steady(least, most int64) Use {
	least = max(least, 0)
	most = max(most, least)
	return Use{PodsLeast: least, PodsMost: most, Least: product(least, Month), Most: product(most, Month)}
}

// Batch is one run of a Job.
type Batch struct {
	// AtOnce is how many pods run at the same time, and Pods how many have to end well.
	AtOnce, Pods int64
	// Retries is how many pods that failed are replaced at most.
	Retries int64
	// Deadline ends the Job, and PodDeadline each of its pods, after so many seconds; nil for never.
	Deadline, PodDeadline *int64
	// Kept is for how many seconds finished pods stay; nil where nothing deletes them.
	Kept *int64
	// NoJob is true for a pod without a Job: nothing of its own deletes it.
	NoJob bool
	// History is how many finished Jobs stay; nil where no number limits them.
	History *int64
	// Starts returns how many runs start within so many seconds at most; nil for a single run.
	Starts func(seconds int64) int64
	// Alone is true where a run doesn't start, or ends the one before, while that still runs.
	Alone bool
}

const (
	// noteUnbounded, noteKept, noteKeptPod say why the most isn't known, or isn't all.
	noteUnbounded = "nothing ends a run: set activeDeadlineSeconds to know what it costs at most"
	noteKept      = "finished pods are billed until they are deleted, which isn't counted: set ttlSecondsAfterFinished"
	noteKeptPod   = "finished pods are billed until they are deleted, which isn't counted: delete the pod when it has finished, or run it by a Job with ttlSecondsAfterFinished"
)

// maxBackOff is how long a Job waits at most before it replaces a pod that failed, in seconds.
const maxBackOff = 600

// Within returns the use of so many runs in a month: at least a minute for each pod, and at most
// until the deadlines. Finished pods are billed until they are deleted (F3.15): until their Job ends
// and is deleted, at most all of its pods at the same time.
func (b Batch) Within(runs Runs) Use {
	b.AtOnce, b.Pods = max(b.AtOnce, 0), max(b.Pods, 0)
	b.AtOnce = min(b.AtOnce, b.Pods)
	u := Use{PodsMost: b.AtOnce, Least: runs.times(product(b.Pods, minute))}
	if b.AtOnce == 0 || runs == 0 {
		return Use{}
	}
	all := sum(b.Pods, max(b.Retries, 0))
	length, known := b.length(all)
	running := b.starts(length)
	if b.Alone {
		running = 1
	}
	jobs := running
	if known {
		u.Most = runs.times(product(all, length))
		if b.Alone {
			u.Most = min(u.Most, product(all, Month))
		}
	} else {
		u.Unknown, u.Notes = true, []string{noteUnbounded}
	}
	switch {
	case b.Kept == nil && b.History == nil && b.NoJob:
		u.Notes = append(u.Notes, noteKeptPod)
	case b.Kept == nil && b.History == nil:
		u.Notes = append(u.Notes, noteKept)
	default:
		jobs = sum(running, b.kept(length))
		u.Most = sum(u.Most, b.keptFor(all, runs))
	}
	u.PodsMost, u.Most = product(all, jobs), max(u.Most, u.Least)
	if u.Unknown {
		u.Most = 0
	}
	return u
}

// length returns how long a run takes at most, in seconds, if that is known: until the deadline of
// the Job, or until that of its pods, one lot after the other.
func (b Batch) length(all int64) (seconds int64, known bool) {
	if b.PodDeadline != nil {
		lots := sum(all, b.AtOnce-1) / b.AtOnce
		seconds = sum(product(lots, max(*b.PodDeadline, minute)), product(max(b.Retries, 0), maxBackOff))
	}
	if b.Deadline != nil && (b.PodDeadline == nil || *b.Deadline < seconds) {
		seconds = max(*b.Deadline, minute)
	}
	return seconds, b.Deadline != nil || b.PodDeadline != nil
}

// starts returns how many runs start within so many seconds, at least the one that runs.
func (b Batch) starts(seconds int64) int64 {
	if b.Starts == nil {
		return 1
	}
	return max(b.Starts(seconds), 1)
}

// kept returns how many finished Jobs there are at most beside those that run, which take so many
// seconds.
func (b Batch) kept(length int64) int64 {
	if b.Starts == nil {
		return 0
	}
	most := int64(math.MaxInt64)
	if b.Kept != nil {
		most = b.starts(sum(length, *b.Kept)) - 1
		if !b.Alone {
			most -= b.starts(length) - 1
		}
	}
	if b.History != nil {
		most = min(most, *b.History)
	}
	return most
}

// keptFor returns how many seconds the pods of finished Jobs stay in a month.
func (b Batch) keptFor(all int64, runs Runs) int64 {
	most := int64(math.MaxInt64)
	if b.Kept != nil {
		most = runs.times(product(all, *b.Kept))
	}
	if b.History != nil {
		most = min(most, product(product(all, *b.History), Month))
	}
	return most
}
