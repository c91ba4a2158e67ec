package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"guestbook/internal/book"
)

func serve(t *testing.T) (*httptest.Server, *book.Book) {
	t.Helper()
	b, err := book.Open(t.Context(), filepath.Join(t.TempDir(), "guestbook.db"))
	if err != nil {
		t.Fatal(err)
	}
	handler, err := newServer(b, "views", "static")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.Close()
		b.Close()
	})
	return server, b
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	return read(t, response, err)
}

func read(t *testing.T, response *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestSigning(t *testing.T) {
	server, _ := serve(t)
	response, err := http.PostForm(server.URL+"/sign", url.Values{"name": {"Ada"}, "message": {"<b>hi</b>"}})
	status, body := read(t, response, err)
	if status != http.StatusOK || response.Request.URL.Path != "/" {
		t.Errorf("%d at %s", status, response.Request.URL)
	}
	if !strings.Contains(body, "&lt;b&gt;hi&lt;/b&gt;") {
		t.Errorf("the entry is not on the page, escaped:\n%s", body)
	}
}

func TestAnInvalidEntryIsNotLost(t *testing.T) {
	server, _ := serve(t)
	response, err := http.PostForm(server.URL+"/sign", url.Values{"message": {"a long story"}})
	status, body := read(t, response, err)
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "a long story") {
		t.Errorf("%d\n%s", status, body)
	}
}

func TestHealth(t *testing.T) {
	server, b := serve(t)
	if status, body := get(t, server.URL+"/health"); status != http.StatusOK || body != "ok\n" {
		t.Errorf("%d %q", status, body)
	}
	b.Close()
	if status, _ := get(t, server.URL+"/health"); status != http.StatusInternalServerError {
		t.Errorf("%d without a database", status)
	}
}

func TestOtherPaths(t *testing.T) {
	server, _ := serve(t)
	for path, want := range map[string]int{
		"/static/style.css": http.StatusOK,
		"/static/none.css":  http.StatusNotFound,
		"/none":             http.StatusNotFound,
		"/sign":             http.StatusMethodNotAllowed,
	} {
		if status, _ := get(t, server.URL+path); status != want {
			t.Errorf("%s: %d, not %d", path, status, want)
		}
	}
}
