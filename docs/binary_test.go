package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestBinaryIsSmall builds the program as releases do. It was 10 MB larger while cobra's template for
// --version was set: text/template calls methods by name, and the linker then keeps every exported
// method of every type that is converted to an interface.
func TestBinaryIsSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	const most = 45e6
	path := filepath.Join(t.TempDir(), program)
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "./cmd/"+program)
	build.Dir = ".."
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MB", float64(info.Size())/1e6)
	if info.Size() > most {
		t.Errorf("it has %.1f MB, want at most %.1f: see which methods are looked up by name in the output of go build -ldflags=-dumpdep, at ReflectMethod",
			float64(info.Size())/1e6, most/1e6)
	}
}
