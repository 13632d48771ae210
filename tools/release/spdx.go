package main

import (
	"fmt"
	"net/url"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
)

// document is an SPDX 2.3 document, with the fields that we write.
type document struct {
	Version       string         `json:"spdxVersion"`
	License       string         `json:"dataLicense"`
	ID            string         `json:"SPDXID"`
	Name          string         `json:"name"`
	Namespace     string         `json:"documentNamespace"`
	Creation      creation       `json:"creationInfo"`
	Packages      []spdxPackage  `json:"packages"`
	Relationships []relationship `json:"relationships"`
}

type creation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	Name             string      `json:"name"`
	ID               string      `json:"SPDXID"`
	Version          string      `json:"versionInfo"`
	FileName         string      `json:"packageFileName,omitempty"`
	DownloadLocation string      `json:"downloadLocation"`
	FilesAnalyzed    bool        `json:"filesAnalyzed"`
	LicenseConcluded string      `json:"licenseConcluded"`
	LicenseDeclared  string      `json:"licenseDeclared"`
	Copyright        string      `json:"copyrightText"`
	SourceInfo       string      `json:"sourceInfo,omitempty"`
	Checksums        []checksum  `json:"checksums,omitempty"`
	References       []reference `json:"externalRefs"`
}

type checksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type reference struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type relationship struct {
	From string `json:"spdxElementId"`
	Type string `json:"relationshipType"`
	To   string `json:"relatedSpdxElement"`
}

// subject is the binary that a document describes.
type subject struct {
	name, version, digest string // digest is the binary's SHA-256, in hex
	created               time.Time
}

const (
	documentID = "SPDXRef-DOCUMENT"
	unknown    = "NOASSERTION"
)

// newDocument lists what a binary is made of: its modules, and Go's standard library.
func newDocument(s subject, info *debug.BuildInfo) document {
	main := newPackage(0, info.Main.Path, s.version)
	main.FileName = s.name
	main.LicenseDeclared = "Apache-2.0"
	main.Checksums = []checksum{{"SHA256", s.digest}}
	d := document{
		Version:       "SPDX-2.3",
		License:       "CC0-1.0",
		ID:            documentID,
		Name:          s.name,
		Namespace:     "https://spdx.org/spdxdocs/" + s.name + "-" + s.digest,
		Creation:      creation{s.created.Format(time.RFC3339), []string{"Tool: fargate-webhook-release"}},
		Packages:      []spdxPackage{main},
		Relationships: []relationship{{documentID, "DESCRIBES", main.ID}},
	}
	d.add(newPackage(1, "stdlib", strings.TrimPrefix(info.GoVersion, "go")))
	for _, module := range info.Deps {
		switch {
		case module.Replace == nil:
		case module.Replace.Version == "": // a folder: another module of this repository
			module = &debug.Module{Path: module.Path, Version: s.version}
		default:
			module = module.Replace
		}
		p := newPackage(len(d.Packages), module.Path, module.Version)
		if module.Sum != "" {
			p.SourceInfo = "go.sum: " + module.Sum
		}
		d.add(p)
	}
	return d
}

// add appends a package that the first one depends on.
func (d *document) add(p spdxPackage) {
	d.Packages = append(d.Packages, p)
	d.Relationships = append(d.Relationships, relationship{d.Packages[0].ID, "DEPENDS_ON", p.ID})
}

// unsafe matches what an SPDX identifier must not contain.
var unsafe = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// newPackage returns the package of a Go module. number makes its identifier unique.
func newPackage(number int, path, version string) spdxPackage {
	purl := "pkg:golang/" + (&url.URL{Path: strings.ToLower(path)}).EscapedPath() + "@" + url.QueryEscape(version)
	return spdxPackage{
		Name:             path,
		ID:               fmt.Sprintf("SPDXRef-%d-%s", number, unsafe.ReplaceAllString(path, "-")),
		Version:          version,
		DownloadLocation: unknown,
		LicenseConcluded: unknown,
		LicenseDeclared:  unknown,
		Copyright:        unknown,
		References:       []reference{{"PACKAGE-MANAGER", "purl", purl}},
	}
}
