//! A small web forum: threads, their posts, and forms to add to both.
//!
//! Every link is relative, so it works at the root of a domain and below a path alike.

mod pages;
mod store;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, io};

use axum::extract::{Form, Path, State};
use axum::http::{header, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::Router;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::signal::unix::{signal, SignalKind};
use tokio::task::spawn_blocking;

use store::{Post, Store};

type Forum = State<Arc<Mutex<Store>>>;

/// Why a request has no page to answer with.
enum Failure {
    NotFound,
    Invalid(&'static str),
    Store(io::Error),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Failure::NotFound => (StatusCode::NOT_FOUND, "There is no such thread."),
            Failure::Invalid(why) => (StatusCode::UNPROCESSABLE_ENTITY, why),
            Failure::Store(error) => {
                eprintln!("{error}");
                (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong.")
            }
        };
        (status, Html(pages::problem(message))).into_response()
    }
}

type Answer = Result<Response, Failure>;

/// Does something with the store, which waits for the disk, on a thread that may wait.
async fn with<T: Send + 'static>(
    State(forum): Forum,
    f: impl FnOnce(&mut Store) -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    spawn_blocking(move || {
        // A panic leaves no half-made change: what counts is the file.
        let mut store = forum
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        store.refresh()?;
        f(&mut store)
    })
    .await
    .map_err(io::Error::other)
    .and_then(|result| result)
    .map_err(Failure::Store)
}

async fn list(forum: Forum) -> Answer {
    let page = with(forum, |store| Ok(pages::threads(store.threads()))).await?;
    Ok(Html(page).into_response())
}

async fn thread(forum: Forum, Path(id): Path<u64>) -> Answer {
    let page = with(forum, move |store| Ok(store.thread(id).map(pages::thread))).await?;
    Ok(Html(page.ok_or(Failure::NotFound)?).into_response())
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    title: String,
    author: String,
    text: String,
}

impl Written {
    fn post(&self) -> Result<Post, Failure> {
        Ok(Post {
            at: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |age| age.as_secs()),
            author: checked(&self.author, 40, "A name has 1 to 40 characters.")?,
            text: checked(&self.text, 10_000, "A post has 1 to 10000 characters.")?,
        })
    }
}

fn checked(text: &str, most: usize, problem: &'static str) -> Result<String, Failure> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most {
        return Err(Failure::Invalid(problem));
    }
    Ok(text.to_owned())
}

async fn start_thread(forum: Forum, Form(written): Form<Written>) -> Answer {
    let title = checked(&written.title, 120, "A title has 1 to 120 characters.")?;
    let post = written.post()?;
    let id = with(forum, move |store| store.start(title, post)).await?;
    Ok(see_other(format!("threads/{id}")))
}

async fn reply(forum: Forum, Path(id): Path<u64>, Form(written): Form<Written>) -> Answer {
    let post = written.post()?;
    let replied = with(forum, move |store| store.reply(id, post)).await?;
    if !replied {
        return Err(Failure::NotFound);
    }
    Ok(see_other(format!("../{id}")))
}

fn see_other(location: String) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

async fn health(forum: Forum) -> Answer {
    with(forum, |_| Ok(())).await?;
    Ok("ok\n".into_response())
}

fn app(store: Store) -> Router {
    Router::new()
        .route("/", get(list))
        .route("/threads", post(start_thread))
        .route("/threads/:id", get(thread))
        .route("/threads/:id/posts", post(reply))
        .route("/health", get(health))
        .with_state(Arc::new(Mutex::new(store)))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };

    let directory = env::var_os("STATE_DIRECTORY").unwrap_or_else(|| ".".into());
    let store = Store::open(PathBuf::from(directory).join("posts.jsonl"))?;
    let port = env::var("PORT").unwrap_or_else(|_| "3002".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    // Requests under way are finished before this returns.
    axum::serve(listener, app(store))
        .with_graceful_shutdown(stop)
        .await?;
    println!("stopped");
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn ask(app: &Router, request: Request<Body>) -> (StatusCode, String, String) {
        let response = app.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let location = match response.headers().get(header::LOCATION) {
            Some(location) => location.to_str().unwrap().to_owned(),
            None => String::new(),
        };
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, location, String::from_utf8(body.into()).unwrap())
    }

    async fn get(app: &Router, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (status, _, body) = ask(app, request).await;
        (status, body)
    }

    async fn submit(app: &Router, path: &str, form: &'static str) -> (StatusCode, String) {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let (status, location, _) = ask(app, request).await;
        (status, location)
    }

    #[tokio::test]
    async fn a_conversation() {
        let app = app(store::tests::empty("conversation"));
        let (status, at) = submit(&app, "/threads", "title=Nix+%26+me&author=Ada&text=Hi").await;
        assert_eq!((status, at.as_str()), (StatusCode::SEE_OTHER, "threads/0"));

        let (status, at) = submit(&app, "/threads/0/posts", "author=Bo&text=%3Cb%3E").await;
        assert_eq!((status, at.as_str()), (StatusCode::SEE_OTHER, "../0"));

        let (_, page) = get(&app, "/").await;
        assert!(page.contains(r#"<a href="threads/0">Nix &amp; me</a>"#));
        let (_, page) = get(&app, "/threads/0").await;
        assert!(page.contains("Ada") && page.contains("&lt;b&gt;"));
    }

    #[tokio::test]
    async fn what_is_refused() {
        let app = app(store::tests::empty("refused"));
        let untitled = submit(&app, "/threads", "title=+&author=Ada&text=Hi").await;
        assert_eq!(untitled.0, StatusCode::UNPROCESSABLE_ENTITY);
        let nowhere = submit(&app, "/threads/7/posts", "author=Ada&text=Hi").await;
        assert_eq!(nowhere.0, StatusCode::NOT_FOUND);
        assert_eq!(get(&app, "/threads/7").await.0, StatusCode::NOT_FOUND);
        assert_eq!(get(&app, "/health").await.0, StatusCode::OK);
    }
}
