package policy

// RuleID names a rule, in kebab case: "node-port".
type RuleID string

// Action is what a finding leads to.
type Action string

const (
	// Deny refuses the object.
	Deny Action = "Deny"
	// Warn admits the object with a warning.
	Warn Action = "Warn"
	// Off switches a rule off. No finding has it.
	Off Action = "Off"
)

// Labels says whether pods get the labels of a Fargate profile's selector.
type Labels string

const (
	// LabelsInject adds the labels of the closest selector.
	LabelsInject Labels = "Inject"
	// LabelsOff adds no labels: a pod runs on Fargate only if it matches a profile as it stands.
	LabelsOff Labels = "Off"
)

// LabelJoins says what happens when the labels of a profile would make a Service,
// PodDisruptionBudget, NetworkPolicy or controller start or stop selecting the pod.
type LabelJoins string

const (
	// LabelJoinsWithhold adds no labels to such a pod.
	LabelJoinsWithhold LabelJoins = "Withhold"
	// LabelJoinsAllow adds them, unless a controller would adopt or release the pod. Rule
	// label-joins reports the change.
	LabelJoinsAllow LabelJoins = "Allow"
)

// Nodes says which nodes the cluster has for pods that Fargate doesn't take.
type Nodes string

const (
	// NodesMixed means that they can run on other nodes.
	NodesMixed Nodes = "Mixed"
	// NodesFargateOnly means that there are none: such a pod would stay Pending, and is refused.
	NodesFargateOnly Nodes = "FargateOnly"
)

// Mode says whether decisions take effect.
type Mode string

const (
	// ModeEnforce changes and refuses objects.
	ModeEnforce Mode = "Enforce"
	// ModeObserve changes and refuses nothing, and reports what it would do.
	ModeObserve Mode = "Observe"
)

// Resources says how the requests and limits of pods on Fargate are set.
type Resources string

const (
	// ResourcesFit raises requests to what the provisioned size holds. Limits above the size come
	// down to it, and containers without a limit get one at the size. The size never changes, and
	// no container may use less than before.
	ResourcesFit Resources = "Fit"
	// ResourcesGuaranteed raises requests as Fit does, and sets every limit equal to the request.
	// The size never changes, but containers can't use more than their share.
	ResourcesGuaranteed Resources = "Guaranteed"
	// ResourcesLimits raises requests to limits first, then does the same as Fit. The pod may get
	// larger, and dearer.
	ResourcesLimits Resources = "Limits"
	// ResourcesOff leaves requests and limits alone.
	ResourcesOff Resources = "Off"
)

// Quota says whether requests are raised in a namespace with a ResourceQuota on compute resources.
type Quota string

const (
	// QuotaHold raises no request or limit there.
	QuotaHold Quota = "Hold"
	// QuotaRaise raises them as elsewhere.
	QuotaRaise Quota = "Raise"
)

// PendingPods says what happens to pods that stay Pending although a Fargate profile would take
// them if they were created now.
type PendingPods string

const (
	// PendingPodsReport reports them by event and metric.
	PendingPodsReport PendingPods = "Report"
	// PendingPodsRecreate evicts those whose controller replaces them, and reports the others.
	PendingPodsRecreate PendingPods = "Recreate"
	// PendingPodsOff ignores them.
	PendingPodsOff PendingPods = "Off"
)

// IgnoreAnnotations says where annotations that ask to ignore a rule are honoured.
type IgnoreAnnotations string

const (
	// IgnoreReview honours them in reviews. Admission warns and refuses as ever.
	IgnoreReview IgnoreAnnotations = "Review"
	// IgnoreAdmission honours them in admission too: whoever may annotate an object decides what is
	// refused.
	IgnoreAdmission IgnoreAnnotations = "Admission"
)
