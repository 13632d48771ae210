package ekstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"fargate-webhook/profiles"
)

// list answers ListFargateProfiles. A page token is the index of its first profile.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	list, query := s.snapshot(), r.URL.Query()
	size, start := s.options.PageSize, 0
	var err error
	if query.Has("maxResults") {
		asked, parseErr := strconv.Atoi(query.Get("maxResults"))
		if parseErr != nil || asked < 1 || asked > maxPageSize {
			APIError(http.StatusBadRequest, "InvalidParameterException", "maxResults must be from 1 to 100")(w, r)
			return
		}
		size = min(size, asked)
	}
	if query.Has("nextToken") {
		start, err = strconv.Atoi(strings.TrimPrefix(query.Get("nextToken"), "page-"))
		if err != nil || start < 0 {
			APIError(http.StatusBadRequest, "InvalidParameterException", "nextToken is not valid")(w, r)
			return
		}
	}
	start = min(start, len(list))
	end := min(start+size, len(list))
	names := make([]string, 0, end-start)
	for _, profile := range list[start:end] {
		names = append(names, profile.Name)
	}
	page := map[string]any{"fargateProfileNames": names, "nextToken": nil}
	if end < len(list) {
		page["nextToken"] = fmt.Sprintf("page-%d", end)
	}
	write(w, http.StatusOK, page)
}

// describe answers DescribeFargateProfile, with the fields that the real API has.
func (s *Server) describe(w http.ResponseWriter, r *http.Request) {
	cluster, name := r.PathValue("cluster"), r.PathValue("profile")
	list := s.snapshot()
	i := slices.IndexFunc(list, func(p profiles.Profile) bool { return p.Name == name })
	if i < 0 {
		APIError(http.StatusNotFound, "ResourceNotFoundException", fmt.Sprintf("No Fargate Profile found with name: %s.", name))(w, r)
		return
	}
	selectors := make([]map[string]any, 0, len(list[i].Selectors))
	for _, selector := range list[i].Selectors {
		selectors = append(selectors, map[string]any{"namespace": selector.Namespace, "labels": selector.Labels})
	}
	status := list[i].Status
	if status == "" {
		status = profiles.StatusActive
	}
	const account = "arn:aws:%s:%s:111122223333:%s"
	write(w, http.StatusOK, map[string]any{"fargateProfile": map[string]any{
		"fargateProfileName":  name,
		"fargateProfileArn":   fmt.Sprintf(account, "eks", region, "fargateprofile/"+cluster+"/"+name+"/00000000-0000-0000-0000-000000000000"),
		"clusterName":         cluster,
		"createdAt":           1700000000.0,
		"podExecutionRoleArn": fmt.Sprintf(account, "iam", "", "role/pod-execution"),
		"subnets":             []string{"subnet-0123456789abcdef0"},
		"selectors":           selectors,
		"status":              status,
		"tags":                map[string]string{},
		"health":              map[string]any{"issues": []any{}},
	}})
}

// APIError answers like the EKS API with an error: an HTTP status, an error code and a message.
func APIError(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-ErrorType", code)
		write(w, status, map[string]string{"message": message})
	}
}

// Body answers with status 200 and any body.
func Body(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body)) // a client that went away gets nothing
	}
}

// Hang does not answer until the client gives up.
func Hang() http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
}

// write sends a JSON body.
func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // what is sent here always encodes; a client that went away gets nothing
}

// Drip answers with status 200 and a body of which a byte comes every now and then, without an end.
func Drip(pause time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte(" ")); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush() // a client that went away ends the loop
			select {
			case <-r.Context().Done():
			case <-time.After(pause):
			}
		}
	}
}

// CutOff answers with a body that ends before its announced length, and the connection with it.
func CutOff(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(2*len(body)))
		_, _ = w.Write([]byte(body)) // a client that went away gets nothing
	}
}
