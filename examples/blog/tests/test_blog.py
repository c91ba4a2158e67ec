from pathlib import Path

import pytest

from blog import app, articles, comments


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.setattr(comments, "PATH", tmp_path / "blog.db")
    monkeypatch.setattr(articles, "FOLDER", Path(__file__).parent.parent / "articles")
    comments.create()
    return app.test_client()


def test_articles_are_listed_the_latest_first(client):
    page = client.get("/").text
    assert page.index("What moved") < page.index("one&#39;s own")


def test_a_comment_is_shown_below_its_article(client):
    assert client.post("/first", data={"text": "so is a <cat>"}).status_code == 303
    assert "so is a &lt;cat&gt;" in client.get("/first").text
    assert "cat" not in client.get("/second").text


def test_there_is_nothing_elsewhere(client):
    assert client.get("/third").status_code == 404
