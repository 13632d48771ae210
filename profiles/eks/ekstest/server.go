// Package ekstest is a stand-in for the EKS API in tests: an HTTP server with the two operations
// that read Fargate profiles, page by page, and with failures on demand. It speaks REST-JSON as the
// real one does (F1.20, F9.1), so that the real AWS SDK runs against it.
package ekstest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"

	"fargate-webhook/profiles"
)

// Operation is an operation of the EKS API that the Server knows.
type Operation string

// The operations.
const (
	ListFargateProfiles    Operation = "ListFargateProfiles"
	DescribeFargateProfile Operation = "DescribeFargateProfile"
)

const (
	maxPageSize = 100 // of the real API (F1.20)
	region      = "eu-west-1"
)

// Options are the settings of a Server. What is zero gets its default.
type Options struct {
	// Cluster is the name of the one cluster there is. Default: any name will do.
	Cluster string
	// PageSize is the largest number of names on a page. Default 100.
	PageSize int
}

// Server answers like the EKS API. Its methods are safe for concurrent use.
type Server struct {
	*httptest.Server
	options Options

	mutex    sync.Mutex
	profiles []profiles.Profile
	faults   map[Operation]*fault
	calls    map[Operation]int
}

// fault is how the next calls of an operation are answered.
type fault struct {
	times  int // left; negative: until Recover
	answer http.HandlerFunc
}

// NewServer starts a Server on loopback that holds the profiles. A profile without a status is
// ACTIVE. The caller must Close it.
func NewServer(list []profiles.Profile, options Options) *Server {
	s := newServer(list, options)
	s.Start()
	return s
}

// newServer makes a Server that is not started.
func newServer(list []profiles.Profile, options Options) *Server {
	if options.PageSize <= 0 || options.PageSize > maxPageSize {
		options.PageSize = maxPageSize
	}
	s := &Server{options: options, profiles: slices.Clone(list), faults: map[Operation]*fault{}, calls: map[Operation]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /clusters/{cluster}/fargate-profiles", s.handle(ListFargateProfiles, s.list))
	mux.HandleFunc("GET /clusters/{cluster}/fargate-profiles/{profile}", s.handle(DescribeFargateProfile, s.describe))
	s.Server = httptest.NewUnstartedServer(mux)
	return s
}

// Environment returns the environment variables with which the standard AWS configuration finds
// this server, and nothing of the machine's own configuration.
func (s *Server) Environment() map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL_EKS":                s.URL,
		"AWS_REGION":                          region,
		"AWS_ACCESS_KEY_ID":                   "test",
		"AWS_SECRET_ACCESS_KEY":               "test",
		"AWS_SESSION_TOKEN":                   "",
		"AWS_PROFILE":                         "",
		"AWS_CA_BUNDLE":                       "",
		"AWS_CONFIG_FILE":                     os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE":         os.DevNull,
		"AWS_EC2_METADATA_DISABLED":           "true",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
	}
}

// SetProfiles replaces the profiles.
func (s *Server) SetProfiles(list []profiles.Profile) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.profiles = slices.Clone(list)
}

// Fail answers the next calls of an operation in another way, as many times as said; if times is
// negative, until Recover.
func (s *Server) Fail(operation Operation, times int, answer http.HandlerFunc) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.faults[operation] = &fault{times: times, answer: answer}
}

// Recover ends all that Fail began.
func (s *Server) Recover() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	clear(s.faults)
}

// Calls returns how often an operation was called, failures included.
func (s *Server) Calls(operation Operation) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.calls[operation]
}

// handle counts a call, refuses what no real client sends, and lets a fault answer if there is one.
func (s *Server) handle(operation Operation, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		instead := s.enter(operation)
		switch cluster := r.PathValue("cluster"); {
		case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "):
			APIError(http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")(w, r)
		case instead != nil:
			instead(w, r)
		case s.options.Cluster != "" && cluster != s.options.Cluster:
			APIError(http.StatusNotFound, "ResourceNotFoundException", fmt.Sprintf("No cluster found for name: %s.", cluster))(w, r)
		default:
			answer(w, r)
		}
	}
}

// enter counts a call and returns the fault that is to answer it, or nil.
func (s *Server) enter(operation Operation) http.HandlerFunc {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.calls[operation]++
	f := s.faults[operation]
	if f == nil || f.times == 0 {
		return nil
	}
	f.times--
	return f.answer
}

// snapshot returns the profiles of this moment.
func (s *Server) snapshot() []profiles.Profile {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.profiles
}
