package registration

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
)

// hookSuffix ends the names of our webhooks.
const hookSuffix = ".fargate-webhook"

// unready is the turn of a webhook that can't be registered now. If it was registered with Fail
// before, by this leader or another, creates wait for it: so it probes on, and when it is not
// reached, puts what is registered to Ignore. It returns when to look again, and the problem.
func (r *Registrar) unready(ctx context.Context, all []*managed, problem error) (time.Duration, error) {
	if r.Probe == nil {
		return 0, problem
	}
	failing, err := withFail(ctx, all)
	if err != nil || len(failing) == 0 {
		return 0, problem
	}
	// Other replicas may answer, whatever this one lacks: only the probe knows.
	known, err := r.Reach.note(ctx, r.Probe(ctx))
	r.doubt(err)
	if known != unreached {
		return r.Reach.pause(), problem
	}
	for k, live := range failing {
		if err := k.ignore(ctx, live); err != nil {
			return 0, fmt.Errorf("%w; %w", problem, err)
		}
	}
	return r.Reach.pause(), problem
}

// withFail returns the live configurations in which a webhook of ours has Fail.
func withFail(ctx context.Context, all []*managed) (map[*managed]*shape, error) {
	failing := map[*managed]*shape{}
	for _, k := range all {
		if k.name == ProbeName {
			continue
		}
		live, err := k.get(ctx)
		if err != nil {
			return nil, err
		}
		if live != nil && live.fails() {
			failing[k] = live
		}
	}
	return failing, nil
}

// ours returns the indices of the webhooks of a live configuration that aren't somebody else's.
func (s *shape) ours() (indices []int) {
	for i, hook := range s.Webhooks {
		if name, ok := hook["name"].(string); ok && strings.HasSuffix(name, hookSuffix) {
			indices = append(indices, i)
		}
	}
	return indices
}

// fails reports whether one of our webhooks has Fail.
func (s *shape) fails() bool {
	return slices.ContainsFunc(s.ours(), func(i int) bool { return s.Webhooks[i]["failurePolicy"] == string(admissionv1.Fail) })
}

// ignore puts our webhooks of the live configuration to Ignore, as Options.Unreached does, and leaves
// the rest as it is. The next turn of a webhook that is ready applies all of it.
func (k *managed) ignore(ctx context.Context, live *shape) error {
	type operation struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value any    `json:"value"`
	}
	var patch []operation
	for _, i := range live.ours() {
		path := fmt.Sprintf("/webhooks/%d/", i)
		patch = append(patch, operation{"test", path + "name", live.Webhooks[i]["name"]}, // somebody may have changed the list since
			operation{"replace", path + "failurePolicy", admissionv1.Ignore}, operation{"replace", path + "timeoutSeconds", unreachedTimeout})
	}
	text, err := json.Marshal(patch)
	if err != nil {
		return fmt.Errorf("encode a patch of the %s %s: %w", k.kind, k.name, err)
	}
	if err := k.patch(ctx, text); err != nil {
		return fmt.Errorf("put the %s %s to Ignore: %w", k.kind, k.name, err)
	}
	k.applied = nil // it is no change by somebody else
	return nil
}
