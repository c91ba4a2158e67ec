// Command guestbook-digest logs how many entries the guestbook has, and how many of them are new.
// With -every it goes on doing so until it is stopped.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"guestbook/internal/book"
)

func digest(ctx context.Context, b *book.Book, since time.Duration) error {
	total, recent, err := b.Count(ctx, time.Now().Add(-since))
	if err != nil {
		return err
	}
	log.Printf("%d entries, %d of them in the last %s", total, recent, since)
	return nil
}

func run(ctx context.Context, since, every time.Duration) error {
	b, err := book.Open(ctx, book.Path())
	if err != nil {
		return err
	}
	defer b.Close()
	if err := digest(ctx, b, since); err != nil || every == 0 {
		return err
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := digest(ctx, b, since); err != nil {
				return err
			}
		}
	}
}

func main() {
	log.SetFlags(0)
	since := flag.Duration("since", time.Hour, "what counts as new")
	every := flag.Duration("every", 0, "go on, with this much time in between")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *since, *every); err != nil {
		log.Fatal(err)
	}
}
