package certs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"

	"fargate-webhook/internal/secretpath"
	"fargate-webhook/internal/survive"
)

const (
	caKeyFile = "ca.key"
	// folderInterval is how often the folder is read, for a CA that is about to expire or that
	// somebody replaced.
	folderInterval = time.Hour
)

// errHalf is the error of a folder with only one of the two files.
var errHalf = errors.New("one of the two files is missing")

// NewFolderSource returns a Source with its CA in ca.crt and ca.key of the folder, for a webhook
// outside a cluster. It creates the folder if needed (mode 0700), and the CA. It replaces a CA that
// is invalid, whose key does not match, or that has less than a third of its life left; Start logs
// why. The secret path is in the file path, and is replaced with the CA. Only one process may use
// the folder at a time. It returns an error that names the path if the folder can't be read or
// written.
//
// hosts are the DNS names and IP addresses of the webhook.
func NewFolderSource(dir string, hosts []string, r Rotation) (Source, error) {
	return newFolderSource(dir, hosts, r)
}

func newFolderSource(dir string, hosts []string, r Rotation) (*managed, error) {
	folder := &folderAuthority{dir: dir, interval: folderInterval}
	if err := folder.load(time.Now()); err != nil {
		return nil, err
	}
	read := func(context.Context) (stored, error) {
		ca, path := folder.current()
		return stored{caPEM: ca.certPEM, path: path}, nil
	}
	return newManaged(folder, read, hosts, "the CA in folder "+dir, r), nil
}

// folderAuthority is the authority with its CA in a folder.
type folderAuthority struct {
	dir      string
	interval time.Duration
	watches  watches
	signer   // never empty after the first load

	replaced atomic.Pointer[error] // why the CA in the folder was replaced, until it is logged
}

// Run reads the folder at every interval, until ctx ends.
func (f *folderAuthority) Run(ctx context.Context) error {
	log := logr.FromContextOrDiscard(ctx).WithValues("dir", f.dir)
	f.logReplaced(log)
	f.watches.notify()
	ticker := time.NewTicker(f.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		before, pathBefore := f.current()
		if err := survive.Call(func() error { return f.load(time.Now()) }); err != nil {
			log.Error(err, "CA folder unusable, keeping the CA in memory")
			continue
		}
		f.logReplaced(log)
		if ca, path := f.current(); ca != before || path != pathBefore {
			f.watches.notify()
		}
	}
}

// WatchRotation adds a channel that gets a notice when the CA is replaced, and once at the start.
func (f *folderAuthority) WatchRotation(channel chan<- struct{}) { f.watches.add(channel) }

// StopWatchingRotation removes a channel.
func (f *folderAuthority) StopWatchingRotation(channel chan<- struct{}) { f.watches.remove(channel) }

// logReplaced logs once why a CA was replaced.
func (f *folderAuthority) logReplaced(log logr.Logger) {
	if reason := f.replaced.Swap(nil); reason != nil {
		log.Info("CA replaced: the one in the folder was unusable", "reason", (*reason).Error())
	}
}

// load reads the CA in the folder, after it has replaced an unusable or missing one.
func (f *folderAuthority) load(now time.Time) error {
	certPath, keyPath := filepath.Join(f.dir, caFile), filepath.Join(f.dir, caKeyFile)
	certPEM, err := readIfThere(certPath)
	if err != nil {
		return err
	}
	keyPEM, err := readIfThere(keyPath)
	if err != nil {
		return err
	}
	ca, unusable := parseCA(certPEM, keyPEM, now)
	if unusable == nil {
		path, err := f.loadPath(false)
		if err == nil {
			f.adopt(ca, nil, path)
		}
		return err
	}
	switch {
	case certPEM == nil && keyPEM == nil:
		unusable = nil // nothing is replaced
	case certPEM == nil || keyPEM == nil:
		unusable = errHalf
	}
	if ca, err = newCA(now); err != nil {
		return fmt.Errorf("create a CA for %s: %w", certPath, err)
	}
	// The key first: a crash between the two writes leaves a pair that does not match, which the
	// next start replaces.
	if err := writeFile(keyPath, ca.keyPEM); err != nil {
		return err
	}
	if err := writeFile(certPath, ca.certPEM); err != nil {
		return err
	}
	path, err := f.loadPath(true)
	if err != nil {
		return err
	}
	f.adopt(ca, nil, path)
	if unusable != nil {
		f.replaced.Store(&unusable)
	}
	return nil
}

// loadPath reads the secret path, after it has replaced an unusable or missing one, or any one if
// replace is set.
func (f *folderAuthority) loadPath(replace bool) (string, error) {
	file := filepath.Join(f.dir, pathFile)
	content, err := readIfThere(file)
	if err != nil {
		return "", err
	}
	path := strings.TrimSpace(string(content))
	if !replace && secretpath.Check(path) == nil {
		return path, nil
	}
	path = secretpath.New()
	return path, writeFile(file, []byte(path+"\n"))
}

// readIfThere returns nil for a file that does not exist.
func readIfThere(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return data, err
}
