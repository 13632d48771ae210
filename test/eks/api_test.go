package eks

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	awseks "github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sdk returns the AWS SDK's client of a World.
func sdk(t *testing.T, w *World) *awseks.Client {
	t.Helper()
	for _, variable := range w.Environment() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	loaded, err := config.LoadDefaultConfig(t.Context(), config.WithRetryMaxAttempts(1))
	if err != nil {
		t.Fatal(err)
	}
	return awseks.NewFromConfig(loaded)
}

// apiOnly returns a World with nothing but its store and API.
func apiOnly(t *testing.T) *World {
	t.Helper()
	w := &World{options: Options{Cluster: "demo", Region: "eu-west-1", Config: nil, Log: os.Stderr}, store: &store{cluster: "demo", quota: 3}}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	t.Cleanup(w.Stop)
	var err error
	if w.apiURL, err = w.serve(t.Context(), "http", w.api(), nil); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestAPI drives the stand-in with the real SDK.
func TestAPI(t *testing.T) {
	w := apiOnly(t)
	client := sdk(t, w)
	for _, name := range []string{"a", "b", "c"} {
		if _, err := w.store.create(Profile{Name: name, Selectors: []Selector{{Namespace: name, Labels: map[string]string{"k": "v"}}}}); err != nil {
			t.Fatal(err)
		}
		w.store.activate(name)
	}
	var names []string
	pages := awseks.NewListFargateProfilesPaginator(client, &awseks.ListFargateProfilesInput{ClusterName: aws.String("demo"), MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, page.FargateProfileNames...)
	}
	if strings.Join(names, " ") != "a b c" {
		t.Errorf("names %v", names)
	}
	out, err := client.DescribeFargateProfile(t.Context(), &awseks.DescribeFargateProfileInput{ClusterName: aws.String("demo"), FargateProfileName: aws.String("b")})
	if err != nil {
		t.Fatal(err)
	}
	p := out.FargateProfile
	if p.Status != types.FargateProfileStatusActive || *p.Selectors[0].Namespace != "b" || p.Selectors[0].Labels["k"] != "v" || time.Since(*p.CreatedAt) > time.Minute {
		t.Errorf("profile %+v", p)
	}
	role := aws.String("arn:aws:iam::111122223333:role/pod-execution")
	selectors := []types.FargateProfileSelector{{Namespace: aws.String("d")}}
	create := func(change func(*awseks.CreateFargateProfileInput)) error {
		in := &awseks.CreateFargateProfileInput{ClusterName: aws.String("demo"), FargateProfileName: aws.String("d"), PodExecutionRoleArn: role, Selectors: selectors}
		change(in)
		_, err := client.CreateFargateProfile(t.Context(), in)
		return err
	}
	wantCode(t, "fourth of three", create(func(*awseks.CreateFargateProfileInput) {}), "ResourceLimitExceededException")
	w.store.remove("c")
	wantCode(t, "taken", create(func(in *awseks.CreateFargateProfileInput) { in.FargateProfileName = aws.String("a") }), "ResourceInUseException")
	wantCode(t, "role with a path", create(func(in *awseks.CreateFargateProfileInput) { in.PodExecutionRoleArn = aws.String(*role + "/x") }), "InvalidParameterException")
	wantCode(t, "no selector", create(func(in *awseks.CreateFargateProfileInput) { in.Selectors = nil }), "InvalidParameterException")
	wantCode(t, "no such cluster", create(func(in *awseks.CreateFargateProfileInput) { in.ClusterName = aws.String("other") }), "ResourceNotFoundException")
	if _, err := w.store.beginDelete("a"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "while another is deleted", create(func(*awseks.CreateFargateProfileInput) {}), "ResourceInUseException")
	_, err = client.DeleteFargateProfile(t.Context(), &awseks.DeleteFargateProfileInput{ClusterName: aws.String("demo"), FargateProfileName: aws.String("b")})
	wantCode(t, "a second deletion", err, "ResourceInUseException")
	_, err = client.DescribeFargateProfile(t.Context(), &awseks.DescribeFargateProfileInput{ClusterName: aws.String("demo"), FargateProfileName: aws.String("none")})
	wantCode(t, "unknown", err, "ResourceNotFoundException")
}

func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	coded, ok := errors.AsType[interface {
		error
		ErrorCode() string
	}](err)
	if !ok || coded.ErrorCode() != code {
		t.Errorf("%s: %v; want %s", what, err, code)
	}
}
