package webhook

import (
	"strings"
	"testing"
)

// A review whose names are megabytes long gets an audit line that isn't.
func TestAuditLineIsBounded(t *testing.T) {
	long := strings.Repeat("x", 3_000_000)
	b := newBench(t, testProfiles(t))
	body := reviewOf(t,
		`"username":"kim"`, `"username":"`+long+`","groups":[`+strings.Repeat(`"system:masters",`, 10_000)+`"last"]`,
		`"uid":"u1"`, `"uid":"u1","name":"`+long+`"`,
		`"generateName":"web-"`, `"labels":{"run":"on-fargate"}`, `[{"name":"web"}]`, `[{"name":"web"}],"hostNetwork":true`)
	if got := answerOf(t, b.post(t, validatePods, body)); got.Allowed {
		t.Fatalf("have %+v", got)
	}
	if line := b.audit.String(); len(line) > 64<<10 || !strings.Contains(line, `"system:masters","…"]`) || !strings.Contains(line, "host-namespaces") {
		t.Errorf("the audit line has %d bytes: %.1000s", len(line), line)
	}
}
