package pending

import (
	"context"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"fargate-webhook/fargate"
	"fargate-webhook/internal/survive"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

const (
	// grace is how long a pod must be Pending, and its profile known, before it is reported: a pod
	// that EKS does not schedule on Fargate may get another node at any moment, and EKS may see a
	// new profile a little later than the webhook (F1.14).
	grace = 30 * time.Second
	// patience is the same for a pod that is newer than its profile.
	patience = 5 * time.Minute
	// callTimeout limits each call of the API server.
	callTimeout = 10 * time.Second
)

// turn is one run of a Worker, from winning the leader election to losing it.
type turn struct {
	*Worker
	ages profileAges
	// pods has an entry for each Pending pod.
	pods map[types.UID]*state
	// exempt caches for one look whether a namespace is exempt, or why that isn't known.
	exempt   map[string]exemption
	failures *failureLog
}

type exemption struct {
	exempt bool
	err    error
}

// state is the result of judging a pod.
type state struct {
	// index and version are the profiles and the resource version of the pod when it was judged.
	index   *profiles.Index
	version string
	// again is when to judge the pod again even if both are the same, zero for never.
	again time.Time
	// finding is the result, "" for none.
	finding finding
	// lastEvent is the name of the last event about the pod.
	lastEvent string
}

func newTurn(w *Worker) *turn {
	return &turn{Worker: w, pods: map[types.UID]*state{}, failures: newFailureLog(w.options.Logger)}
}

// look judges pods that are new, have changed or are due, or all pods after the profiles have
// changed, and reports or evicts them.
func (t *turn) look(ctx context.Context, objects []any) {
	index, now := t.options.Profiles.Index(), time.Now()
	t.ages.update(index, now)
	t.exempt = map[string]exemption{}
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
			t.judgeSafely(ctx, pod, s, now)
		}
		if s.finding != "" {
			counts[s.finding]++
		}
	}
	t.metrics.count(counts)
}

// judgeSafely skips a pod that nobody has thought of, until it changes.
func (t *turn) judgeSafely(ctx context.Context, pod *corev1.Pod, s *state, now time.Time) {
	err := survive.Call(func() error {
		t.judge(ctx, pod, s, now)
		return nil
	})
	if err != nil {
		s.finding, s.again = "", time.Time{}
		t.options.Logger.Error("judging a pending pod panicked, skipping it until it changes",
			zap.String("namespace", pod.Namespace), zap.String("pod", pod.Name), zap.Error(err), survive.Stack(err))
	}
}

// judge judges a pod, and reports or evicts it.
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

// act reports or evicts a pod. It only evicts a pod that is older than its profile (early): if EKS
// has not scheduled a newer pod on Fargate, the pod that replaces it would stay Pending too.
func (t *turn) act(ctx context.Context, pod *corev1.Pod, s *state, stranding *fargate.Stranding, early bool) {
	switch {
	case len(stranding.Refused) > 0:
		// What is missing, for example a volume, may be created.
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

// isExempt reports whether a namespace has the exempt label, is the webhook's own, or is gone. It
// gets the namespace from the API server, once a look.
func (t *turn) isExempt(ctx context.Context, name string) (bool, error) {
	if name == t.options.Namespace {
		return true, nil
	}
	known, asked := t.exempt[name]
	if !asked {
		known = t.askExempt(ctx, name)
		t.exempt[name] = known
	}
	return known.exempt, known.err
}

func (t *turn) askExempt(ctx context.Context, name string) exemption {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	namespace, err := t.options.Client.Namespaces().Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return exemption{exempt: true} // its pods are deleted too
	case err != nil:
		return exemption{err: err}
	default:
		return exemption{exempt: namespace.Labels[policy.ExemptLabel] == "true"}
	}
}
