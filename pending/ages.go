package pending

import (
	"reflect"
	"time"

	"fargate-webhook/profiles"
)

// known remembers since when each ACTIVE profile has been known as it is now.
type profileAges struct {
	index    *profiles.Index
	profiles map[string]knownProfile
}

type knownProfile struct {
	profile profiles.Profile
	time    time.Time
}

// learn takes over another Index, as of now.
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

// since is the time from which on a profile has been known.
func (k *profileAges) knownSince(profile string) time.Time { return k.profiles[profile].time }
