package lookups

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/fargate/cluster"
)

// atVersion is an informer whose watch has reached a resource version.
type atVersion struct {
	cache.SharedIndexInformer
	version string
}

func (a *atVersion) LastSyncResourceVersion() string { return a.version }

// A failure is logged once for each reason, and again after a watch that worked. A watch that just
// ended isn't a failure.
func TestFailuresAreLoggedOnce(t *testing.T) {
	forbidden := fmt.Errorf("list: %w", apierrors.NewForbidden(schema.GroupResource{Resource: "limitranges"}, "", errors.New("no")))
	core, logged := observer.New(zap.InfoLevel)
	informer := &atVersion{}
	k := &resourceCache{resource: "limitranges", informer: informer, logger: zap.New(core)}
	for i, step := range []struct {
		err     error
		version string
		lines   int
	}{
		{io.EOF, "", 0},
		{fmt.Errorf("watch: %w", io.ErrUnexpectedEOF), "", 0},
		{apierrors.NewResourceExpired("too old"), "", 0},
		{forbidden, "", 1},
		{forbidden, "", 1},
		{errors.New("dial tcp 10.0.0.1:443: port 50001"), "", 2},
		{errors.New("dial tcp 10.0.0.1:443: port 50002"), "", 2},
		{errors.New("dial tcp 10.0.0.1:443: port 50003"), "8", 3},
	} {
		informer.version = step.version
		k.failed(t.Context(), nil, step.err)
		if logged.Len() != step.lines {
			t.Errorf("step %d: %d lines, want %d", i, logged.Len(), step.lines)
		}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	k.failed(stopped, nil, context.Canceled)
	if logged.Len() != 3 || errors.Is(k.failure, context.Canceled) {
		t.Errorf("the end of the program counts as a failure: %v", k.failure)
	}
}

// BenchmarkClaim looks up one of 10,000 claims.
func BenchmarkClaim(b *testing.B) {
	bench := newBench(b)
	for i := range 10_000 {
		claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "data-" + strconv.Itoa(i)}}
		if err := bench.client.Tracker().Add(claim); err != nil {
			b.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error)
	go func() { ended <- bench.Start(ctx) }()
	<-bench.byKind[cluster.PersistentVolumeClaims].informer.HasSyncedChecker().Done()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cluster.Get[*corev1.PersistentVolumeClaim](bench, cluster.PersistentVolumeClaims, "apps", "data-7"); err != nil {
			b.Fatal(err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}
