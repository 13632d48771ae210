package eks_test

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks"
	"fargate-webhook/profiles/eks/ekstest"
)

// fault is something that goes wrong between the watcher and EKS.
type fault struct {
	name string
	// list and describe are how the operations answer meanwhile; nil: as ever.
	list, describe http.HandlerFunc
	dial           error         // reaching EKS fails by it
	lasts          time.Duration // 10 minutes, if zero
	says           string        // the line that tells of the fault names it so
	mostCalls      int           // of both operations, meanwhile; 150, if zero
}

// faults are what happens to an API that is far away.
func faults() []fault {
	api := ekstest.APIError
	again := ekstest.Body(`{"fargateProfileNames":["profile-000"],"nextToken":"again"}`)
	return []fault{
		{name: "no answer", list: ekstest.Hang(), says: "no complete list within 30s"},
		{name: "no answer for a profile", describe: ekstest.Hang(), says: "no complete list within 30s"},
		{name: "a slow body", list: ekstest.Drip(time.Second), says: "no complete list within 30s"},
		{name: "a slow body of a profile", describe: ekstest.Drip(time.Second), says: "no complete list within 30s"},
		{name: "throttled", list: api(http.StatusTooManyRequests, "ThrottlingException", "Rate exceeded"), says: "EKS throttles requests", mostCalls: 30},
		{name: "throttled at a profile", describe: api(http.StatusBadRequest, "ThrottlingException", "Rate exceeded"), says: "EKS throttles requests"},
		{name: "429 of a proxy", list: api(http.StatusTooManyRequests, "TooManyRequestsException", "slow down"), says: "EKS throttles requests", mostCalls: 30},
		{name: "500", list: api(http.StatusInternalServerError, "ServerException", "oops"), says: "oops", mostCalls: 30},
		{name: "500 at a profile", describe: api(http.StatusInternalServerError, "ServerException", "oops"), says: "describe Fargate profile"},
		{name: "503 of a load balancer", list: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, says: "503"},
		{name: "truncated JSON", list: ekstest.Body(`{"fargateProfileNames":["profile-000","prof`), says: "deserialization failed"},
		{name: "truncated JSON of a profile", describe: ekstest.Body(`{"fargateProfile":{"fargateProfileName":"profile-000","status":"ACTIVE","selectors":[`), says: "deserialization failed"},
		{name: "a body that is cut off", list: ekstest.CutOff(`{"fargateProfileNames":["profile-000"]`), says: "EOF"},
		{name: "no list in the answer", list: ekstest.Body(`{}`), says: "the answer has no list"},
		{name: "no status in the answer", describe: ekstest.Body(`{"fargateProfile":{"fargateProfileName":"profile-000","selectors":[]}}`), says: "no profile of that name with a status"},
		{name: "a page token that repeats", list: again, says: `page token "again" is repeated`},
		{name: "expired credentials", list: api(http.StatusForbidden, "ExpiredTokenException", "The security token included in the request is expired"), says: "the AWS credentials are not valid"},
		{name: "a clock that is wrong", list: api(http.StatusForbidden, "InvalidSignatureException", "Signature expired: 20200101T000000Z is now earlier than 20200101T001500Z"), says: "clock of this machine"},
		{name: "no such cluster", list: api(http.StatusNotFound, "ResourceNotFoundException", "No cluster found for name: demo."), says: "check the name of the cluster"},
		{name: "list denied", list: api(http.StatusForbidden, "AccessDeniedException", "not authorized"), says: "allow the IAM action eks:ListFargateProfiles"},
		{name: "list allowed, describe not", describe: api(http.StatusForbidden, "AccessDeniedException", "not authorized"), says: "allow the IAM action eks:DescribeFargateProfile"},
		{name: "no name in DNS", dial: &net.DNSError{Err: "no such host", Name: "eks.eu-west-1.amazonaws.com", IsNotFound: true}, says: "no such host"},
		{name: "no route", dial: &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("network is unreachable")}, says: "unreachable"},
		{name: "down for a day", list: api(http.StatusInternalServerError, "ServerException", "oops"), says: "oops", lasts: 24 * time.Hour, mostCalls: 1100},
	}
}

// TestFaults: in the midst of each fault, which lasts for 10 minutes, the webhook decides by the
// last good list; the fault is told by one line and its end by another; EKS isn't asked more often
// than it would be without; and afterwards nothing is left behind.
func TestFaults(t *testing.T) {
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f.run(t) })
		})
	}
}

func (f fault) run(t *testing.T) {
	t.Helper()
	dialFails := &atomic.Pointer[error]{}
	server, source := piped(t, numbered(6), dialFails)
	watcher, lines := watched(t, source)
	time.Sleep(3 * time.Minute)
	synctest.Wait()
	good, goroutines := watcher.Index(), idle()
	if !good.Has("profile-005") {
		t.Fatal("no list at the start")
	}
	lines.TakeAll()
	calls := asked(server)

	server.SetProfiles(numbered(7)) // what must not come through by halves
	if f.list != nil {
		server.Fail(ekstest.ListFargateProfiles, -1, f.list)
	}
	if f.describe != nil {
		server.Fail(ekstest.DescribeFargateProfile, -1, f.describe)
	}
	if f.dial != nil {
		dialFails.Store(&f.dial)
	}
	time.Sleep(max(f.lasts, 10*time.Minute))
	synctest.Wait()
	if watcher.Index() != good || watcher.Ready() != nil {
		t.Errorf("profiles %v, ready: %v; want those of the last good list", watcher.List(), watcher.Ready())
	}
	expectLines(t, lines, "error: profile refresh failed, keeping the last good list: "+f.says)
	if most := cmp.Or(f.mostCalls, 150); asked(server)-calls > most {
		t.Errorf("EKS was asked %d times, want at most %d", asked(server)-calls, most)
	}

	server.Recover()
	dialFails.Store(nil)
	time.Sleep(6 * time.Minute) // the longest pause
	synctest.Wait()
	expectLines(t, lines, "info: profile changed: profile-006 added, ACTIVE: namespace team-6", "info: profile refresh recovered")
	if !watcher.Index().Has("profile-006") {
		t.Error("the list did not follow after the fault")
	}
	// The runtime may start one of its own meanwhile. What each failure left behind would be more,
	// and hundreds in a day.
	if now := idle(); now > goroutines+2 {
		t.Errorf("%d goroutines, %d before the fault", now, goroutines)
	}
}

// idle is the number of goroutines between two refreshes.
func idle() int {
	least := runtime.NumGoroutine()
	for range 20 {
		time.Sleep(7 * time.Second)
		synctest.Wait()
		least = min(least, runtime.NumGoroutine())
	}
	return least
}

// piped is a stand-in and a Source with the real SDK, as the program makes it, both in the fake
// time of the bubble. Reaching the stand-in fails by what dialFails holds.
func piped(t *testing.T, list []profiles.Profile, dialFails *atomic.Pointer[error]) (*ekstest.Server, *eks.Source) {
	t.Helper()
	server, dial := ekstest.NewPiped(list, ekstest.Options{Cluster: cluster})
	t.Cleanup(server.Close)
	for name, value := range server.Environment() {
		t.Setenv(name, value)
	}
	client := awshttp.NewBuildableClient().WithTransportOptions(func(transport *http.Transport) {
		transport.DisableKeepAlives = true // so that goroutines can be counted
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if err := dialFails.Load(); err != nil {
				return nil, *err
			}
			return dial(ctx, network, address)
		}
	})
	source, err := eks.NewFromConfig(t.Context(), cluster, config.WithHTTPClient(client))
	if err != nil {
		t.Fatal(err)
	}
	return server, source
}

// watched runs a Watcher until the test ends.
func watched(t *testing.T, source profiles.Source) (*profiles.Watcher, *observer.ObservedLogs) {
	t.Helper()
	core, lines := observer.New(zapcore.DebugLevel)
	watcher := profiles.NewWatcher(source, profiles.WatcherOptions{Logger: zap.New(core)})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- watcher.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return watcher, lines
}

// asked is how often a stand-in was called.
func asked(server *ekstest.Server) int {
	return server.Calls(ekstest.ListFargateProfiles) + server.Calls(ekstest.DescribeFargateProfile)
}

// expectLines takes the log lines and compares them with beginnings: level, message, and then the
// change that is told or a part of the error.
func expectLines(t *testing.T, lines *observer.ObservedLogs, want ...string) {
	t.Helper()
	var got []string
	for _, entry := range lines.TakeAll() {
		line := entry.Level.String() + ": " + entry.Message
		fields := entry.ContextMap()
		if fields["profile"] != nil {
			line += fmt.Sprintf(": %s %s", fields["profile"], fields["change"])
		}
		if fields["error"] != nil {
			line += fmt.Sprintf(": %s", fields["error"])
		}
		got = append(got, line)
	}
	said := slices.EqualFunc(got, want, func(got, want string) bool {
		head, says, _ := strings.Cut(want, "keeping the last good list: ")
		return strings.HasPrefix(got, head) && strings.Contains(got, says)
	})
	if !said {
		t.Errorf("log lines (-want +got):\n%s", gocmp.Diff(want, got))
	}
}

// TestManyProfiles: 200 profiles are a list like any other, within the deadline, and while it is
// read nothing is missing.
func TestManyProfiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, source := piped(t, numbered(200), &atomic.Pointer[error]{})
		watcher, lines := watched(t, source)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if count := len(watcher.List()); count != 200 {
			t.Errorf("%d profiles", count)
		}
		if count := lines.Len(); count != 201 {
			t.Errorf("%d log lines in 10 minutes, want one for each profile and one in all", count)
		}
		if calls := server.Calls(ekstest.ListFargateProfiles); calls < 2*9 || calls > 2*12 {
			t.Errorf("%d pages in 10 minutes, want two a minute", calls)
		}
	})
}

// TestFaultsLeaveNoMemory: half a day of failures leaves nothing on the heap.
func TestFaultsLeaveNoMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, source := piped(t, numbered(6), &atomic.Pointer[error]{})
		watched(t, source)
		server.Fail(ekstest.DescribeFargateProfile, -1, ekstest.APIError(http.StatusInternalServerError, "ServerException", strings.Repeat("x", 10_000)))
		heap := func() int64 {
			synctest.Wait()
			runtime.GC()
			runtime.GC()
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			return int64(stats.HeapAlloc)
		}
		time.Sleep(2 * time.Hour)
		before := heap()
		time.Sleep(12 * time.Hour)
		if grown := heap() - before; grown > 1<<20 {
			t.Errorf("the heap grew by %d bytes in 12 hours of failures", grown)
		}
	})
}
