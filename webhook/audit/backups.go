package audit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// defaultMaxSize is the size of a full file in megabytes, as of kube-apiserver's log.
	defaultMaxSize = 100
	// pruneInterval is how often a log that isn't rotated looks for backups that are too old.
	pruneInterval = time.Hour
	// stamp is how the time of a rotation is written in the name of a backup, in UTC.
	stamp = "2006-01-02T15-04-05.000"
)

// backups are the files that were put aside: audit.log becomes audit-2006-01-02T15-04-05.000.log.
type backups struct {
	path string
	// max is how many are kept, and days how long; 0 for all, and for ever.
	max, days int
}

// name returns the path of the backup of a time.
func (b *backups) name(at time.Time) string {
	base, extension := b.split()
	return base + at.UTC().Format(stamp) + extension
}

// split returns what the path of a backup has before and after its time.
func (b *backups) split() (before, after string) {
	after = filepath.Ext(b.path)
	return strings.TrimSuffix(b.path, after) + "-", after
}

// putAside renames the file. It never replaces another backup: its name is taken before. A file that
// is no longer there was put aside by another process.
func (b *backups) putAside(now time.Time) error {
	for {
		name := b.name(now)
		claim, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			now = now.Add(time.Millisecond)
			continue
		}
		if err != nil {
			return err
		}
		err = errors.Join(claim.Close(), os.Rename(b.path, name))
		if err == nil {
			return nil
		}
		removed := os.Remove(name)
		if errors.Is(err, fs.ErrNotExist) {
			return removed
		}
		return errors.Join(err, removed)
	}
}

// prune removes backups that are too many or too old.
func (b *backups) prune(now time.Time) {
	if b.max == 0 && b.days == 0 {
		return
	}
	oldest := now.AddDate(0, 0, -b.days)
	for i, each := range b.list() {
		if b.max > 0 && i >= b.max || b.days > 0 && each.at.Before(oldest) {
			_ = os.Remove(each.path) // another process may have done it
		}
	}
}

// backup is a file that was put aside.
type backup struct {
	path string
	at   time.Time
}

// list returns the backups, also compressed ones, newest first.
func (b *backups) list() []backup {
	var found []backup
	entries, err := os.ReadDir(filepath.Dir(b.path))
	if err != nil {
		return nil
	}
	before, after := b.split()
	for _, entry := range entries {
		path := filepath.Join(filepath.Dir(b.path), entry.Name())
		name, ok := strings.CutPrefix(path, filepath.Clean(before))
		if !ok || entry.IsDir() {
			continue
		}
		name, ok = strings.CutSuffix(strings.TrimSuffix(name, ".gz"), after)
		if at, err := time.Parse(stamp, name); ok && err == nil {
			found = append(found, backup{path, at})
		}
	}
	slices.SortFunc(found, func(a, b backup) int { return b.at.Compare(a.at) })
	return found
}
