package certs

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/internal/wake"
)

const (
	// secretResync is how often the Secret is compared without a notice of a change.
	secretResync = 10 * time.Second
	managedBy    = "app.kubernetes.io/managed-by"
)

var (
	errNoAuthority = errors.New("the CA was not read yet")
	errDiffer      = errors.New(caFile + " and " + corev1.TLSCertKey + " differ")
)

// secretAuthority is the authority with its CA in a Secret.
type secretAuthority struct {
	client          kubernetes.Interface
	namespace, name string
	watches         watches

	mutex sync.Mutex
	ca    *certificateAuthority // nil until the Secret was read
}

func newSecretAuthority(client kubernetes.Interface, namespace, name string) *secretAuthority {
	return &secretAuthority{client: client, namespace: namespace, name: name}
}

// Run watches the Secret until ctx ends, creates it if it is missing, and replaces an unusable CA.
func (s *secretAuthority) Run(ctx context.Context) error {
	log := logr.FromContextOrDiscard(ctx).WithValues("secret", s.namespace+"/"+s.name)
	changed := make(chan struct{}, 1)
	notify := func(any) { wake.Notify(changed) }
	factory := informers.NewSharedInformerFactoryWithOptions(s.client, 0, informers.WithNamespace(s.namespace),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) {
			options.FieldSelector = fields.OneTermEqualSelector(metav1.ObjectNameField, s.name).String()
		}))
	secrets := factory.Core().V1().Secrets()
	if _, err := secrets.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: notify, UpdateFunc: func(_, _ any) { wake.Notify(changed) }, DeleteFunc: notify,
	}); err != nil {
		return fmt.Errorf("watch Secret %s/%s: %w", s.namespace, s.name, err)
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	if !cache.WaitForCacheSync(ctx.Done(), secrets.Informer().HasSynced) {
		return nil // ctx has ended
	}
	lister := secrets.Lister().Secrets(s.namespace)
	resync := time.NewTicker(secretResync)
	defer resync.Stop()
	for {
		secret, err := lister.Get(s.name)
		if err == nil || apierrors.IsNotFound(err) {
			err = s.follow(ctx, log, secret)
		}
		if err != nil && ctx.Err() == nil {
			log.Error(err, "CA Secret not usable, retrying")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-resync.C:
		}
	}
}

// follow adopts the CA of a Secret, or replaces it if it is unusable. secret is nil if there is
// none. The replacement is adopted when the watch delivers it, as that of another replica is.
func (s *secretAuthority) follow(ctx context.Context, log logr.Logger, secret *corev1.Secret) error {
	now := time.Now()
	var unusable error
	if secret != nil {
		var ca *certificateAuthority
		if ca, unusable = parseSecret(secret, now); unusable == nil {
			s.adopt(ca)
			return nil
		}
	}
	ca, err := newCA(now)
	if err != nil {
		return fmt.Errorf("create a CA: %w", err)
	}
	client := s.client.CoreV1().Secrets(s.namespace)
	if secret == nil {
		err = s.create(ctx, client, ca)
	} else {
		err = s.replace(ctx, client, secret.DeepCopy(), ca)
	}
	switch {
	case apierrors.IsAlreadyExists(err) || apierrors.IsConflict(err): // another replica was faster
		return nil
	case err != nil:
		return err
	case unusable != nil:
		log.Info("CA replaced: the one in the Secret was unusable", "reason", unusable.Error())
	default:
		log.Info("CA created")
	}
	return nil
}

func (s *secretAuthority) create(ctx context.Context, client typedcorev1.SecretInterface, ca *certificateAuthority) error {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: s.namespace, Name: s.name, Labels: map[string]string{managedBy: "fargate-webhook"},
	}}
	store(secret, ca)
	_, err := client.Create(ctx, secret, metav1.CreateOptions{})
	return err
}

func (s *secretAuthority) replace(ctx context.Context, client typedcorev1.SecretInterface, secret *corev1.Secret, ca *certificateAuthority) error {
	store(secret, ca)
	_, err := client.Update(ctx, secret, metav1.UpdateOptions{})
	return err
}

// store puts a CA into a Secret.
func store(secret *corev1.Secret, ca *certificateAuthority) {
	if secret.Data == nil {
		secret.Data = map[string][]byte{}
	}
	secret.Data[caFile], secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey] = ca.certPEM, ca.certPEM, ca.keyPEM
}

// parseSecret reads the CA of a Secret. Its errors say why the CA must be replaced.
func parseSecret(secret *corev1.Secret, now time.Time) (*certificateAuthority, error) {
	certPEM := secret.Data[corev1.TLSCertKey]
	if !bytes.Equal(certPEM, secret.Data[caFile]) {
		return nil, errDiffer
	}
	return parseCA(certPEM, secret.Data[corev1.TLSPrivateKeyKey], now)
}

// adopt makes ca the current CA.
func (s *secretAuthority) adopt(ca *certificateAuthority) {
	s.mutex.Lock()
	known := s.ca != nil && s.ca.certificate.Equal(ca.certificate)
	if !known {
		s.ca = ca
	}
	s.mutex.Unlock()
	if !known {
		s.watches.notify()
	}
}

// Sign signs a leaf.
func (s *secretAuthority) Sign(template *x509.Certificate) (*x509.Certificate, error) {
	s.mutex.Lock()
	ca := s.ca
	s.mutex.Unlock()
	if ca == nil {
		return nil, errNoAuthority
	}
	return ca.sign(template, time.Now())
}

// WatchRotation adds a channel that gets a notice when another CA is adopted.
func (s *secretAuthority) WatchRotation(channel chan<- struct{}) { s.watches.add(channel) }

// StopWatchingRotation removes a channel.
func (s *secretAuthority) StopWatchingRotation(channel chan<- struct{}) { s.watches.remove(channel) }
