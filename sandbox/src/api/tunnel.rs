//! Upgrades without a socket: a WebSocket needs a connection that can be taken over, so the request goes over one that
//! begins and ends in this process.

use axum::body::{Body, Bytes};
use http::{HeaderValue, Request, Response, header};
use http_body_util::Full;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;

use super::Api;

/// What is under way between both ends.
const BUFFER: usize = 64 * 1024;

/// Whether a request asks for an upgrade and has no connection for it.
pub(super) fn needed<B>(request: &Request<B>) -> bool {
    request.headers().contains_key(header::UPGRADE)
        && request.extensions().get::<OnUpgrade>().is_none()
}

/// Answers a request over a connection of its own.
pub(super) async fn through(
    api: Api,
    mut request: Request<Full<Bytes>>,
) -> hyper::Result<Response<Body>> {
    let (near, far) = tokio::io::duplex(BUFFER);
    let service = TowerToHyperService::new(api);
    let server = hyper::server::conn::http1::Builder::new();
    let serving = server.serve_connection(TokioIo::new(far), service).with_upgrades();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake::<_, Full<Bytes>>(TokioIo::new(near)).await?;
    let ends = |what: &'static str, ended: hyper::Result<()>| {
        if let Err(e) = ended {
            tracing::debug!("the {what} of a connection without a socket: {e}");
        }
    };
    tokio::spawn(async move { ends("server's end", serving.await) });
    tokio::spawn(async move { ends("client's end", connection.with_upgrades().await) });
    request.headers_mut().insert(header::HOST, HeaderValue::from_static("sandbox"));
    Ok(sender.send_request(request).await?.map(Body::new))
}
