package eks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// account is the account that everything belongs to.
const account = "111122223333"

// longestBody is how much of a request's body is read.
const longestBody = 1 << 20

// api serves the operations on Fargate profiles, and DescribeCluster, in REST-JSON, so that the AWS
// SDK runs against it (F1.20, F9.1).
func (w *World) api() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, answer func(*http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(out http.ResponseWriter, r *http.Request) { w.answer(out, r, answer) })
	}
	handle("GET /clusters/{cluster}", func(*http.Request) (any, error) { return w.describeCluster(), nil })
	handle("GET /clusters/{cluster}/fargate-profiles", w.listProfiles)
	handle("POST /clusters/{cluster}/fargate-profiles", w.postProfile)
	handle("GET /clusters/{cluster}/fargate-profiles/{profile}", func(r *http.Request) (any, error) {
		profile, err := w.store.get(r.PathValue("profile"))
		return w.describe(profile), err
	})
	handle("DELETE /clusters/{cluster}/fargate-profiles/{profile}", func(r *http.Request) (any, error) {
		profile, err := w.beginDelete(r.PathValue("profile"))
		return w.describe(profile), err
	})
	return mux
}

// answer writes what an operation returns. It refuses requests that no real client sends.
func (w *World) answer(out http.ResponseWriter, r *http.Request, operation func(*http.Request) (any, error)) {
	var body any
	var err error
	switch cluster := r.PathValue("cluster"); {
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "):
		err = &APIError{http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token"}
	case cluster != w.options.Cluster:
		err = &APIError{http.StatusNotFound, "ResourceNotFoundException", fmt.Sprintf("No cluster found for name: %s.", cluster)}
	default:
		body, err = operation(r)
	}
	status := http.StatusOK
	if err != nil {
		failure, ok := errors.AsType[*APIError](err)
		if !ok {
			failure = &APIError{http.StatusInternalServerError, "ServerException", err.Error()}
		}
		status, body = failure.status, map[string]string{"message": failure.Message}
		out.Header().Set("X-Amzn-ErrorType", failure.Code)
	}
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(status)
	_ = json.NewEncoder(out).Encode(body) // it always encodes; a client that went away gets nothing
}

// listProfiles answers ListFargateProfiles: names only, page by page (F1.20).
func (w *World) listProfiles(r *http.Request) (any, error) {
	query := r.URL.Query()
	most, start := 100, 0
	if text := query.Get("maxResults"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 100 {
			return nil, invalid("maxResults must be between 1 and 100")
		}
		most = n
	}
	if token := query.Get("nextToken"); token != "" {
		n, err := strconv.Atoi(token)
		if err != nil || n < 0 {
			return nil, invalid("nextToken is invalid")
		}
		start = n
	}
	list := w.store.list()
	start = min(start, len(list))
	end := min(start+most, len(list))
	names := make([]string, 0, end-start)
	for _, profile := range list[start:end] {
		names = append(names, profile.Name)
	}
	var next *string
	if end < len(list) {
		next = new(strconv.Itoa(end))
	}
	return map[string]any{"fargateProfileNames": names, "nextToken": next}, nil
}

// postProfile answers CreateFargateProfile.
func (w *World) postProfile(r *http.Request) (any, error) {
	var in struct {
		Name      string     `json:"fargateProfileName"`
		Role      string     `json:"podExecutionRoleArn"`
		Selectors []Selector `json:"selectors"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, longestBody)).Decode(&in); err != nil {
		return nil, invalid("the body is not JSON: %v", err)
	}
	if _, path, _ := strings.Cut(in.Role, ":role/"); path == "" || strings.Contains(path, "/") { // F1.19
		return nil, invalid("podExecutionRoleArn %q must be the ARN of a role without a path", in.Role)
	}
	profile, err := w.beginCreate(Profile{Name: in.Name, Selectors: in.Selectors})
	return w.describe(profile), err
}

// describe returns a profile as the API does (F9.1).
func (w *World) describe(profile Profile) any {
	return map[string]any{"fargateProfile": map[string]any{
		"fargateProfileName":  profile.Name,
		"fargateProfileArn":   w.arn("fargateprofile/" + w.options.Cluster + "/" + profile.Name + "/00000000-0000-0000-0000-000000000000"),
		"clusterName":         w.options.Cluster,
		"createdAt":           float64(profile.Created.UnixMilli()) / 1000,
		"podExecutionRoleArn": "arn:aws:iam::" + account + ":role/pod-execution",
		"subnets":             []string{"subnet-0123456789abcdef0"},
		"selectors":           profile.Selectors,
		"status":              profile.Status,
		"tags":                map[string]string{},
		"health":              map[string]any{"issues": []any{}},
	}}
}

// describeCluster answers DescribeCluster with what is known here.
func (w *World) describeCluster() any {
	return map[string]any{"cluster": map[string]any{
		"name": w.options.Cluster, "arn": w.arn("cluster/" + w.options.Cluster), "status": "ACTIVE",
		"version": w.minor, "endpoint": w.options.Config.Host, "platformVersion": "eks.stand-in",
	}}
}

func (w *World) arn(resource string) string {
	return "arn:aws:eks:" + w.options.Region + ":" + account + ":" + resource
}

// Environment returns the environment variables with which the AWS SDK finds the API of the
// stand-in, and nothing of the machine's own configuration.
func (w *World) Environment() []string {
	return []string{
		"AWS_ENDPOINT_URL_EKS=" + w.apiURL,
		"AWS_REGION=" + w.options.Region,
		"AWS_ACCESS_KEY_ID=stand-in",
		"AWS_SECRET_ACCESS_KEY=stand-in",
		"AWS_SESSION_TOKEN=",
		"AWS_PROFILE=",
		"AWS_CA_BUNDLE=",
		"AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=false",
	}
}
