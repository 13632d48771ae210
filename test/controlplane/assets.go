package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// assetsVariable is the environment variable in which users of envtest keep the directory of their
// kube-apiserver, etcd and kubectl.
const assetsVariable = "KUBEBUILDER_ASSETS"

// oldestEtcd is the minor version of the oldest etcd 3 that fits: those that Kubernetes supports
// store the same, so the tests don't depend on which one it is.
const oldestEtcd = 5

// askDeadline bounds how long a program may take to print its version.
const askDeadline = 20 * time.Second

// printedVersion finds the version in what the programs print: "Kubernetes v1.37.2", "Client
// Version: v1.37.2" or "etcd Version: 3.7.3".
var printedVersion = regexp.MustCompile(`(?:Kubernetes|Version:) v?((\d{1,3})\.(\d{1,3})\.\S+)`)

// fittingAssets returns the paths of the programs in dir that fit version v, by name. It prints why
// others don't. An empty dir has none.
func fittingAssets(ctx context.Context, dir string, v version, log io.Writer) map[string]string {
	fitting := map[string]string{}
	if dir != "" && !filepath.IsAbs(dir) {
		say(log, "%s %q is ignored: must be an absolute path", assetsVariable, dir)
		return fitting
	}
	for _, p := range programs() {
		file := filepath.Join(dir, p.name)
		if dir == "" || !isProgram(file) {
			continue
		}
		if err := fits(ctx, file, p.name, v); err != nil {
			say(log, "%s: %s is ignored: %v", assetsVariable, p.name, err)
			continue
		}
		say(log, "%s: using %s", assetsVariable, file)
		fitting[p.name] = file
	}
	return fitting
}

// fits returns why a program doesn't fit version v, or nil.
func fits(ctx context.Context, file, name string, v version) error {
	ctx, cancel := context.WithTimeout(ctx, askDeadline)
	defer cancel()
	args := []string{"--version"}
	if name == "kubectl" {
		args = []string{"version", "--client"}
	}
	printed, err := exec.CommandContext(ctx, file, args...).Output()
	if err != nil {
		return fmt.Errorf("%s %s: %w", file, strings.Join(args, " "), err)
	}
	match := printedVersion.FindStringSubmatch(string(printed))
	if match == nil {
		return errors.New("it prints no version")
	}
	if name != "etcd" {
		if match[1] != strings.TrimPrefix(v.String(), "v") {
			return fmt.Errorf("version %s: must be %s", match[1], v)
		}
		return nil
	}
	minor, err := strconv.Atoi(match[3])
	if err != nil || match[2] != "3" || minor < oldestEtcd {
		return fmt.Errorf("version %s: must be 3.%d or later", match[1], oldestEtcd)
	}
	return nil
}
