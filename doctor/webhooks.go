package doctor

import (
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"

	"fargate-webhook/webhook/registration"
)

// podHook is the webhook for pods in the mutating configuration.
const podHook = "pods.mutate.fargate-webhook"

var eksCheck = Check{
	ID: "order", Title: "EKS's webhook is called after this one",
	What: "Whether EKS's webhook " + EKSName + " is registered, and whether the name of ours sorts before it. The API server calls mutating webhooks in the order " +
		"of their names, and EKS claims a pod by the labels that it has then: one that is called later adds labels in vain.",
	Facts: []string{"F2.1", "F2.4", "F2.7", "F2.8"}, check: checkOrder,
}

func checkOrder(s *State) []Result {
	if r, failed := unread(s.Mutating); failed {
		return one(r)
	}
	eks := s.mutating(EKSName)
	if eks == nil {
		return one(Result{
			Status: Fail, Message: fmt.Sprintf("EKS's webhook %s isn't registered: EKS claims no pod", EKSName),
			Fix: "create a first Fargate profile: EKS registers its webhook with it. If there is one already, and this is an EKS cluster, ask AWS support",
		})
	}
	var late []string
	for i := range s.Mutating.Value {
		configuration := &s.Mutating.Value[i]
		if hookOf(configuration, podHook) != nil && configuration.Name > EKSName {
			late = append(late, configuration.Name)
		}
	}
	switch {
	case len(late) > 0:
		return one(Result{
			Status:  Fail,
			Message: fmt.Sprintf("%s sorts after %s: it adds labels when EKS has already decided", strings.Join(late, ", "), EKSName),
			Fix:     fmt.Sprintf("delete it (kubectl delete mutatingwebhookconfiguration %s) and register %s", late[0], registration.MutatingName),
		})
	case s.mutating(registration.MutatingName) == nil:
		return one(Result{Status: Skip, Message: fmt.Sprintf("%s isn't registered: see the check registration", registration.MutatingName)})
	}
	return pass(fmt.Sprintf("%s sorts before %s", registration.MutatingName, EKSName))
}

// mutating returns a configuration, nil if it isn't there.
func (s *State) mutating(name string) *admissionv1.MutatingWebhookConfiguration {
	i := slices.IndexFunc(s.Mutating.Value, func(c admissionv1.MutatingWebhookConfiguration) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Mutating.Value[i]
}

// validating is mutating for the other kind.
func (s *State) validating(name string) *admissionv1.ValidatingWebhookConfiguration {
	i := slices.IndexFunc(s.Validating.Value, func(c admissionv1.ValidatingWebhookConfiguration) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Validating.Value[i]
}

func hookOf(configuration *admissionv1.MutatingWebhookConfiguration, name string) *admissionv1.MutatingWebhook {
	i := slices.IndexFunc(configuration.Webhooks, func(h admissionv1.MutatingWebhook) bool { return h.Name == name })
	if i < 0 {
		return nil
	}
	return &configuration.Webhooks[i]
}

var registrationCheck = Check{
	ID: "registration", Title: "both webhook configurations are as they should be",
	What: "Whether both configurations exist, and whether rules, namespace selector, failure policies, timeouts and match conditions are those of the current profiles " +
		"and policy. The leader reverts changes of others within seconds, unless the webhook was started with --static-registration.",
	Facts: []string{"F2.7"}, check: checkRegistration,
}

func checkRegistration(s *State) []Result {
	if r, failed := unread(s.Mutating, s.Validating, s.Served); failed {
		return one(r)
	}
	var missing []string
	mutating, validating := s.mutating(registration.MutatingName), s.validating(registration.ValidatingName)
	if mutating == nil {
		missing = append(missing, "MutatingWebhookConfiguration "+registration.MutatingName)
	}
	if validating == nil {
		missing = append(missing, "ValidatingWebhookConfiguration "+registration.ValidatingName)
	}
	if len(missing) > 0 {
		return one(Result{
			Status: Fail, Message: "not registered: " + strings.Join(missing, ", "),
			Fix: "the leader's log says why it doesn't register: kubectl logs -n " + s.Namespace + " -l app.kubernetes.io/name=fargate-webhook",
		})
	}
	differences, unreached, err := s.differences(mutating, validating)
	switch {
	case err != nil:
		return one(Result{Status: Fail, Message: err.Error()})
	case unreached:
		return one(Result{
			Status:  Warn,
			Message: "registered with failurePolicy Ignore and a timeout of 1s: the leader's probes don't arrive, so nothing waits for the webhook",
			Fix:     "see the check reachability",
		})
	case len(differences) > 0:
		return one(Result{
			Status:  Fail,
			Message: "not as the current profiles and policy ask for: " + some(differences),
			Fix: "check that doctor is given the webhook's profiles and policy (--config). If it is, look for what changes the configurations, and whether the leader " +
				"may write them (check rights); with --static-registration, print and apply them again",
		})
	}
	return pass("both configurations are those of the current profiles and policy")
}

// differences compares both configurations with what would be registered. unreached is true if they
// are what is registered while probes don't arrive.
func (s *State) differences(mutating *admissionv1.MutatingWebhookConfiguration, validating *admissionv1.ValidatingWebhookConfiguration) (
	paths []string, unreached bool, err error,
) {
	options := registration.OptionsFor(s.Policy, registration.Target{ServiceNamespace: s.Namespace, ServiceName: s.Service}, s.Namespace)
	options.Served = s.Served.Value
	compare := func() ([]string, error) {
		index := s.Index()
		first, err := registration.Differences(registration.Mutating(options, index, nil), mutating)
		if err != nil {
			return nil, err
		}
		second, err := registration.Differences(registration.Validating(options, index, nil), validating)
		// Address and CA bundle have checks of their own.
		return slices.DeleteFunc(append(first, second...), func(path string) bool { return strings.HasSuffix(path, ".clientConfig") }), err
	}
	paths, err = compare()
	if err != nil || len(paths) == 0 {
		return nil, false, err
	}
	options.Unreached = true
	if again, err := compare(); err == nil && len(again) == 0 {
		return nil, true, nil
	}
	return paths, false, nil
}

// calls are the addresses of all webhooks of both configurations and of the probe, by name.
func (s *State) calls() map[string]admissionv1.WebhookClientConfig {
	calls := map[string]admissionv1.WebhookClientConfig{}
	if c := s.mutating(registration.MutatingName); c != nil {
		for i := range c.Webhooks {
			calls[c.Webhooks[i].Name] = c.Webhooks[i].ClientConfig
		}
	}
	for _, name := range []string{registration.ValidatingName, registration.ProbeName} {
		if c := s.validating(name); c != nil {
			for i := range c.Webhooks {
				calls[c.Webhooks[i].Name] = c.Webhooks[i].ClientConfig
			}
		}
	}
	return calls
}

// address returns where a webhook is called, without the secret path.
func address(call *admissionv1.WebhookClientConfig) string {
	if call.URL != nil {
		scheme, rest, _ := strings.Cut(*call.URL, "://")
		host, _, _ := strings.Cut(rest, "/")
		return scheme + "://" + host
	}
	if call.Service == nil {
		return "nowhere"
	}
	return fmt.Sprintf("Service %s/%s", call.Service.Namespace, call.Service.Name)
}
