// Package book keeps the guestbook's entries, in SQLite.
package book

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	_ "github.com/mattn/go-sqlite3"
)

const schema = `
CREATE TABLE IF NOT EXISTS entries (
	id      INTEGER PRIMARY KEY,
	name    TEXT NOT NULL,
	message TEXT NOT NULL,
	at      INTEGER NOT NULL -- seconds since 1970
)`

const (
	maxName    = 80
	maxMessage = 2000
)

// Entry is what a guest wrote.
type Entry struct {
	Name    string
	Message string
	At      time.Time
}

// ErrInvalid is wrapped by the errors that tell a guest what is wrong with an entry.
var ErrInvalid = errors.New("invalid entry")

func (e Entry) validate() error {
	switch {
	case e.Name == "":
		return fmt.Errorf("%w: who are you?", ErrInvalid)
	case e.Message == "":
		return fmt.Errorf("%w: say something", ErrInvalid)
	case utf8.RuneCountInString(e.Name) > maxName:
		return fmt.Errorf("%w: a name has at most %d characters", ErrInvalid, maxName)
	case utf8.RuneCountInString(e.Message) > maxMessage:
		return fmt.Errorf("%w: a message has at most %d characters", ErrInvalid, maxMessage)
	}
	return nil
}

// Book is an open guestbook, safe for use by many at once.
type Book struct {
	db *sql.DB
}

// Path is where the guestbook is kept: GUESTBOOK_DB, or a file in the working directory.
func Path() string {
	if path := os.Getenv("GUESTBOOK_DB"); path != "" {
		return path
	}
	return "guestbook.db"
}

// Open opens the guestbook at path, and makes it when there is none. With the write-ahead log a
// reader never waits for a writer, so two releases can have it open while one takes over.
func Open(ctx context.Context, path string) (*Book, error) {
	options := url.Values{"_journal_mode": {"WAL"}, "_busy_timeout": {"5000"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite3", "file:"+path+"?"+options.Encode())
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		db.Close()
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	return &Book{db}, nil
}

// Close closes the guestbook.
func (b *Book) Close() error { return b.db.Close() }

// Ping tells whether the guestbook can be read.
func (b *Book) Ping(ctx context.Context) error {
	var one int
	return b.db.QueryRowContext(ctx, "SELECT 1 FROM (SELECT count(*) FROM entries)").Scan(&one)
}

// Sign adds an entry.
func (b *Book) Sign(ctx context.Context, name, message string) error {
	entry := Entry{strings.TrimSpace(name), strings.TrimSpace(message), time.Now()}
	if err := entry.validate(); err != nil {
		return err
	}
	_, err := b.db.ExecContext(ctx, "INSERT INTO entries (name, message, at) VALUES (?, ?, ?)",
		entry.Name, entry.Message, entry.At.Unix())
	return err
}

// Latest returns the newest entries, the newest first.
func (b *Book) Latest(ctx context.Context, limit int) ([]Entry, error) {
	rows, err := b.db.QueryContext(ctx,
		"SELECT name, message, at FROM entries ORDER BY id DESC LIMIT ?", limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var entries []Entry
	for rows.Next() {
		var entry Entry
		var at int64
		if err := rows.Scan(&entry.Name, &entry.Message, &at); err != nil {
			return nil, err
		}
		entry.At = time.Unix(at, 0).UTC()
		entries = append(entries, entry)
	}
	return entries, rows.Err()
}

// Count returns how many entries there are, and how many of them are newer than since.
func (b *Book) Count(ctx context.Context, since time.Time) (total, recent int, err error) {
	err = b.db.QueryRowContext(ctx,
		"SELECT count(*), count(CASE WHEN at >= ? THEN 1 END) FROM entries", since.Unix()).
		Scan(&total, &recent)
	return total, recent, err
}
