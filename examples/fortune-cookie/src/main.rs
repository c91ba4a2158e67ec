//! `GET /` answers with a fortune, as JSON.

use std::hash::{BuildHasher, RandomState};
use std::io;

use axum::{routing::get, Json, Router};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::signal::unix::{signal, SignalKind};

const ADDRESS: &str = "127.0.0.1:3000";

const FORTUNES: &[&str] = &[
    "A backup nobody restored is a rumour.",
    "Beware of the script that was only meant to run once.",
    "It works on your machine. Soon you will deploy your machine.",
    "The cache remembers what you would rather forget.",
    "There are two kinds of Friday: those with a deploy, and quiet ones.",
    "You will find the bug in the last place you log.",
    "Your next outage will be a short one, and educational.",
];

#[derive(Serialize)]
struct Fortune {
    message: &'static str,
    version: &'static str,
}

async fn fortune() -> Json<Fortune> {
    // A new RandomState is keyed at random, which is chance enough for a fortune.
    let chance = RandomState::new().hash_one(()) as usize;
    Json(Fortune {
        message: FORTUNES[chance % FORTUNES.len()],
        version: env!("CARGO_PKG_VERSION"),
    })
}

fn app() -> Router {
    Router::new().route("/", get(fortune))
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

    let listener = TcpListener::bind(ADDRESS).await?;
    println!("listening on http://{ADDRESS}");
    // Requests under way are finished before this returns.
    axum::serve(listener, app())
        .with_graceful_shutdown(stop)
        .await?;
    println!("stopped");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fortune_is_one_of_ours() {
        let Json(fortune) = fortune().await;
        assert!(FORTUNES.contains(&fortune.message));
    }

    #[tokio::test]
    async fn fortunes_vary() {
        let Json(first) = fortune().await;
        for _ in 0..1000 {
            let Json(next) = fortune().await;
            if next.message != first.message {
                return;
            }
        }
        panic!("a thousand times {:?}", first.message);
    }
}
