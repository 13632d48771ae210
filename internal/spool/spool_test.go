package spool_test

import (
	"bytes"
	"os"
	"testing"

	"pgregory.net/rapid"

	"fargate-webhook/internal/spool"
)

// Whatever is put in comes out again, in any order, and no file is left.
func TestLawKeeps(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	rapid.Check(t, func(t *rapid.T) {
		var s spool.Spool
		sizes := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 100), rapid.IntRange(0, 3<<20)), 1, 8).Draw(t, "sizes")
		refs := make([]spool.Ref, len(sizes))
		for i, size := range sizes {
			refs[i] = s.Put(bytes.Repeat([]byte{byte('a' + i)}, size))
		}
		for _, i := range rapid.Permutation(indexes(len(sizes))).Draw(t, "order") {
			got, err := s.Get(refs[i])
			if err != nil || refs[i].Len() != sizes[i] || !bytes.Equal(got, bytes.Repeat([]byte{byte('a' + i)}, sizes[i])) {
				t.Fatalf("%d: %d bytes, %v", i, len(got), err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Fatalf("%v, %v", left, err)
		}
	})
}

func indexes(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// Where no file can be written, memory keeps what there is.
func TestNoFile(t *testing.T) {
	t.Setenv("TMPDIR", "/nowhere")
	var s spool.Spool
	var refs []spool.Ref
	for i := range 8 {
		refs = append(refs, s.Put(bytes.Repeat([]byte{byte('a' + i)}, 300<<10)))
	}
	for i, ref := range refs {
		if got, err := s.Get(ref); err != nil || !bytes.Equal(got, bytes.Repeat([]byte{byte('a' + i)}, 300<<10)) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A buffer is read as it was written, as often as one likes.
func TestLawBuffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b spool.Buffer
		var want bytes.Buffer
		for i, size := range rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 100), rapid.IntRange(0, 1<<20)), 0, 8).Draw(t, "sizes") {
			data := bytes.Repeat([]byte{byte('a' + i)}, size)
			want.Write(data)
			if n, err := b.Write(data); n != size || err != nil {
				t.Fatal(n, err)
			}
		}
		for range 2 {
			var got bytes.Buffer
			if n, err := b.WriteTo(&got); n != int64(want.Len()) || err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Fatalf("%d bytes of %d, %v", n, want.Len(), err)
			}
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
