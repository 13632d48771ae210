package traffic

import (
	"encoding/json"
	"slices"
	"testing"
)

// controllersAction is an action with every field that the controller reads.
type controllersAction struct {
	Type            string          `json:"type"`
	TargetGroupARN  *string         `json:"targetGroupARN"`
	TargetGroupName *string         `json:"targetGroupName"`
	FixedResponse   json.RawMessage `json:"fixedResponseConfig"`
	Redirect        json.RawMessage `json:"redirectConfig"`
	ForwardConfig   *struct {
		TargetGroups []struct {
			TargetGroupARN  *string         `json:"targetGroupARN"`
			TargetGroupName *string         `json:"targetGroupName"`
			ServiceName     *string         `json:"serviceName"`
			ServicePort     json.RawMessage `json:"servicePort"`
			Weight          *int32          `json:"weight"`
		} `json:"targetGroups"`
	} `json:"forwardConfig"`
}

// Actions that the controller can read lead to the same Services here; others never panic.
func FuzzActionServices(f *testing.F) {
	f.Add(`{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"a","servicePort":"80","weight":20},{"serviceName":"b","servicePort":80},{"targetGroupARN":"arn"}]}}`)
	f.Add(`{"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"a"}],"forwardConfig":null}}`)
	f.Add(`{"type":"redirect","redirectConfig":{"statusCode":"HTTP_301"},"forwardConfig":{"targetGroups":[{"serviceName":"a"}]}}`)
	f.Add(`{"type":"forward","forwardConfig":{"targetGroups":[null,{}]}}`)
	f.Add(`[[[[`)
	f.Fuzz(func(t *testing.T, text string) {
		got := actionServices(text)
		var full controllersAction
		if json.Unmarshal([]byte(text), &full) != nil {
			return
		}
		var want []string
		if full.Type == "forward" && full.ForwardConfig != nil {
			for _, group := range full.ForwardConfig.TargetGroups {
				if group.ServiceName != nil {
					want = append(want, *group.ServiceName)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q in %s", got, want, text)
		}
	})
}
