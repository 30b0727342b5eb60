//! The least that axum can answer: what `cargo xtask bench server` sets the portal's pages beside.
//!
//! Prints its address and ends when its standard input closes, so that it never outlives who started it.

use std::io::Read;

use axum::Router;
use axum::routing::get;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/", get(|| async { "Hello" }))).await?;
    Ok(())
}
