package doctor

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// soon is how long before its end a CA is reported.
const soon = 14 * 24 * time.Hour

var caCheck = Check{
	ID: "ca", Title: "the registered CA",
	What: "Whether the CA bundles of all webhooks are certificates that are valid, and the same. The probe of the check reachability proves that the serving " +
		"certificate is signed by one of them.",
	check: checkCA,
}

func checkCA(s *State) []Result {
	if r, failed := unread(s.Mutating, s.Validating); failed {
		return one(r)
	}
	calls := s.calls()
	if len(calls) == 0 {
		return skip("not registered: see the check registration")
	}
	const fix = "delete both webhook configurations: the leader registers them again. With cert-manager or --cert-dir, check that ca.crt is that of the serving certificate"
	first := []byte(nil)
	ends := time.Time{}
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		bundle := calls[name].CABundle
		end, err := lastEnd(bundle, s.Now)
		if err != nil {
			return one(Result{Status: Fail, Message: fmt.Sprintf("the CA bundle of %s is invalid: %v", name, err), Fix: fix})
		}
		if first == nil {
			first, ends = bundle, end
		} else if !bytes.Equal(bytes.TrimSpace(first), bytes.TrimSpace(bundle)) {
			return one(Result{Status: Fail, Message: fmt.Sprintf("the CA bundle of %s differs from that of the other webhooks", name), Fix: fix})
		}
	}
	switch reason := s.Probe.Value; {
	case strings.Contains(reason, "x509") || strings.Contains(reason, "tls:"):
		return one(Result{Status: Fail, Message: "the API server doesn't accept the serving certificate: " + reason, Fix: fix})
	case ends.Before(s.Now.Add(soon)):
		return one(Result{
			Status: Warn, Message: "the CA expires on " + day(ends), Fix: "the webhook renews a CA of its own; renew one of --cert-dir or cert-manager",
		})
	}
	return pass("one bundle, valid until " + day(ends))
}

// lastEnd returns when the last certificate of a bundle expires. It returns an error if a bundle
// has none, or none that is valid now.
func lastEnd(bundle []byte, now time.Time) (last time.Time, err error) {
	if len(bytes.TrimSpace(bundle)) == 0 {
		return time.Time{}, errors.New("it is empty")
	}
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return time.Time{}, err
		}
		if now.After(certificate.NotBefore) && certificate.NotAfter.After(last) {
			last = certificate.NotAfter
		}
	}
	switch {
	case last.IsZero():
		return last, errors.New("it has no certificate in PEM format that is valid already")
	case now.After(last):
		return last, fmt.Errorf("it expired on %s", day(last))
	}
	return last, nil
}

var reachCheck = Check{
	ID: "reachability", Title: "the API server reaches the webhook",
	What: "Whether the Service has ready endpoints, and whether a dry run of the ConfigMap fargate-webhook-probe, which the webhook refuses, arrives at the webhook: " +
		"the API server calls it, and accepts its certificate.",
	Facts: []string{"F8.10", "F8.11"}, check: checkReach,
}

func checkReach(s *State) []Result {
	var results []Result
	if service := s.calledService(); service != "" {
		if r, failed := unread(s.Endpoints); failed {
			results = append(results, r)
		} else if ready(s.Endpoints.Value) == 0 {
			results = append(results, Result{
				Status: Fail, Message: service + " has no ready endpoint",
				Fix: fmt.Sprintf("see why the pods aren't ready: kubectl get pods -n %s, kubectl describe pod, and the webhook's log", s.Namespace),
			})
		}
	}
	if r, failed := unread(s.Probe); failed {
		return append(results, r)
	}
	if reason := s.Probe.Value; reason != "" {
		results = append(results, Result{
			Status: Fail, Message: "a probe through the API server doesn't arrive: " + reason,
			Fix: "let the control plane reach the webhook's port: security groups, NetworkPolicies (docs/operations.md); and see the checks registration and ca",
		})
	}
	if len(results) == 0 {
		return pass("a probe through the API server arrives")
	}
	return results
}

// calledService returns the Service that the webhook for pods is called at, "" for a URL outside of
// the cluster.
func (s *State) calledService() string {
	call, ok := s.calls()[podHook]
	if ok && call.Service == nil && s.Webhook.Value == nil {
		return ""
	}
	if !ok || call.Service == nil {
		return fmt.Sprintf("Service %s/%s", s.Namespace, s.Service)
	}
	return address(&call)
}

func ready(endpoints []discoveryv1.EndpointSlice) (count int) {
	for i := range endpoints {
		for _, e := range endpoints[i].Endpoints {
			if e.Conditions.Ready == nil || *e.Conditions.Ready {
				count++
			}
		}
	}
	return count
}

// clocks is how much the clocks of this machine and of the leader may differ.
const clocks = 30 * time.Second

var leaderCheck = Check{
	ID: "leader", Title: "a replica leads",
	What:  "Whether the Lease " + LeaseName + " is held and renewed. Without a leader nothing is registered or repaired, and pods that stay Pending are not reported.",
	check: checkLeader,
}

func checkLeader(s *State) []Result {
	if r, failed := unread(s.Lease); failed {
		return one(r)
	}
	if value, ok := flagOf(args(s.Webhook.Value), "leader-elect"); ok && value == "false" {
		return skip("the Deployment runs with --leader-elect=false")
	}
	const fix = "see the replicas' logs, and whether they may update the Lease (check rights)"
	lease := s.Lease.Value
	if lease == nil || lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "" {
		return one(Result{Status: Fail, Message: fmt.Sprintf("no replica holds the Lease %s/%s", s.Namespace, LeaseName), Fix: fix})
	}
	holder := *lease.Spec.HolderIdentity
	if lease.Spec.RenewTime == nil || lease.Spec.LeaseDurationSeconds == nil {
		return one(Result{Status: Fail, Message: holder + " holds the Lease without renewing it", Fix: fix})
	}
	renewed := lease.Spec.RenewTime.Time
	if s.Now.Sub(renewed) > time.Duration(*lease.Spec.LeaseDurationSeconds)*time.Second+clocks {
		return one(Result{
			Status:  Fail,
			Message: fmt.Sprintf("%s last renewed the Lease %s ago: no replica leads", holder, s.Now.Sub(renewed).Round(time.Second)), Fix: fix,
		})
	}
	return pass(holder + " leads")
}
