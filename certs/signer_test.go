package certs

import (
	"bytes"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// replaceByHand puts another CA and path into the Secret, as another replica or somebody would.
func replaceByHand(api *fakeAPI, ca *certificateAuthority) {
	api.change(func(s *corev1.Secret) *corev1.Secret {
		s.Data = contents(s.Data).withCA(ca, time.Now())
		return s
	})
}

// A leaf that is renewed just after a rotation is signed by the CA that the API server trusts, and
// so is that of a replica that starts in that time.
func TestRenewedDuringRotation(t *testing.T) {
	api := newFakeAPI(t)
	running := started(t, api, time.Hour)
	before := caBundle(t, running)
	replaceByHand(api, mustCA(t, time.Now()))
	eventually(t, "the bundle has both", func() bool { return !bytes.Equal(caBundle(t, running), before) })
	if err := running.leaf.sign(); err != nil { // as if it were two thirds through its life
		t.Fatal(err)
	}
	for name, source := range map[string]*managed{"running": running, "starting": started(t, api, time.Hour)} {
		if err := handshake(t, source, before, testDNSName); err != nil {
			t.Errorf("the leaf of the %s replica: %v", name, err)
		}
	}
	released := started(t, api, 0)
	eventually(t, "a replica without a delay serves with the new CA", func() bool {
		return handshake(t, released, before, testDNSName) != nil
	})
}

// The CA before signs on only if it was replaced just now, by a clock that is some minutes off at
// most, and if it is usable.
func TestFormerAuthority(t *testing.T) {
	now := time.Now()
	aged, next := mustCA(t, now.Add(-caDuration*2/3)), mustCA(t, now)
	of := func(ca *certificateAuthority) contents {
		return contents{caFile: ca.certPEM, corev1.TLSCertKey: ca.certPEM, corev1.TLSPrivateKeyKey: ca.keyPEM}
	}
	for _, test := range []struct {
		name   string
		before contents
		change func(contents)
		after  time.Duration
		want   bool
	}{
		{"just now", of(aged), nil, 0, true},
		{"by a clock that is ahead", of(aged), nil, -9 * time.Minute, true},
		{"by a clock that is behind", of(aged), nil, 9 * time.Minute, true},
		{"long ago", of(aged), nil, time.Hour, false},
		{"by a clock of another day", of(aged), nil, -24 * time.Hour, false},
		{"expired", of(mustCA(t, now.Add(-2*caDuration))), nil, 0, false},
		{"nothing before", nil, nil, 0, false},
		{"another key", of(aged), func(c contents) { c[formerKeyFile] = next.keyPEM }, 0, false},
		{"no time", of(aged), func(c contents) { delete(c, replacedKey) }, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.before.withCA(next, now)
			if test.change != nil {
				test.change(c)
			}
			if got := c.formerAuthority(now.Add(test.after)); (got != nil) != test.want {
				t.Errorf("have %v", got)
			}
		})
	}
	if kept := of(aged).withCA(next, now).withPath(now); kept[formerKeyFile] != nil || kept[formerCAFile] != nil {
		t.Error("a path that leaked leaves something that is former")
	}
}
