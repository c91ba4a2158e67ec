//! `POST /views/PAGE` counts a reader, `GET /views/PAGE` tells how many there were.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::signal::unix::{signal, SignalKind};

const ADDRESS: &str = "127.0.0.1:3000";

/// How often each page was read since the start.
#[derive(Clone, Default)]
struct Views(Arc<Mutex<HashMap<String, u64>>>);

#[derive(Debug, PartialEq, Serialize)]
struct Page {
    page: String,
    views: u64,
}

impl Views {
    fn add(&self, page: String, more: u64) -> Page {
        let mut views = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = views.entry(page.clone()).or_default();
        *count += more;
        Page {
            views: *count,
            page,
        }
    }
}

async fn show(State(views): State<Views>, Path(page): Path<String>) -> Json<Page> {
    Json(views.add(page, 0))
}

async fn count(State(views): State<Views>, Path(page): Path<String>) -> Json<Page> {
    Json(views.add(page, 1))
}

fn app() -> Router {
    Router::new()
        .route("/health", get(|| async { "ok\n" }))
        .route("/views/:page", get(show).post(count))
        .with_state(Views::default())
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind(ADDRESS).await?;
    println!("listening on http://{ADDRESS}");
    // Requests under way are finished before this returns.
    axum::serve(listener, app())
        .with_graceful_shutdown(async move {
            terminate.recv().await;
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn readers_are_counted_for_each_page() {
        let views = Views::default();
        let of = |page: &str| (State(views.clone()), Path(page.to_string()));
        let mut counts = Vec::new();
        for page in ["about", "about", "other"] {
            let (state, page) = of(page);
            let Json(counted) = count(state, page).await;
            counts.push(counted.views);
        }
        assert_eq!(counts, [1, 2, 1]);
        let (state, page) = of("about");
        let Json(shown) = show(state, page).await;
        assert_eq!(shown.views, 2);
    }
}
