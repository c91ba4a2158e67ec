"""The application, for a WSGI server: `blog:app`."""

from flask import Flask, abort, redirect, render_template, request, url_for

from . import articles, comments

app = Flask(__name__)


@app.get("/")
def index():
    return render_template("index.html", articles=articles.all_of_them())


@app.get("/<name>")
def article(name):
    found = articles.named(name) or abort(404)
    return render_template("article.html", article=found, comments=comments.about(name))


@app.post("/<name>")
def comment(name):
    if articles.named(name) is None:
        abort(404)
    comments.add(name, request.form["text"])
    return redirect(url_for("article", name=name), 303)
