"""Articles from a folder of Markdown files, and how often each was read."""

import os
import sqlite3
from pathlib import Path

from flask import Flask, abort
from markdown import markdown

app = Flask(__name__)
articles = Path(os.environ.get("CONTENT_ROOT_PATH", "articles"))


def database():
    return sqlite3.connect(Path(os.environ.get("STATE_DIRECTORY", ".")) / "blog.db")


@app.get("/")
def index():
    links = (f'<li><a href="/{file.stem}">{file.stem}</a>' for file in sorted(articles.glob("*.md")))
    style = '<link rel="stylesheet" href="/static/style.css">'
    return f"{style}<h1>Blog</h1><ul>{''.join(links)}</ul>"


@app.get("/<name>")
def article(name):
    file = articles / f"{name}.md"
    if not name.replace("-", "").isalnum() or not file.is_file():
        abort(404)
    with database() as db:
        db.execute("INSERT INTO reads VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET n = n + 1", (name,))
        (reads,) = db.execute("SELECT n FROM reads WHERE name = ?", (name,)).fetchone()
    return f"{markdown(file.read_text())}<p>Read {reads} times"
