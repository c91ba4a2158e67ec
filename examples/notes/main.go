// Command server keeps notes in SQLite, and shows them with the templates of views/.
package main

import (
	"database/sql"
	"html/template"
	"log"
	"net/http"
	"os"

	_ "github.com/mattn/go-sqlite3"
)

type server struct {
	db    *sql.DB
	views *template.Template
}

func (s *server) index(w http.ResponseWriter, r *http.Request) {
	rows, err := s.db.QueryContext(r.Context(), "SELECT text FROM notes ORDER BY id DESC")
	if err != nil {
		fail(w, err)
		return
	}
	defer rows.Close()
	var notes []string
	for rows.Next() {
		var note string
		if err := rows.Scan(&note); err != nil {
			fail(w, err)
			return
		}
		notes = append(notes, note)
	}
	if err := rows.Err(); err != nil {
		fail(w, err)
		return
	}
	if err := s.views.ExecuteTemplate(w, "index.html", notes); err != nil {
		log.Print(err)
	}
}

func (s *server) add(w http.ResponseWriter, r *http.Request) {
	if _, err := s.db.ExecContext(r.Context(), "INSERT INTO notes (text) VALUES (?)", r.PostFormValue("text")); err != nil {
		fail(w, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func fail(w http.ResponseWriter, err error) {
	log.Print(err)
	http.Error(w, "something went wrong", http.StatusInternalServerError)
}

func main() {
	db, err := sql.Open("sqlite3", os.Getenv("NOTES_DB_PATH"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"); err != nil {
		log.Fatal(err)
	}
	s := &server{db: db, views: template.Must(template.ParseGlob("views/*.html"))}
	http.HandleFunc("GET /{$}", s.index)
	http.HandleFunc("POST /notes", s.add)
	log.Fatal(http.ListenAndServe(os.Getenv("NOTES_PORT"), nil))
}
