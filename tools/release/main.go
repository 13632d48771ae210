// Command release completes a release in a folder that has the image already: it adds binaries,
// archives of the plugin for kubectl, an SBOM of each, the image as one file, the Helm chart, and
// checksums of all. Two runs on one commit write the same.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release is what is released, and where.
type release struct {
	root     string // of the repository
	folder   string // that the release is written to
	version  string
	revision string
	created  time.Time // of everything whose time is recorded
	// chartImage is the registry and name of the image in the chart's values; empty to leave them.
	chartImage string
}

// run is main without the process: it writes the release that args describe.
func run(ctx context.Context, args []string, stderr io.Writer) error {
	var r release
	var epoch int64
	var platforms string
	set := flag.NewFlagSet("release", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&r.root, "root", ".", "folder of the repository")
	set.StringVar(&r.folder, "folder", "dist", "folder of the release, which holds image/ and image-sbom/")
	set.StringVar(&r.version, "version", "", "version, like v1.2.3")
	set.StringVar(&r.revision, "revision", "", "commit")
	set.Int64Var(&epoch, "time", 0, "time to record, in seconds since 1970")
	set.StringVar(&platforms, "platforms", "", "platforms of the binaries, like linux/amd64,darwin/arm64")
	set.StringVar(&r.chartImage, "chart-image", "", "registry and name that the image is pushed to, for the chart's values; empty to leave them to the user")
	if err := set.Parse(args); err != nil {
		return err
	}
	r.created = time.Unix(epoch, 0).UTC()
	if r.version == "" || r.revision == "" || epoch == 0 || platforms == "" {
		return errors.New("set -version, -revision, -time and -platforms: outside a git repository make can't find them out")
	}
	for platform := range strings.SplitSeq(platforms, ",") {
		if err := errors.Join(r.binary(ctx, platform), r.plugin(ctx, platform)); err != nil {
			return err
		}
	}
	if err := r.image(); err != nil {
		return err
	}
	if err := r.chart(); err != nil {
		return err
	}
	return writeSums(r.folder)
}

// name returns the name of a file of the release: parts joined to program and version.
func (r *release) name(parts ...string) string {
	return strings.Join(append([]string{"fargate-webhook", r.version}, parts...), "_")
}
