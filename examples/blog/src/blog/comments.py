"""What readers say, in SQLite."""

import os
import sqlite3
from contextlib import closing

PATH = os.environ.get("BLOG_DB", "blog.db")
SCHEMA = "CREATE TABLE IF NOT EXISTS comments (id INTEGER PRIMARY KEY, article TEXT NOT NULL, text TEXT NOT NULL)"


def run(statement, values=()):
    with closing(sqlite3.connect(PATH)) as database, database:
        return database.execute(statement, values).fetchall()


def create():
    run(SCHEMA)


def add(article, text):
    run("INSERT INTO comments (article, text) VALUES (?, ?)", (article, text))


def about(article):
    return [text for (text,) in run("SELECT text FROM comments WHERE article = ? ORDER BY id", (article,))]
