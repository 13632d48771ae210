package review

import (
	"fargate-webhook/bill"
	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/internal/yamltext"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/custom"
	"fargate-webhook/migration"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// Result is the worst outcome of an object.
type Result string

// The results, from best to worst.
const (
	// ResultSkip is an object of a kind that is not judged.
	ResultSkip Result = "skip"
	// ResultPass is an object that is admitted unchanged.
	ResultPass Result = "pass"
	// ResultExempt is an object that admission neither changes nor refuses, whatever is wrong with
	// it.
	ResultExempt Result = "exempt"
	// ResultChange is an object that, or whose pods, admission changes.
	ResultChange Result = "change"
	// ResultWarn is an object that is admitted with a warning.
	ResultWarn Result = "warn"
	// ResultDeny is an object that is refused.
	ResultDeny Result = "deny"
)

// Report is what was decided about all objects. Its JSON form is stable.
type Report struct {
	Items   []Item         `json:"items"`
	Summary map[Result]int `json:"summary"`
	// Problems are what couldn't be read, so that Items may lack objects.
	Problems []Problem `json:"problems,omitempty"`
	// Bill is what the pods cost, nil where no prices are known.
	Bill *BillTotal `json:"bill,omitempty"`
}

// Item is what was decided about one object.
type Item struct {
	// Source is the file as it was named, "-" for standard input.
	Source string `json:"source"`
	// Index is the document's place in its file, from 0.
	Index int `json:"index"`
	// Item is the object's place in its List, if it is in one.
	Item *int `json:"item,omitempty"`
	// Line is where the object begins in its source, from 1. An object in a List that has no finding,
	// no ignored one and no unknown field has that of the List.
	Line       int    `json:"line"`
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	Result     Result `json:"result"`
	// Exempt is true for an object of an exempt namespace, and ExemptReason says why that is. Its
	// findings are warnings.
	Exempt       bool      `json:"exempt,omitempty"`
	ExemptReason string    `json:"exemptReason,omitempty"`
	Placement    Placement `json:"placement"`
	Size         *Size     `json:"size"`
	Usage        *Usage    `json:"usage"`
	// Bill is what its pods cost in a month, nil where none of them run on Fargate.
	Bill *Bill `json:"bill,omitempty"`
	// HeldBy are the quotas and autoscalers for which admission doesn't raise the pod's requests.
	HeldBy   []string        `json:"heldBy,omitempty"`
	Patch    jsonpatch.Patch `json:"patch"`
	Findings []Finding       `json:"findings"`
	// PodsRefused is true for a workload that is admitted, but whose pods admission will refuse.
	PodsRefused bool `json:"podsRefused,omitempty"`
	// PodTemplate is the path of the template that the item is about, in an object of a kind that
	// the webhook isn't called for. Such an object has an item for each of its templates.
	PodTemplate string `json:"podTemplate,omitempty"`
	// NotJudged says what an object of an unknown kind holds that makes pods, so that somebody may
	// look at it.
	NotJudged string `json:"notJudged,omitempty"`
	// UnknownFields are the paths of fields that the kind of the object doesn't have.
	UnknownFields []string `json:"unknownFields,omitempty"`
	// Ignored are the findings that an annotation of the object asks to ignore.
	Ignored []Ignored `json:"ignored,omitempty"`
	// unknownAt are where UnknownFields are, in their order; empty until they are located.
	unknownAt []yamltext.Position
	// Origin is the text of the object, if [Reviewer].KeepText asks for it.
	Origin *Origin `json:"-"`
	// Enforced is, in mode Observe, what mode Enforce would do where that differs.
	Enforced *Enforced `json:"enforced,omitempty"`
}

// NotFargate says in reports where pods run that no profile takes: the cluster's other nodes are not
// known.
const NotFargate = "not Fargate"

// HasPods reports an object that is, or makes, pods. Others lead traffic to pods, or hold them.
func (i *Item) HasPods() bool {
	kind := kinds.Find(i.APIVersion, i.Kind)
	return i.PodTemplate != "" || kind != nil && (kind.IsWorkload() || kind == kinds.Pods || kind == kinds.DaemonSets)
}

// Denied reports an object that admission refuses, or whose pods it refuses.
func (i *Item) Denied() bool { return i.Result == ResultDeny || i.PodsRefused }

// Enforced is what mode Enforce would do with an object that mode Observe leaves as it is.
type Enforced struct {
	Placement Placement       `json:"placement"`
	Size      *Size           `json:"size"`
	Patch     jsonpatch.Patch `json:"patch"`
}

// Placement says where the pods of the object run.
type Placement struct {
	Fargate bool   `json:"fargate"`
	Profile string `json:"profile"`
	Reason  string `json:"reason"`
	// Labels are those that admission adds to the pod.
	Labels map[string]string `json:"labels"`
	// EquallyNear are the profiles that would take the pod with as many other labels.
	EquallyNear []placement.Near `json:"equallyNear,omitempty"`
}

// Size is what Fargate provisions for one pod, as Kubernetes quantities.
type Size struct {
	VCPU   string `json:"vcpu"`
	Memory string `json:"memory"`
}

// Reviewer judges files.
type Reviewer struct {
	Index  *profiles.Index
	Policy policy.Policy
	// Namespace is that of objects that name none.
	Namespace string
	// KeepText makes items have an Origin, for reports that show the text of the manifests.
	KeepText bool
	// OwnNamespace is the one that the webhook runs in, which is exempt; "" if that isn't known.
	OwnNamespace string
	// PodTemplates are further kinds that hold pod templates.
	PodTemplates []custom.Workload
	// Prices are what pods are billed by; nil for no bills.
	Prices *bill.Prices
	// To is where pods are to run, Fargate if it is empty. Elsewhere findings say what changes for
	// them, and nothing is denied.
	To migration.Target
}

// NewReport returns a report of items, with their summary.
func NewReport(items []Item) Report {
	t := newTotals(nil)
	t.add(items)
	out := t.report(nil)
	if len(items) > 0 {
		out.Items = items
	}
	return out
}
