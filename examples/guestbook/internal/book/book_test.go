package book

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, path string) *Book {
	t.Helper()
	book, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	return book
}

func TestEntriesOutliveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "guestbook.db")
	first := open(t, path)
	for _, message := range []string{"hello", "hello again"} {
		if err := first.Sign(t.Context(), " Ada ", message); err != nil {
			t.Fatal(err)
		}
	}

	// The next release opens it before the last one has closed it.
	second := open(t, path)
	entries, err := second.Latest(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 || entries[0].Name != "Ada" || entries[0].Message != "hello again" {
		t.Errorf("got %+v", entries)
	}
	if err := second.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCount(t *testing.T) {
	book := open(t, filepath.Join(t.TempDir(), "guestbook.db"))
	if err := book.Sign(t.Context(), "Ada", "hello"); err != nil {
		t.Fatal(err)
	}
	for since, want := range map[time.Time]int{
		time.Now().Add(-time.Hour): 1,
		time.Now().Add(time.Hour):  0,
	} {
		total, recent, err := book.Count(t.Context(), since)
		if err != nil || total != 1 || recent != want {
			t.Errorf("since %v: %d of %d, %v", since, recent, total, err)
		}
	}
}

func TestInvalidEntries(t *testing.T) {
	book := open(t, filepath.Join(t.TempDir(), "guestbook.db"))
	for _, entry := range []struct{ name, message string }{
		{"", "hello"},
		{"Ada", " \n "},
		{strings.Repeat("a", maxName+1), "hello"},
		{"Ada", strings.Repeat("é", maxMessage+1)},
	} {
		if err := book.Sign(t.Context(), entry.name, entry.message); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", entry, err)
		}
	}
	if err := book.Sign(t.Context(), "Ada", strings.Repeat("é", maxMessage)); err != nil {
		t.Error(err)
	}
}
