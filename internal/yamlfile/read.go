// Package yamlfile reads YAML and JSON that people write by hand, strictly. It reports all errors
// at once, each with file, line and field, and bounds the time and memory that any file can take.
package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"
)

// MaxBytes limits the size of a file, in bytes. A ConfigMap holds no more, and the worst file of
// this size can be parsed within the memory of the smallest Fargate pod.
const MaxBytes = 1 << 20

// Read returns the content of a file of at most MaxBytes. Every error names the file.
func Read(path string) (data []byte, err error) { return ReadUpTo(path, MaxBytes) }

// ReadUpTo is Read for a program that has the memory for larger files, of whole MiB.
func ReadUpTo(path string, most int64) (data []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	data, err = io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, fmt.Errorf("%s: must not be larger than %d MiB: remove what is not needed here", path, most>>20)
	}
	return data, err
}

// Documents returns the content of each YAML document in data that is not empty. JSON documents may
// follow each other without `---`. Errors name path.
func Documents(path string, data []byte) ([]*yaml.Node, error) {
	if !looksLikeJSON(data) {
		return yamlDocuments(path, data)
	}
	documents, jsonErr := jsonDocuments(path, data)
	if jsonErr == nil {
		return documents, nil
	}
	documents, err := yamlDocuments(path, data)
	if err != nil {
		return nil, fmt.Errorf("%w; nor is it valid YAML", jsonErr)
	}
	return documents, nil
}

// yamlDocuments is Documents for YAML.
func yamlDocuments(path string, data []byte) ([]*yaml.Node, error) {
	var documents []*yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: not valid YAML: %w", path, err)
		}
		for _, content := range document.Content {
			if content.ShortTag() != nullTag {
				documents = append(documents, content)
			}
		}
	}
}
