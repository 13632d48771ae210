package eks

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Status is that of a Fargate profile (F1.9).
type Status string

// The statuses that a profile has here.
const (
	Creating Status = "CREATING"
	Active   Status = "ACTIVE"
	Deleting Status = "DELETING"
)

// Profile is a Fargate profile.
type Profile struct {
	Name      string
	Selectors []Selector
	Status    Status // ignored when a profile is created
	Created   time.Time
}

// Selector takes pods of a namespace that have all of the labels (F1.1).
type Selector struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
}

// APIError is an error of the EKS API.
type APIError struct {
	status        int
	Code, Message string
}

func (e *APIError) Error() string { return e.Code + ": " + e.Message }

// The kinds of errors that the API gives.
func inUse(format string, args ...any) error {
	return &APIError{http.StatusConflict, "ResourceInUseException", fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return &APIError{http.StatusBadRequest, "InvalidParameterException", fmt.Sprintf(format, args...)}
}

func notFound(name string) error {
	return &APIError{http.StatusNotFound, "ResourceNotFoundException", fmt.Sprintf("No Fargate Profile found with name: %s.", name)}
}

// store holds the profiles of the cluster in the order of their creation.
type store struct {
	cluster string
	quota   int // profiles of a cluster (F1.2)

	mutex    sync.Mutex
	profiles []Profile
}

// alreadyExists is the message about a name that is taken.
const alreadyExists = "A Fargate Profile already exists with this name in this cluster."

// selectorQuota and labelQuota are the quotas of a profile (F1.2).
const (
	selectorQuota = 5
	labelQuota    = 5
)

// list returns the profiles. They must not be changed.
func (s *store) list() []Profile {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.profiles)
}

// get returns a profile.
func (s *store) get(name string) (Profile, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if i := s.find(name); i >= 0 {
		return s.profiles[i], nil
	}
	return Profile{}, notFound(name)
}

func (s *store) find(name string) int {
	return slices.IndexFunc(s.profiles, func(p Profile) bool { return p.Name == name })
}

// create adds a profile with the status CREATING. While another one has a status that changes, none
// can be created (F1.11).
func (s *store) create(profile Profile) (Profile, error) {
	if err := profile.validate(); err != nil {
		return Profile{}, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.find(profile.Name) >= 0 {
		return Profile{}, inUse(alreadyExists)
	}
	for _, other := range s.profiles {
		if other.Status != Active {
			return Profile{}, inUse("Cannot create Fargate Profile %s because cluster %s currently has Fargate profile %s in status %s",
				profile.Name, s.cluster, other.Name, other.Status)
		}
	}
	if len(s.profiles) >= s.quota {
		return Profile{}, &APIError{http.StatusBadRequest, "ResourceLimitExceededException",
			fmt.Sprintf("The cluster %s has the most Fargate profiles it may have, %d", s.cluster, s.quota)}
	}
	profile.Status, profile.Created = Creating, time.Now()
	profile.Selectors = slices.Clone(profile.Selectors)
	for i := range profile.Selectors {
		profile.Selectors[i].Labels = maps.Clone(profile.Selectors[i].Labels)
	}
	s.profiles = append(s.profiles, profile)
	return profile, nil
}

func (p *Profile) validate() error {
	switch {
	case p.Name == "":
		return invalid("fargateProfileName must not be empty")
	case len(p.Selectors) == 0:
		return invalid("Fargate profile must have at least one selector with at least one namespace value.")
	case len(p.Selectors) > selectorQuota:
		return invalid("Fargate profile %s has %d selectors, the maximum is %d", p.Name, len(p.Selectors), selectorQuota)
	}
	for _, selector := range p.Selectors {
		if selector.Namespace == "" {
			return invalid("Fargate profile must have at least one selector with at least one namespace value.")
		}
		if len(selector.Labels) > labelQuota {
			return invalid("a selector of Fargate profile %s has %d labels, the maximum is %d", p.Name, len(selector.Labels), labelQuota)
		}
	}
	return nil
}

// beginDelete gives a profile the status DELETING. One at a time is deleted (F1.11).
func (s *store) beginDelete(name string) (Profile, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	i := s.find(name)
	if i < 0 {
		return Profile{}, notFound(name)
	}
	for _, other := range s.profiles {
		if other.Status != Active {
			return Profile{}, inUse("Cannot delete Fargate Profile %s because cluster %s currently has Fargate profile %s in status %s",
				name, s.cluster, other.Name, other.Status)
		}
	}
	s.profiles[i].Status = Deleting
	return s.profiles[i], nil
}

// activate ends the creation of a profile.
func (s *store) activate(name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if i := s.find(name); i >= 0 {
		s.profiles[i].Status = Active
	}
}

// remove ends the deletion of a profile.
func (s *store) remove(name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.profiles = slices.DeleteFunc(s.profiles, func(p Profile) bool { return p.Name == name })
}
