package traffic

import (
	"fmt"
	"sync"

	"fargate-webhook/fargate/cluster"
)

// maxDecided is how many workloads are decided about for one object: the labels that one lacks are
// compared with every selector of the namespace. maxServices is how many Services of one object are
// looked up; a load balancer has fewer.
const maxDecided, maxServices = 32, 128

// lookup answers for one or several selectors of a namespace.
type lookup struct {
	*Namespace
	// most is how many workloads it decides about for one selector.
	most int
	// workloads lists, for several selectors only once, those that one may select.
	workloads func(selector map[string]string) ([]Workload, error)
}

// forSelectors returns a lookup for a number of selectors. Where all workloads are listed for each,
// that happens once.
func (n *Namespace) forSelectors(number int) *lookup {
	l := &lookup{Namespace: n, most: max(maxDecided/max(number, 1), 1), workloads: n.workloads}
	if number > 1 && !cluster.Narrows(n.Cluster) {
		all := sync.OnceValues(func() ([]Workload, error) { return n.workloads(nil) })
		l.workloads = func(map[string]string) ([]Workload, error) { return all() }
	}
	return l
}

// known is what the known workloads say whose pods a selector selects.
type known struct {
	// on is the first whose pods run on Fargate, with the profile and the reason; nil for none.
	on              *Workload
	profile, reason string
	// off is the first of those whose pods don't, if none is on; nil for none.
	off *Workload
	// others is how many more don't. unseen is true if there are some that weren't decided about.
	others int
	unseen bool
}

// known asks for each known workload whose pods a selector selects where a new pod of it runs, as
// admission decides, until one runs on Fargate.
func (l *lookup) known(selector map[string]string) (k known, err error) {
	if l.Cluster == nil || len(selector) == 0 {
		return known{}, nil
	}
	all, err := l.workloads(selector)
	if err != nil {
		return known{}, err
	}
	decided := 0
	for i := range all {
		w := &all[i]
		if !contains(w.Meta.Labels, selector) {
			continue
		}
		if decided == l.most {
			k.unseen = true
			break
		}
		decided++
		if place := l.Places(w); place.Fargate {
			return known{on: w, profile: place.Profile, reason: place.Reason}, nil
		}
		if k.off == nil {
			k.off = w
		} else {
			k.others++
		}
	}
	return k, nil
}

// elsewhere says that the known pods don't run on Fargate, although a profile takes others.
func (k *known) elsewhere(profile string) string {
	text := k.off.dontRun() + " on Fargate"
	switch k.others {
	case 0:
	case 1:
		text += ", nor do those of another workload"
	default:
		text += fmt.Sprintf(", nor do those of %d more workloads", k.others)
	}
	if k.unseen {
		text += " (more workloads were not looked at)"
	}
	return fmt.Sprintf("%s; others with these labels would, by profile %q", text, profile)
}

// contains reports whether labels include all of a selector's.
func contains(labels, selector map[string]string) bool {
	for key, value := range selector {
		if has, ok := labels[key]; !ok || has != value {
			return false
		}
	}
	return true
}
