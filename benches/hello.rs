//! The smallest axum server: the baseline of `cargo xtask bench server`.
//!
//! Prints its address and ends when its standard input closes, so that it never outlives the process that started it.

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
