"""Articles: Markdown files that begin with YAML between two lines of dashes."""

import os
from dataclasses import dataclass
from pathlib import Path

import markdown
import yaml

FOLDER = Path(os.environ.get("BLOG_ARTICLES", "articles"))


@dataclass(frozen=True)
class Article:
    name: str
    title: str
    date: str
    html: str


def read(path):
    _, head, text = path.read_text(encoding="utf-8").split("---\n", 2)
    about = yaml.safe_load(head)
    return Article(path.stem, about["title"], str(about["date"]), markdown.markdown(text))


def all_of_them():
    return sorted(map(read, FOLDER.glob("*.md")), key=lambda article: article.date, reverse=True)


def named(name):
    return next((article for article in all_of_them() if article.name == name), None)
