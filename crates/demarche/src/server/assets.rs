//! The pages, built from `ui/` and carried in the program.

use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Pages;

/// A file of the pages; any other path is a deep link into them.
pub(super) async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let (path, file) = match Pages::get(path) {
        Some(file) if !path.is_empty() => (path, file),
        _ if path.contains('.') => return StatusCode::NOT_FOUND.into_response(),
        _ => match Pages::get("index.html") {
            Some(file) => ("index.html", file),
            None => return (StatusCode::OK, Html(NOT_BUILT)).into_response(),
        },
    };
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    ([(header::CONTENT_TYPE, kind)], file.data.into_owned()).into_response()
}

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>demarche</title>\
    <h1>The pages are not in this program</h1><p>It was built without Node.js. Install Node.js \
    20 or later and run <code>make</code> again; the API under <code>/api/</code> works as it is.";
