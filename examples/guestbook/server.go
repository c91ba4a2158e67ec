package main

import (
	"errors"
	"html/template"
	"log"
	"net/http"

	"guestbook/internal/book"
)

const shown = 50

type server struct {
	book  *book.Book
	views *template.Template
}

// newServer reads the templates from views, and serves files from static.
func newServer(b *book.Book, views, static string) (http.Handler, error) {
	templates, err := template.ParseGlob(views + "/*.html")
	if err != nil {
		return nil, err
	}
	s := &server{b, templates}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("POST /sign", s.sign)
	mux.HandleFunc("GET /health", s.health)
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServer(http.Dir(static))))
	return mux, nil
}

type page struct {
	Entries       []book.Entry
	Name, Message string
	Problem       string
}

func (s *server) render(w http.ResponseWriter, r *http.Request, status int, p page) {
	entries, err := s.book.Latest(r.Context(), shown)
	if err != nil {
		fail(w, err)
		return
	}
	p.Entries = entries
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := s.views.ExecuteTemplate(w, "index.html", p); err != nil {
		log.Print(err)
	}
}

func (s *server) index(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, page{})
}

func (s *server) sign(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	name, message := r.PostFormValue("name"), r.PostFormValue("message")
	err := s.book.Sign(r.Context(), name, message)
	switch {
	case errors.Is(err, book.ErrInvalid):
		s.render(w, r, http.StatusUnprocessableEntity, page{Name: name, Message: message, Problem: err.Error()})
	case err != nil:
		fail(w, err)
	default:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

func (s *server) health(w http.ResponseWriter, r *http.Request) {
	if err := s.book.Ping(r.Context()); err != nil {
		fail(w, err)
		return
	}
	w.Write([]byte("ok\n"))
}

func fail(w http.ResponseWriter, err error) {
	log.Print(err)
	http.Error(w, "something went wrong", http.StatusInternalServerError)
}
