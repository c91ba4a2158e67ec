"""Who was here, below a path of the front page; a worker forgets those of yesterday."""

import os
import sqlite3
import time
from pathlib import Path

from flask import Flask, redirect, request, url_for

app = Flask(__name__)
DAY = 86_400


def database():
    return sqlite3.connect(Path(os.environ.get("STATE_DIRECTORY", ".")) / "guests.db", timeout=5)


@app.get("/")
def guests():
    with database() as db:
        rows = db.execute("SELECT name FROM guests ORDER BY at").fetchall()
    names = "".join(f"<li>{name}" for (name,) in rows)
    return f'<h1>Guests</h1><ul>{names}</ul><form method=post action="{url_for("sign")}"><input name=name></form>'


@app.post("/sign")
def sign():
    name = "".join(letter for letter in request.form.get("name", "") if letter.isalnum())[:40]
    with database() as db:
        db.execute("INSERT INTO guests VALUES (?, ?)", (name, time.time()))
    return redirect(url_for("guests"))


def sweep():
    print("sweeping once a minute", flush=True)
    while True:
        with database() as db:
            db.execute("DELETE FROM guests WHERE at < ?", (time.time() - DAY,))
        time.sleep(60)
