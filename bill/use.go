package bill

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
	// Alone is true where a run doesn't start, or ends the one before, while that still runs.
	Alone bool
}

const (
	// noteUnbounded, noteKept say why the most isn't known, or isn't all.
	noteUnbounded = "nothing ends a run: set activeDeadlineSeconds to know what it costs at most"
	noteKept      = "finished pods are billed until they are deleted, which isn't counted: set ttlSecondsAfterFinished"
)

// Within returns the use of so many runs in a month: at least a minute for each pod, and at most
// until the deadlines. Finished pods run on until they are deleted (F3.15).
func (b Batch) Within(runs Runs) Use {
	b.AtOnce, b.Pods = max(b.AtOnce, 0), max(b.Pods, 0)
	b.AtOnce = min(b.AtOnce, b.Pods)
	u := Use{PodsLeast: 0, PodsMost: b.AtOnce, Least: runs.times(product(b.Pods, minute))}
	if b.Pods == 0 || runs == 0 {
		u.PodsMost = 0
		return u
	}
	all := sum(b.Pods, max(b.Retries, 0))
	switch {
	case b.Deadline != nil:
		u.Most = max(runs.times(product(b.AtOnce, *b.Deadline)), u.Least)
	case b.PodDeadline != nil:
		u.Most = runs.times(product(all, max(*b.PodDeadline, minute)))
	default:
		u.Unknown, u.Notes = true, []string{noteUnbounded}
	}
	if b.Alone {
		u.Most = max(min(u.Most, product(b.AtOnce, Month)), u.Least)
	}
	if b.Kept == nil {
		u.Notes = append(u.Notes, noteKept)
	} else if !u.Unknown {
		u.Most = sum(u.Most, runs.times(product(all, *b.Kept)))
	}
	return u
}
