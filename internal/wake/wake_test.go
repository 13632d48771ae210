package wake

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestNotifyLeavesOneNotice(t *testing.T) {
	notices := make(chan struct{}, 1)
	for range 3 {
		Notify(notices)
	}
	<-notices
	select {
	case <-notices:
		t.Error("a second notice was left")
	default:
	}
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if !Sleep(t.Context(), time.Minute) || time.Since(start) != time.Minute {
			t.Errorf("slept for %s, want a minute", time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if Sleep(ctx, time.Minute) || time.Since(start) != time.Minute+time.Second {
			t.Errorf("slept for %s after the context ended", time.Since(start)-time.Minute-time.Second)
		}
	})
}
