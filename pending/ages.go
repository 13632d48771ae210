package pending

import (
	"reflect"
	"time"

	"fargate-webhook/profiles"
)

// profileAges records since when each ACTIVE profile has been known with its present selectors.
type profileAges struct {
	index    *profiles.Index
	profiles map[string]knownProfile
}

type knownProfile struct {
	profile profiles.Profile
	time    time.Time
}

// update replaces the Index.
func (k *profileAges) update(index *profiles.Index, now time.Time) {
	if index == k.index {
		return
	}
	before := k.profiles
	k.index, k.profiles = index, map[string]knownProfile{}
	for _, profile := range index.Profiles() {
		was, there := before[profile.Name]
		if !there || !reflect.DeepEqual(was.profile, profile) {
			was = knownProfile{profile: profile, time: now}
		}
		k.profiles[profile.Name] = was
	}
}

// knownSince returns the time since which a profile has been known, zero for an unknown one.
func (k *profileAges) knownSince(profile string) time.Time { return k.profiles[profile].time }
