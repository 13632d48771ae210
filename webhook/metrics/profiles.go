package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/internal/metric"
	"fargate-webhook/profiles"
)

// unknownProfile is the label of pods whose profile isn't known here: it may be a minute old.
const unknownProfile = "unknown"

// Profiles are the Fargate profiles as they are known at the moment.
type Profiles interface{ Index() *profiles.Index }

var profileLabel = metric.Label{
	Name: "profile", Text: "the name of an ACTIVE Fargate profile, or `" + unknownProfile + "`; the series of a profile that is deleted are dropped",
}

// profileMetrics are the metrics by profile, in the order of the counters.
var profileMetrics = [...]metric.Definition{
	podsLabeled: ofProfile("fargate_webhook_pods_labeled_total",
		"Pods that admission gave labels that they lacked, by the Fargate profile that takes them with these."),
	podsPinned: ofProfile("fargate_webhook_pods_pinned_total",
		"Pods that several Fargate profiles match, and that admission pinned to one, by that profile."),
	podsAdmitted: ofProfile("fargate_webhook_pods_admitted_total",
		"Pods on Fargate that the webhook admitted, by Fargate profile."),
	requestedCPU: ofProfile("fargate_webhook_pods_requested_cpu_cores_total",
		"vCPU that admitted pods requested before admission changed them, as Fargate counts it, by Fargate profile."),
	provisionedCPU: withQuery(ofProfile("fargate_webhook_pods_provisioned_cpu_cores_total",
		"vCPU that Fargate provisions for admitted pods, by Fargate profile."),
		"sum by (profile) (increase(fargate_webhook_pods_unused_cpu_cores_total[1d])) / sum by (profile) (increase(fargate_webhook_pods_provisioned_cpu_cores_total[1d]))",
		"Which part of the vCPU that was provisioned in a day did nobody request?"),
	handedOutCPU: ofProfile("fargate_webhook_pods_handed_out_cpu_cores_total",
		"vCPU that the long-running containers of admitted pods may use together, by Fargate profile."),
	unusedCPU: ofProfile("fargate_webhook_pods_unused_cpu_cores_total",
		"vCPU that Fargate provisions for admitted pods and that they did not request before admission, by Fargate profile."),
	requestedMemory: ofProfile("fargate_webhook_pods_requested_memory_bytes_total",
		"Memory that admitted pods requested before admission changed them, as Fargate counts it, by Fargate profile, in bytes."),
	provisionedMemory: ofProfile("fargate_webhook_pods_provisioned_memory_bytes_total",
		"Memory that Fargate provisions for admitted pods, by Fargate profile, in bytes."),
	handedOutMemory: ofProfile("fargate_webhook_pods_handed_out_memory_bytes_total",
		"Memory that the long-running containers of admitted pods may use together, by Fargate profile, in bytes."),
	unusedMemory: ofProfile("fargate_webhook_pods_unused_memory_bytes_total",
		"Memory that Fargate provisions for admitted pods and that they did not request before admission, without what Fargate reserves in each pod, by Fargate profile, in bytes."),
}

// The counters by profile.
const (
	podsLabeled = iota
	podsPinned
	podsAdmitted
	requestedCPU
	provisionedCPU
	handedOutCPU
	unusedCPU
	requestedMemory
	provisionedMemory
	handedOutMemory
	unusedMemory
)

func ofProfile(name, help string) metric.Definition {
	return metric.Definition{Name: name, Type: metric.Counter, Help: help, Labels: []metric.Label{profileLabel}}
}

func withQuery(d metric.Definition, query, answers string) metric.Definition {
	d.Query, d.Answers = query, answers
	return d
}

// byProfile has counters of pods by profile.
type byProfile struct {
	list    Profiles
	vectors [len(profileMetrics)]*prometheus.CounterVec

	mutex sync.RWMutex
	known map[string]*profileCounters
}

// profileCounters are those of one profile.
type profileCounters [len(profileMetrics)]prometheus.Counter

func newByProfile(list Profiles) *byProfile {
	b := &byProfile{list: list, known: map[string]*profileCounters{}}
	for i := range profileMetrics {
		b.vectors[i] = profileMetrics[i].NewCounters()
	}
	return b
}

// labeled counts the labels that a pod gets.
func (b *byProfile) labeled(d *fargate.Decision) {
	if len(d.Placement.Labels) == 0 {
		return
	}
	counters := b.of(d.Placement.Profile)
	if d.Placement.AddsSelectorLabels() {
		counters[podsLabeled].Inc()
	}
	if _, pinned := d.Placement.Labels[placement.ProfileLabel]; pinned {
		counters[podsPinned].Inc()
	}
}

// admitted counts an admitted pod and its resources. What Fargate reserves in it is not unused, as in
// reviews.
func (b *byProfile) admitted(d *fargate.Decision) {
	counters := b.of(d.Placement.Profile)
	counters[podsAdmitted].Inc()
	if d.Usage == nil {
		return
	}
	const milli = 1000
	unused := d.Size.Budget().Minus(d.Usage.Requested)
	counters[requestedCPU].Add(float64(d.Usage.Requested.MilliCPU) / milli)
	counters[provisionedCPU].Add(float64(d.Usage.Provisioned.MilliCPU) / milli)
	counters[handedOutCPU].Add(float64(d.Usage.HandedOut.MilliCPU) / milli)
	counters[unusedCPU].Add(float64(unused.MilliCPU) / milli)
	counters[requestedMemory].Add(float64(d.Usage.Requested.MilliBytes) / milli)
	counters[provisionedMemory].Add(float64(d.Usage.Provisioned.MilliBytes) / milli)
	counters[handedOutMemory].Add(float64(d.Usage.HandedOut.MilliBytes) / milli)
	counters[unusedMemory].Add(float64(unused.MilliBytes) / milli)
}

// of returns the counters of a profile.
func (b *byProfile) of(profile string) *profileCounters {
	b.mutex.RLock()
	counters := b.known[profile]
	b.mutex.RUnlock()
	if counters != nil {
		return counters
	}
	if !b.list.Index().Has(profile) {
		profile = unknownProfile
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if counters = b.known[profile]; counters == nil {
		counters = &profileCounters{}
		for i, vector := range b.vectors {
			counters[i] = vector.WithLabelValues(profile)
		}
		b.known[profile] = counters
	}
	return counters
}

// prune drops the series of profiles that there are no longer.
func (b *byProfile) prune() {
	index := b.list.Index()
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for profile := range b.known {
		if profile == unknownProfile || index.Has(profile) {
			continue
		}
		delete(b.known, profile)
		for _, vector := range b.vectors {
			vector.DeleteLabelValues(profile)
		}
	}
}

// Describe implements prometheus.Collector.
func (b *byProfile) Describe(descriptions chan<- *prometheus.Desc) {
	for _, vector := range b.vectors {
		vector.Describe(descriptions)
	}
}

// Collect implements prometheus.Collector.
func (b *byProfile) Collect(metrics chan<- prometheus.Metric) {
	b.prune()
	for _, vector := range b.vectors {
		vector.Collect(metrics)
	}
}
