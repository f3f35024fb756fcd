//! The workbench: a case in a browser, on this machine only.
//!
//! Stands on [`crate::case`] and on nothing else of this program. Who may ask is decided
//! in [`access`], before any handler runs; who asked reaches handlers as an
//! [`access::Identity`], so that several people over a network can come later without
//! touching them.

mod access;
mod api;
mod app;
mod ask;
mod assets;
mod error;
mod jobs;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use app::App;

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The case folder.
    pub case: PathBuf,
    /// A loopback address.
    pub listen: SocketAddr,
    /// Where the evidence lies now, to show cited bytes; may be empty.
    pub evidence: Vec<PathBuf>,
    /// The signer's key for dossiers; none for the one in the configuration folder.
    pub key: Option<PathBuf>,
    /// Whose name stands at decisions; none for the login name.
    pub by: Option<String>,
}

/// Why the workbench cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address that others could reach.
    #[error("`{0}` is not a loopback address: the workbench serves this machine only")]
    NotLoopback(SocketAddr),
    /// The address is taken, or the like.
    #[error("listening on {address}: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// The case cannot be opened.
    #[error(transparent)]
    Case(#[from] crate::case::CaseError),
    /// The operating system says no.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Serves until interrupted. `ready` is told the one link that opens a session.
///
/// # Errors
/// An address that is not loopback or cannot be had; a folder that is no case.
pub fn serve(options: &Options, ready: impl FnOnce(&str)) -> Result<(), ServeError> {
    if !options.listen.ip().is_loopback() {
        return Err(ServeError::NotLoopback(options.listen));
    }
    // A folder that is no case is said now, not at the first page.
    drop(crate::case::session(&options.case)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let listening = runtime.block_on(tokio::net::TcpListener::bind(options.listen));
    let listener =
        listening.map_err(|error| ServeError::Listen { address: options.listen, error })?;
    let address = listener.local_addr()?;
    let (access, key) = access::Access::new(address, options.by.as_deref());
    let app = Arc::new(App::new(options, access));
    ready(&format!("http://{address}/open?key={key}"));
    // `app` outlives the runtime's work: the query engine may not be dropped inside it.
    let router = router(Arc::clone(&app));
    make_quick(&app);
    runtime.block_on(async {
        let stopped = Arc::clone(&app);
        let interrupted = async move {
            let _ = tokio::signal::ctrl_c().await;
            // Whoever listens to a job would hold the server up.
            stopped.jobs.stop();
        };
        axum::serve(listener, router).with_graceful_shutdown(interrupted).await
    })?;
    runtime.shutdown_background();
    drop(app);
    Ok(())
}

/// Begins to make what keeps pages waiting, where it is missing; they work meanwhile.
fn make_quick(app: &Arc<App>) {
    let quick = demarche_lake::Lake::open(app.case())
        .and_then(|lake| Ok(lake.is_plain()? && lake.units_without_text().is_empty()));
    if !quick.is_ok_and(|quick| quick) {
        // Nothing of the case changes; a job that cannot begin leaves pages slow.
        let _ = jobs::start(app, crate::case::job::Work::Prepare, app.access.by());
    }
}

fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/open", get(access::open))
        .nest("/api", api::router())
        .fallback(assets::serve)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), access::guard))
        .with_state(app)
}
