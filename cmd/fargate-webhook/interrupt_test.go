package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// asProgram makes the binary of the tests be the program.
const asProgram = "FARGATE_WEBHOOK_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what should happen at once.
const patience = 20 * time.Second

// process is the program as a process of its own.
type process struct {
	*exec.Cmd
	stderr bytes.Buffer
	// temporary is its folder of temporary files.
	temporary string
	// done has the error of Wait.
	done chan error
}

// command returns a process that isn't started yet.
func command(t *testing.T, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.CommandContext(t.Context(), self, args...), temporary: t.TempDir(), done: make(chan error, 1)}
	p.Env = append(os.Environ(), asProgram+"=1", "TMPDIR="+p.temporary)
	p.Stderr = &p.stderr
	return p
}

// start starts the program. Without standard input it is empty, without standard output it is dropped.
func start(t *testing.T, stdin io.Reader, stdout io.Writer, args ...string) *process {
	t.Helper()
	p := command(t, args...)
	p.Stdin, p.Stdout = stdin, stdout
	p.start(t)
	return p
}

func (p *process) start(t *testing.T) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.Wait() }()
	t.Cleanup(func() { _ = p.Process.Kill() })
}

// interrupted sends a signal, and checks that the program ends by it, or with the exit code that a
// shell has for Ctrl-C, and leaves no temporary file.
func (p *process) interrupted(t *testing.T, by syscall.Signal) {
	t.Helper()
	select {
	case err := <-p.done:
		t.Fatalf("the program ended before it was interrupted: %v\n%s", err, p.stderr.String())
	default:
	}
	if err := p.Process.Signal(by); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.done: //nolint:errcheck // ProcessState says how
	case <-time.After(patience):
		t.Fatalf("the program doesn't end by %s", by)
	}
	status, ok := p.ProcessState.Sys().(syscall.WaitStatus)
	if byIt := ok && status.Signaled() && status.Signal() == by; !byIt && p.ProcessState.ExitCode() != 130 {
		t.Errorf("the program ended with %s\n%s", p.ProcessState, p.stderr.String())
	}
	left(t, p.temporary)
}

// await waits until something happens.
func await[T any](t *testing.T, what string, happened <-chan T) {
	t.Helper()
	select {
	case <-happened:
	case <-time.After(patience):
		t.Fatal("timed out: ", what)
	}
}

// pipe returns both ends of a pipe.
func pipe(t *testing.T) (reader, writer *os.File) {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = reader.Close(), writer.Close() })
	return reader, writer
}

// morePipe is more than a pipe holds, and than a review keeps in memory: who has written it has
// somebody who reads, and who has written its beginning waits for one.
const morePipe = 4 << 20

// Ctrl-C ends a review that reads a pipe without an end.
func TestInterruptStdin(t *testing.T) {
	reader, writer := pipe(t)
	p := start(t, reader, nil, "review", "-f", "-", "--profiles", exampleProfiles)
	wrote := make(chan error, 1)
	go func() {
		_, err := writer.Write(bytes.Repeat([]byte("---\n{apiVersion: v1, kind: Pod, metadata: {name: a, annotations: {a: "+strings.Repeat("a", 1<<10)+"}}}\n"), morePipe>>10))
		wrote <- err
	}()
	await(t, "the program reads its input", wrote)
	p.interrupted(t, syscall.SIGINT)
}

// hanging is a server that answers a path only when the request is canceled. What is sent before is
// the beginning of its answer.
func hanging(t *testing.T, path, before string, others http.Handler) (url string, asked <-chan struct{}) {
	t.Helper()
	requests := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			others.ServeHTTP(w, r)
			return
		}
		if _, err := io.WriteString(w, before); before != "" && err == nil {
			_ = http.NewResponseController(w).Flush() // else the whole answer comes later
		}
		select {
		case requests <- struct{}{}:
		default:
		}
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

// Ctrl-C ends a review that waits for a server, whether that has begun to answer or not.
func TestInterruptURL(t *testing.T) {
	for name, before := range map[string]string{"no answer": "", "half an answer": "apiVersion: v1\n"} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			url, asked := hanging(t, "/pod.yaml", before, http.NotFoundHandler())
			p := start(t, nil, nil, "review", "-f", url+"/pod.yaml", "--profiles", exampleProfiles, "-o", "json="+filepath.Join(folder, "report.json"))
			await(t, "the program asks for the URL", asked)
			p.interrupted(t, syscall.SIGINT)
			left(t, folder)
		})
	}
}

// left checks what files a folder has.
func left(t *testing.T, folder string, want ...string) {
	t.Helper()
	var got []string
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("files %q, want %q; %v", got, want, err)
	}
}

// Ctrl-C ends a review that waits for a cluster, at each stage, and so does what a pipeline sends.
func TestInterruptCluster(t *testing.T) {
	for _, path := range []string{
		"/apis/apps/v1/namespaces/fargate-webhook/deployments/fargate-webhook", "/apis", "/apis/argoproj.io/v1alpha1", "/api/v1/namespaces/default/services", "/api/v1/namespaces/default/pods",
	} {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(fmt.Sprint(signal, " at ", path), func(t *testing.T) {
				folder := t.TempDir()
				url, asked := hanging(t, path, "", &apiServer{})
				kubeconfig := write(t, "kubeconfig", strings.Replace(nowhere, "https://127.0.0.1:1", url, 1))
				p := start(t, nil, nil, "review", "--from-cluster", "--kubeconfig", kubeconfig, "--profiles", exampleProfiles, "-o", "json="+filepath.Join(folder, "report.json"))
				await(t, "the program asks the API server", asked)
				p.interrupted(t, signal)
				left(t, folder)
			})
		}
	}
}

// many are so many objects that no pipe holds their report.
func many(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for i := range morePipe >> 11 {
		fmt.Fprintf(&text, "---\n{apiVersion: v1, kind: Pod, metadata: {name: p%d, namespace: apps}, spec: {containers: [{name: a, image: a}]}}\n", i)
	}
	return write(t, "many.yaml", text.String())
}

// Ctrl-C ends a review whose output nobody reads. The files of the other outputs are complete then.
func TestInterruptStdout(t *testing.T) {
	folder := t.TempDir()
	reader, writer := pipe(t)
	p := start(t, nil, writer, "review", "-f", many(t), "--profiles", exampleProfiles, "-o", "json", "-o", "table="+filepath.Join(folder, "report.txt"))
	began := make(chan error, 1)
	go func() {
		_, err := reader.Read(make([]byte, 1))
		began <- err
	}()
	await(t, "the program writes its report", began)
	p.interrupted(t, syscall.SIGINT)
	left(t, folder, "report.txt")
}

// Ctrl-C ends a review that writes to a named pipe which nobody reads, after one that is read.
func TestInterruptNamedPipe(t *testing.T) {
	folder := t.TempDir()
	is, isNot := filepath.Join(folder, "is"), filepath.Join(folder, "is-not")
	for _, pipe := range []string{is, isNot} {
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Skip(err)
		}
	}
	p := start(t, nil, nil, "review", "-f", examplePods, "--profiles", exampleProfiles, "-o", "json="+is, "-o", "table="+isNot)
	read := make(chan error, 1)
	go func() {
		_, err := os.ReadFile(is)
		read <- err
	}()
	await(t, "the program writes to the first pipe", read)
	p.interrupted(t, syscall.SIGINT)
	left(t, folder, "is", "is-not")
}
