// This module checks the dashboard against the types of Grafana's schema.
module fargate-webhook/tools/grafana

go 1.26.0

require github.com/grafana/grafana-foundation-sdk/go v0.0.22
