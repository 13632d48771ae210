package pending

import (
	"reflect"
	"time"

	"fargate-webhook/profiles"
)

// known remembers since when each ACTIVE profile has been known as it is now.
type known struct {
	index    *profiles.Index
	profiles map[string]since
}

type since struct {
	profile profiles.Profile
	time    time.Time
}

// learn takes over another Index, as of now.
func (k *known) learn(index *profiles.Index, now time.Time) {
	if index == k.index {
		return
	}
	before := k.profiles
	k.index, k.profiles = index, map[string]since{}
	for _, profile := range index.Profiles() {
		was, there := before[profile.Name]
		if !there || !reflect.DeepEqual(was.profile, profile) {
			was = since{profile: profile, time: now}
		}
		k.profiles[profile.Name] = was
	}
}

// since is the time from which on a profile has been known.
func (k *known) since(profile string) time.Time { return k.profiles[profile].time }
