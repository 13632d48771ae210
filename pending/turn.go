package pending

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"fargate-webhook/fargate"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/registration"
)

const (
	// grace is how long a pod waits, and a profile has been known, before
	// anything is said: a pod that is claimed never waits unclaimed, but one that
	// isn't Fargate's may get a node at any moment, and EKS may look at a new
	// profile a little later than we do (F1.14).
	grace = 30 * time.Second
	// patience is the same for a pod that was created when its profile was known.
	patience = 5 * time.Minute
	// callTimeout bounds each call of the API server.
	callTimeout = 10 * time.Second
)

// turn is one run of a Worker: from when it leads until it doesn't any more.
type turn struct {
	*Worker
	ages profileAges
	// pods has an entry for each pod that waits, and for no others.
	pods map[types.UID]*state
	// exempt are the namespaces that were asked for in this look.
	exempt map[string]bool
	// complaints are for the log.
	failures *failureLog
}

// state is what is known of a pod.
type state struct {
	// index and version are those that it was judged by.
	index   *profiles.Index
	version string
	// again is when it has to be judged again though both are the same; zero for
	// never.
	again time.Time
	// finding is what was found, empty for nothing.
	finding finding
	// told is the name of the last event about it.
	lastEvent string
}

func newTurn(w *Worker) *turn {
	return &turn{Worker: w, pods: map[types.UID]*state{}, failures: newFailureLog(w.options.Logger)}
}

// look judges the pods that are new, that have changed, whose time has come, or
// all when the profiles are others, and does what there is to do.
func (t *turn) look(ctx context.Context, objects []any) {
	index, now := t.options.Profiles.Index(), time.Now()
	t.ages.update(index, now)
	t.exempt = map[string]bool{}
	before := t.pods
	t.pods = make(map[types.UID]*state, len(objects))
	counts := map[finding]int{}
	for _, object := range objects {
		pod, ok := object.(*corev1.Pod)
		if !ok || ctx.Err() != nil {
			continue
		}
		s := before[pod.UID]
		if s == nil {
			s = new(state)
		}
		t.pods[pod.UID] = s
		if s.index != index || s.version != pod.ResourceVersion || !s.again.IsZero() && !now.Before(s.again) {
			s.index, s.version, s.again, s.finding = index, pod.ResourceVersion, time.Time{}, ""
			t.judge(ctx, pod, s, now)
		}
		if s.finding != "" {
			counts[s.finding]++
		}
	}
	t.metrics.count(counts)
}

// judge judges a pod and acts on it.
func (t *turn) judge(ctx context.Context, pod *corev1.Pod, s *state, now time.Time) {
	stranding, ok := t.stranded(pod, false)
	if !ok {
		return
	}
	known := t.ages.knownSince(stranding.Placement.Profile)
	early := pod.CreationTimestamp.Time.Before(known)
	due := pod.CreationTimestamp.Add(patience)
	if early {
		due = known.Add(grace)
	}
	if now.Before(due) {
		s.again = due
		return
	}
	exempt, err := t.isExempt(ctx, pod.Namespace)
	t.failures.note("namespace get failed, skipping its pods", err)
	if err != nil {
		s.again = now.Add(grace)
		return
	}
	if exempt {
		if stranding, ok = t.stranded(pod, true); !ok {
			return
		}
	}
	t.act(ctx, pod, s, &stranding, early)
}

func (t *turn) stranded(pod *corev1.Pod, exempt bool) (fargate.Stranding, bool) {
	return fargate.Stranded(pod, exempt, t.options.Lookups, t.ages.index, t.options.Policy)
}

// act does what there is to do about a pod. Only one that is older than what is
// known of its profile is evicted: EKS hasn't claimed the others either, and
// what comes after them would hang as they do.
func (t *turn) act(ctx context.Context, pod *corev1.Pod, s *state, stranding *fargate.Stranding, early bool) {
	switch {
	case len(stranding.Refused) > 0:
		// What it lacks, a volume say, may come.
		s.finding, s.again = wouldBeRefused, time.Now().Add(patience)
	case !early:
		s.finding = notClaimed
	default:
		s.finding = matchesNow
	}
	addition := ""
	if s.finding == matchesNow && stranding.Evict {
		if addition = t.evict(ctx, pod, s, stranding); addition == "" {
			return
		}
	}
	t.report(ctx, pod, s, stranding, addition)
}

// isExempt reports a namespace that is labelled to be left alone, or the
// webhook's own. It is asked for only when there is something to say in it.
func (t *turn) isExempt(ctx context.Context, name string) (bool, error) {
	if name == t.options.Namespace {
		return true, nil
	}
	if exempt, asked := t.exempt[name]; asked {
		return exempt, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	namespace, err := t.options.Client.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return true, nil // its pods go too
	}
	if err != nil {
		return false, err
	}
	t.exempt[name] = namespace.Labels[registration.ExemptLabel] == "true"
	return t.exempt[name], nil
}
