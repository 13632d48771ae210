package lastgood

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applyv1 "k8s.io/client-go/applyconfigurations/core/v1"
	typedv1 "k8s.io/client-go/kubernetes/typed/core/v1"

	"fargate-webhook/profiles"
)

const (
	listKey      = "profiles.json"
	checksumKey  = "profiles.json.sha256"
	fieldManager = "fargate-webhook"
)

// Store is the ConfigMap with the last good list of one source.
type Store struct {
	Client typedv1.ConfigMapsGetter
	// Namespace and Name are those of the ConfigMap.
	Namespace, Name string
	// Source says which cluster's profiles these are. A list of another source is not taken.
	Source string
}

// Load returns the list and when the source gave it. It implements profiles.Keep. Errors say what is wrong with which ConfigMap.
func (s *Store) Load(ctx context.Context) ([]profiles.Profile, time.Time, error) {
	kept, err := s.Client.ConfigMaps(s.Namespace).Get(ctx, s.Name, metav1.GetOptions{})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read the ConfigMap %s/%s: %w", s.Namespace, s.Name, err)
	}
	text := kept.Data[listKey]
	if sum := checksum([]byte(text)); sum != kept.Data[checksumKey] {
		return nil, time.Time{}, s.refused(fmt.Errorf("%s does not match the checksum in %s", listKey, checksumKey))
	}
	list, listed, err := decode([]byte(text), s.Source, time.Now())
	if err != nil {
		return nil, time.Time{}, s.refused(err)
	}
	return list, listed, nil
}

// Save writes a list that the source gave at a time, instead of the one before.
func (s *Store) Save(ctx context.Context, list []profiles.Profile, listed time.Time) error {
	text, err := encode(s.Source, list, listed)
	if err != nil {
		return err
	}
	// An object made by server-side apply is named in the request, so that the right to create it can be limited to its name.
	kept := applyv1.ConfigMap(s.Name, s.Namespace).
		WithLabels(map[string]string{"app.kubernetes.io/name": "fargate-webhook"}).
		WithData(map[string]string{listKey: string(text), checksumKey: checksum(text)})
	_, err = s.Client.ConfigMaps(s.Namespace).Apply(ctx, kept, metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
	if err != nil {
		return fmt.Errorf("write the ConfigMap %s/%s: %w", s.Namespace, s.Name, err)
	}
	return nil
}

func (s *Store) refused(err error) error {
	return fmt.Errorf("the list in the ConfigMap %s/%s is not used: %w", s.Namespace, s.Name, err)
}
