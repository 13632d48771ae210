package eks_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	awseks "github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks"
	"fargate-webhook/profiles/eks/ekstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const cluster = "demo"

// attempts is how often the SDK tries a call by default.
const attempts = 3

// started returns a stand-in with the profiles, and a Source on the standard AWS configuration that
// finds it.
func started(t *testing.T, list []profiles.Profile, options ekstest.Options) (*ekstest.Server, *eks.Source) {
	t.Helper()
	server := ekstest.NewServer(list, options)
	t.Cleanup(server.Close)
	for name, value := range server.Environment() {
		t.Setenv(name, value)
	}
	source, err := eks.NewFromConfig(t.Context(), cluster, impatient)
	if err != nil {
		t.Fatal(err)
	}
	return server, source
}

// impatient makes the SDK retry without a wait.
func impatient(options *config.LoadOptions) error {
	options.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = attempts
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	}
	return nil
}

// numbered makes n profiles.
func numbered(n int) []profiles.Profile {
	list := make([]profiles.Profile, n)
	for i := range list {
		list[i] = profiles.Profile{Name: fmt.Sprintf("profile-%03d", i), Status: profiles.StatusActive,
			Selectors: []profiles.Selector{{Namespace: fmt.Sprintf("team-%d", i)}}}
	}
	return list
}

// expectError lists, and wants an error that says all of the words.
func expectError(t *testing.T, source *eks.Source, words ...string) {
	t.Helper()
	list, err := source.List(t.Context())
	if err == nil {
		t.Fatalf("no error, but %d profiles", len(list))
	}
	if list != nil {
		t.Errorf("an error, and half a list all the same: %v", list)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
}

func TestListReadsEveryField(t *testing.T) {
	want := []profiles.Profile{
		{Name: "apps", Status: profiles.StatusActive, Selectors: []profiles.Selector{
			{Namespace: "apps", Labels: map[string]string{"run": "on-fargate", "app.kubernetes.io/*": "web-?", "empty": ""}},
			{Namespace: "prod*", Labels: nil}, // null on the wire
			{Namespace: "web", Labels: map[string]string{}},
		}},
		{Name: "fails", Status: profiles.StatusCreateFailed, Selectors: []profiles.Selector{{Namespace: "x"}}},
		{Name: "leaves", Status: profiles.StatusDeleting},
	}
	_, source := started(t, want, ekstest.Options{Cluster: cluster})
	got, err := source.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestListReadsEveryPage(t *testing.T) {
	for _, test := range []struct{ profiles, pageSize, pages int }{{0, 4, 1}, {3, 4, 1}, {4, 4, 1}, {5, 4, 2}, {25, 4, 7}, {101, 100, 2}} {
		t.Run(fmt.Sprintf("%d by %d", test.profiles, test.pageSize), func(t *testing.T) {
			want := numbered(test.profiles)
			server, source := started(t, want, ekstest.Options{PageSize: test.pageSize})
			got, err := source.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if calls := server.Calls(ekstest.ListFargateProfiles); calls != test.pages {
				t.Errorf("%d pages were asked for, want %d", calls, test.pages)
			}
			if calls := server.Calls(ekstest.DescribeFargateProfile); calls != test.profiles {
				t.Errorf("%d profiles were described, want %d", calls, test.profiles)
			}
		})
	}
}

func TestListAsksForPagesOfTheSizeSaid(t *testing.T) {
	server, _ := started(t, numbered(5), ekstest.Options{})
	loaded, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	source := eks.New(awseks.NewFromConfig(loaded), cluster, eks.Options{PageSize: 2})
	if list, err := source.List(t.Context()); err != nil || len(list) != 5 {
		t.Errorf("%d profiles, %v, want 5", len(list), err)
	}
	if calls := server.Calls(ekstest.ListFargateProfiles); calls != 3 {
		t.Errorf("%d pages of 2 were asked for, want 3", calls)
	}
}

// TestListIsWhatTheServerHolds: for every set of profiles, whatever the pages and the concurrency.
func TestListIsWhatTheServerHolds(t *testing.T) {
	server, _ := started(t, nil, ekstest.Options{})
	loaded, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := awseks.NewFromConfig(loaded)
	text := rapid.StringMatching(`[a-zA-Z0-9*?./_-]{1,8}`)
	drawn := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) profiles.Profile {
		return profiles.Profile{
			Name:   rapid.StringMatching(`[a-z][a-z0-9_-]{0,5}`).Draw(t, "name"),
			Status: rapid.SampledFrom([]profiles.Status{profiles.StatusActive, profiles.StatusDeleting, "NEW_STATUS"}).Draw(t, "status"),
			Selectors: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) profiles.Selector {
				return profiles.Selector{Namespace: text.Draw(t, "namespace"), Labels: rapid.MapOfN(text, text, 0, 2).Draw(t, "labels")}
			}), 0, 2).Draw(t, "selectors"),
		}
	}), 0, 9, func(p profiles.Profile) string { return p.Name })
	rapid.Check(t, func(rt *rapid.T) {
		want := drawn.Draw(rt, "profiles")
		server.SetProfiles(want)
		source := eks.New(client, cluster, eks.Options{
			Concurrency: rapid.IntRange(0, 5).Draw(rt, "concurrency"), PageSize: rapid.Int32Range(0, 4).Draw(rt, "page size")})
		got, err := source.List(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestListOutlastsShortFailures(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"throttled":   ekstest.APIError(http.StatusTooManyRequests, "ThrottlingException", "Rate exceeded"),
		"500":         ekstest.APIError(http.StatusInternalServerError, "ServerException", "oops"),
		"unavailable": ekstest.APIError(http.StatusServiceUnavailable, "ServiceUnavailableException", "later"),
	} {
		t.Run(name, func(t *testing.T) {
			want := numbered(3)
			server, source := started(t, want, ekstest.Options{PageSize: 2})
			server.Fail(ekstest.ListFargateProfiles, attempts-1, answer)
			server.Fail(ekstest.DescribeFargateProfile, attempts-1, answer)
			got, err := source.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if calls := server.Calls(ekstest.ListFargateProfiles); calls != 2+attempts-1 {
				t.Errorf("%d calls for 2 pages, want %d", calls, 2+attempts-1)
			}
		})
	}
}

// TestListFailsAsAWhole: an error of either operation fails the list, and says what was asked and
// what to do.
func TestListFailsAsAWhole(t *testing.T) {
	const action = "{action}" // stands for the operation's IAM action
	tests := []struct {
		name   string
		answer http.HandlerFunc
		words  []string
	}{
		{"access denied", ekstest.APIError(http.StatusForbidden, "AccessDeniedException", "User: u is not authorized"), []string{"not authorized", "allow the IAM action " + action}},
		{"a signature of long ago", ekstest.APIError(http.StatusForbidden, "InvalidSignatureException", "Signature expired: 20200101T000000Z is now earlier than 20200101T010000Z"), []string{"clock of this machine"}},
		{"a clock that is wrong", ekstest.APIError(http.StatusForbidden, "RequestTimeTooSkewed", "too large"), []string{"clock of this machine"}},
		{"no token any more", ekstest.APIError(http.StatusForbidden, "ExpiredTokenException", "The security token included in the request is expired"), []string{"credentials are not valid"}},
		{"invalid credentials", ekstest.APIError(http.StatusForbidden, "UnrecognizedClientException", "The security token included in the request is invalid."), []string{"credentials are not valid"}},
		{"throttled for good", ekstest.APIError(http.StatusTooManyRequests, "ThrottlingException", "Rate exceeded"), []string{"Rate exceeded", "raise the refresh interval"}},
		{"500 for good", ekstest.APIError(http.StatusInternalServerError, "ServerException", "oops"), []string{"oops"}},
		{"truncated JSON", ekstest.Body(`{"fargateProfileNames":["a","b`), []string{"deserialization"}},
		{"truncated JSON of a profile", ekstest.Body(`{"fargateProfile":{"fargateProfileName":"a","selectors":[{"namespace":"apps"`), []string{"deserialization"}},
		{"HTML of a proxy", ekstest.Body(`<html>sign in</html>`), []string{"deserialization"}},
		{"a page not found that is not EKS's", http.NotFound, []string{"404"}},
	}
	operations := map[ekstest.Operation][]string{
		ekstest.ListFargateProfiles:    {`list the Fargate profiles of cluster "demo"`},
		ekstest.DescribeFargateProfile: {"describe Fargate profile", `of cluster "demo"`},
	}
	for _, test := range tests {
		for operation, words := range operations {
			t.Run(test.name+", "+string(operation), func(t *testing.T) {
				server, source := started(t, numbered(9), ekstest.Options{})
				server.Fail(operation, -1, test.answer)
				for _, word := range test.words {
					words = append(words, strings.ReplaceAll(word, action, "eks:"+string(operation)))
				}
				expectError(t, source, words...)
				server.Recover()
				if list, err := source.List(t.Context()); err != nil || len(list) != 9 {
					t.Errorf("after recovery: %d profiles, %v", len(list), err)
				}
			})
		}
	}
}

// TestListFailsForOneProfile: 8 of 9 profiles are no list.
func TestListFailsForOneProfile(t *testing.T) {
	server, source := started(t, numbered(9), ekstest.Options{})
	server.Fail(ekstest.DescribeFargateProfile, 1, ekstest.APIError(http.StatusBadRequest, "InvalidParameterException", "no"))
	expectError(t, source, "describe Fargate profile", "InvalidParameterException")
}

func TestListFailsOnALaterPage(t *testing.T) {
	server, source := started(t, numbered(9), ekstest.Options{PageSize: 4})
	server.Fail(ekstest.ListFargateProfiles, 1, ekstest.Body(`{"fargateProfileNames":["profile-000"],"nextToken":"page-bad"}`))
	expectError(t, source, "list the Fargate profiles", "nextToken is not valid")
}

func TestListDoesNotRetryWhatIsRefused(t *testing.T) {
	server, source := started(t, numbered(1), ekstest.Options{})
	server.Fail(ekstest.ListFargateProfiles, -1, ekstest.APIError(http.StatusForbidden, "AccessDeniedException", "no"))
	expectError(t, source)
	if calls := server.Calls(ekstest.ListFargateProfiles); calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
}

func TestListOfAnUnknownCluster(t *testing.T) {
	_, source := started(t, nil, ekstest.Options{Cluster: "another"})
	expectError(t, source, `cluster "demo"`, "No cluster found", "check the name of the cluster, the AWS region and the account")
}

func TestListLeavesOutAProfileThatIsGone(t *testing.T) {
	want := numbered(3)
	server, source := started(t, want, ekstest.Options{})
	server.Fail(ekstest.ListFargateProfiles, 1, ekstest.Body(`{"fargateProfileNames":["profile-000","deleted-meanwhile","profile-001","profile-002"]}`))
	got, err := source.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestListNamesAProfileOnce: a list that changes while it is paged may name one twice.
func TestListNamesAProfileOnce(t *testing.T) {
	want := numbered(2)
	server, source := started(t, want, ekstest.Options{})
	server.Fail(ekstest.ListFargateProfiles, 1, ekstest.Body(`{"fargateProfileNames":["profile-000","profile-001","profile-000"]}`))
	got, err := source.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestListRefusesAnEndlessList(t *testing.T) {
	page := func(token string) http.HandlerFunc {
		return ekstest.Body(fmt.Sprintf(`{"fargateProfileNames":["profile-000"],"nextToken":%q}`, token))
	}
	t.Run("the same token again", func(t *testing.T) {
		server, source := started(t, numbered(1), ekstest.Options{})
		server.Fail(ekstest.ListFargateProfiles, -1, page("again"))
		expectError(t, source, `cluster "demo"`, `page token "again" is repeated`)
		if calls := server.Calls(ekstest.ListFargateProfiles); calls != 2 {
			t.Errorf("%d calls, want 2", calls)
		}
	})
	t.Run("tokens in a circle", func(t *testing.T) {
		server, source := started(t, numbered(1), ekstest.Options{})
		server.Fail(ekstest.ListFargateProfiles, -1, func(w http.ResponseWriter, r *http.Request) {
			page(map[string]string{"": "a", "a": "b", "b": "c", "c": "a"}[r.URL.Query().Get("nextToken")])(w, r)
		})
		expectError(t, source, `page token "a" is repeated`)
	})
}

func TestListRefusesAnAnswerWithoutAProfile(t *testing.T) {
	for _, body := range []string{
		`{}`, `{"fargateProfile":null}`, `{"fargateProfile":{}}`, `{"fargateProfile":{"fargateProfileName":"profile-000"}}`,
		`{"fargateProfile":{"fargateProfileName":"another","status":"ACTIVE"}}`,
	} {
		server, source := started(t, numbered(1), ekstest.Options{})
		server.Fail(ekstest.DescribeFargateProfile, -1, ekstest.Body(body))
		expectError(t, source, `describe Fargate profile "profile-000" of cluster "demo"`, "has no profile")
	}
}

// TestListBelievesNoMissingList: an empty list is an answer, and no list is none.
func TestListBelievesNoMissingList(t *testing.T) {
	server, source := started(t, nil, ekstest.Options{})
	for _, body := range []string{``, `{}`, `null`, `{"fargateProfileNames":null}`} {
		server.Fail(ekstest.ListFargateProfiles, -1, ekstest.Body(body))
		expectError(t, source, `cluster "demo"`)
	}
	server.Fail(ekstest.ListFargateProfiles, -1, ekstest.Body(`{"fargateProfileNames":[]}`))
	if list, err := source.List(t.Context()); err != nil || list == nil || len(list) != 0 {
		t.Errorf("got %v, %v, want an empty list", list, err)
	}
}

// TestListTellsAGoneClusterFromGoneProfiles: both are the same error of DescribeFargateProfile.
func TestListTellsAGoneClusterFromGoneProfiles(t *testing.T) {
	server, source := started(t, numbered(3), ekstest.Options{})
	gone := ekstest.APIError(http.StatusNotFound, "ResourceNotFoundException", "No cluster found for name: demo.")
	server.Fail(ekstest.DescribeFargateProfile, -1, func(w http.ResponseWriter, r *http.Request) {
		server.Fail(ekstest.ListFargateProfiles, -1, gone)
		gone(w, r)
	})
	expectError(t, source, "No cluster found")
}

func TestID(t *testing.T) {
	_, source := started(t, nil, ekstest.Options{})
	if want := `EKS cluster "demo" in region "eu-west-1"`; source.ID() != want {
		t.Errorf("ID() = %s, want %s", source.ID(), want)
	}
}

func TestListEndsWithItsContext(t *testing.T) {
	for _, operation := range []ekstest.Operation{ekstest.ListFargateProfiles, ekstest.DescribeFargateProfile} {
		t.Run(string(operation), func(t *testing.T) {
			server, source := started(t, numbered(9), ekstest.Options{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			server.Fail(operation, -1, func(_ http.ResponseWriter, r *http.Request) {
				cancel()
				<-r.Context().Done()
			})
			if list, err := source.List(ctx); !errors.Is(err, context.Canceled) || list != nil {
				t.Errorf("got %v, %v, want no list and that it was canceled", list, err)
			}
		})
	}
}

func TestListTimesOut(t *testing.T) {
	server, source := started(t, numbered(1), ekstest.Options{})
	server.Fail(ekstest.ListFargateProfiles, -1, ekstest.Hang())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := source.List(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that the deadline was exceeded", err)
	}
}

// counting is an API that counts how many profiles are described at the same time.
type counting struct {
	now, most atomic.Int32
	gate      chan struct{} // one receive for each describe
}

// ListFargateProfiles implements eks.API.
func (c *counting) ListFargateProfiles(context.Context, *awseks.ListFargateProfilesInput, ...func(*awseks.Options)) (*awseks.ListFargateProfilesOutput, error) {
	var names []string
	for _, profile := range numbered(20) {
		names = append(names, profile.Name)
	}
	return &awseks.ListFargateProfilesOutput{FargateProfileNames: names}, nil
}

// DescribeFargateProfile implements eks.API.
func (c *counting) DescribeFargateProfile(ctx context.Context, in *awseks.DescribeFargateProfileInput, _ ...func(*awseks.Options)) (*awseks.DescribeFargateProfileOutput, error) {
	now := c.now.Add(1)
	defer c.now.Add(-1)
	for most := c.most.Load(); now > most && !c.most.CompareAndSwap(most, now); most = c.most.Load() {
	}
	select {
	case <-c.gate:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return &awseks.DescribeFargateProfileOutput{FargateProfile: &types.FargateProfile{FargateProfileName: in.FargateProfileName, Status: types.FargateProfileStatusActive}}, nil
}

func TestListBoundsItsConcurrency(t *testing.T) {
	for asked, want := range map[int]int32{0: 4, 1: 1, 7: 7} {
		api := &counting{gate: make(chan struct{})}
		go func() {
			for range 20 {
				api.gate <- struct{}{}
			}
		}()
		list, err := eks.New(api, cluster, eks.Options{Concurrency: asked}).List(t.Context())
		if err != nil || len(list) != 20 {
			t.Errorf("%d profiles, %v, want 20", len(list), err)
		}
		if most := api.most.Load(); most > want {
			t.Errorf("Concurrency %d: %d at the same time, want at most %d", asked, most, want)
		}
	}
}

func TestNewFromConfigSaysWhatIsMissing(t *testing.T) {
	server := ekstest.NewServer(nil, ekstest.Options{})
	defer server.Close()
	for name, value := range server.Environment() {
		t.Setenv(name, value)
	}
	if _, err := eks.NewFromConfig(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "no cluster name") {
		t.Errorf("without a cluster: %v", err)
	}
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	if _, err := eks.NewFromConfig(t.Context(), cluster); err == nil || !strings.Contains(err.Error(), `cluster "demo": set AWS_REGION`) {
		t.Errorf("without a region: %v", err)
	}
	t.Setenv("AWS_PROFILE", "unknown")
	if _, err := eks.NewFromConfig(t.Context(), cluster); err == nil || !strings.Contains(err.Error(), "load the AWS configuration") {
		t.Errorf("with an unknown AWS profile: %v", err)
	}
}

// TestWatcherOnEKS is the way from an HTTP answer to an Index and back to the last good one.
func TestWatcherOnEKS(t *testing.T) {
	server, source := started(t, numbered(5), ekstest.Options{PageSize: 2})
	watcher := profiles.NewWatcher(source, profiles.WatcherOptions{Interval: 5 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- watcher.Start(ctx) }()
	<-watcher.Changes()
	if !watcher.Index().Has("profile-004") {
		t.Error("the first list made no index")
	}
	server.Fail(ekstest.DescribeFargateProfile, 20, ekstest.APIError(http.StatusForbidden, "AccessDeniedException", "no"))
	server.SetProfiles(numbered(6))
	<-watcher.Changes()
	if !watcher.Index().Has("profile-005") || !watcher.Index().Has("profile-004") {
		t.Error("the index did not follow after the failures")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
