// Command guestbook serves a guestbook that anyone can sign.
package main

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"guestbook/internal/book"
)

// How long requests under way have to be finished after SIGTERM.
const patience = 30 * time.Second

// address is GUESTBOOK_PORT (":3001"), or the port of PORT on loopback.
func address() string {
	if address := os.Getenv("GUESTBOOK_PORT"); address != "" {
		return address
	}
	if port := os.Getenv("PORT"); port != "" {
		return "127.0.0.1:" + port
	}
	return ":3001"
}

func run(ctx context.Context) error {
	b, err := book.Open(ctx, book.Path())
	if err != nil {
		return err
	}
	defer b.Close()
	handler, err := newServer(b, "views", "static")
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address())
	if err != nil {
		return err
	}
	log.Printf("listening on %s", listener.Addr())

	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		stopped <- server.Shutdown(ctx)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	if err := <-stopped; err != nil {
		return err
	}
	log.Print("stopped")
	return nil
}

func main() {
	log.SetFlags(0) // the journal knows the time
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}
