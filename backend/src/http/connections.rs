//! Connections: how many there may be, how long one may be silent, and how they end.
//!
//! `axum::serve` sets no timer on the library below, which switches that one's limits off: half a request head would hold
//! its connection for ever, before any login.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::response::Response;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::http::state::Limits;

/// After an error that is none of a single connection: out of descriptors, for instance.
const BREATH: Duration = Duration::from_secs(1);
/// HTTP/2: the other side is asked this often whether it is there, and has as long to answer.
const PING: Duration = Duration::from_secs(20);

/// Takes connections until `closing`; returns once all have ended.
pub(super) async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    closing: CancellationToken,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let open = TaskTracker::new();
    loop {
        let next = async {
            let seat = Arc::clone(&room).acquire_owned().await.expect("it is never closed");
            (seat, accept(&listener).await)
        };
        let (seat, (stream, from)) = tokio::select! {
            () = closing.cancelled() => break,
            next = next => next,
        };
        let (app, closing) = (app.clone(), closing.clone());
        open.spawn(async move {
            talk(stream, from, app, limits.head, closing).await;
            drop(seat);
        });
    }
    // From here on nobody new is let in.
    drop(listener);
    open.close();
    open.wait().await;
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                // An event is small and must not wait for the next one.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "TCP_NODELAY is not possible");
                }
                return (stream, from);
            }
            Err(error) if of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                sleep(BREATH).await;
            }
        }
    }
}

fn of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn talk(
    stream: TcpStream,
    from: SocketAddr,
    app: Router,
    head: Duration,
    closing: CancellationToken,
) {
    let asked = CancellationToken::new();
    let service = TowerToHyperService::new(Caller { app, from, asked: asked.clone() });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(PING).keep_alive_timeout(PING);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // Before its first bytes it is not known which of both it will be, and the limits of neither hold.
    let silent = async {
        if timeout(head, asked.cancelled()).await.is_ok() {
            std::future::pending::<()>().await;
        }
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = silent => return,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%from, error, "a connection ended early");
    }
}

/// The application, told who asks.
#[derive(Clone)]
struct Caller {
    app: Router,
    from: SocketAddr,
    /// Cancelled by the first request.
    asked: CancellationToken,
}

impl<B> tower::Service<Request<B>> for Caller
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = <Router as tower::Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A router always is.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.asked.cancel();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.from));
        tower::Service::call(&mut self.app, request)
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::JoinHandle;

    use super::*;

    struct Server {
        address: SocketAddr,
        closing: CancellationToken,
        task: JoinHandle<()>,
    }

    impl Server {
        async fn start(limits: Limits) -> Self {
            let who = |ConnectInfo(from): ConnectInfo<SocketAddr>| async move { from.to_string() };
            let app = Router::new().route("/", get(who));
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let closing = CancellationToken::new();
            let task = tokio::spawn(serve(listener, app, limits, closing.clone()));
            Self { address, closing, task }
        }

        async fn connect(&self, says: &str) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(says.as_bytes()).await.unwrap();
            stream
        }
    }

    /// What comes until the other side closes.
    async fn rest(stream: &mut TcpStream) -> String {
        let mut all = Vec::new();
        // Bytes that were not read make of a close a reset.
        let _ = stream.read_to_end(&mut all).await;
        String::from_utf8(all).unwrap()
    }

    const ASK: &str = "GET / HTTP/1.1\r\nhost: panel.test\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn who_asks_is_known_and_gets_an_answer() {
        let server = Server::start(Limits::default()).await;
        let mut stream = server.connect(ASK).await;
        let from = stream.local_addr().unwrap().to_string();
        assert!(rest(&mut stream).await.ends_with(&from));
    }

    /// The clock jumps as soon as nothing else moves, so that nobody waits.
    #[tokio::test]
    async fn whoever_does_not_finish_a_head_is_closed() {
        for half in
            ["", "P", "PRI * HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\r\nhost: panel.test\r\nx-slow"]
        {
            let server = Server::start(Limits::default()).await;
            let mut stream = server.connect(half).await;
            tokio::time::pause();
            let told = timeout(Duration::from_hours(1), rest(&mut stream)).await;
            assert!(told.is_ok(), "{half:?} holds its connection for ever");
            tokio::time::resume();
        }
    }

    #[tokio::test]
    async fn there_is_an_end_to_how_many_there_may_be() {
        let server = Server::start(Limits { connections: 1, ..Limits::default() }).await;
        let first = server.connect("GET / HTTP/1.1\r\n").await;
        let mut second = server.connect(ASK).await;
        let mut byte = [0; 1];
        tokio::time::pause();
        // Less than the first one is given.
        timeout(Duration::from_secs(1), second.read(&mut byte)).await.unwrap_err();
        tokio::time::resume();
        drop(first);
        assert!(rest(&mut second).await.starts_with("HTTP/1.1 200"));
    }

    #[tokio::test]
    async fn closing_ends_connections_that_wait_and_then_the_server() {
        let server = Server::start(Limits::default()).await;
        let mut stream = server.connect("GET / HTTP/1.1\r\nhost: panel.test\r\n\r\n").await;
        let mut byte = [0; 1];
        stream.read_exact(&mut byte).await.unwrap();
        server.closing.cancel();
        assert!(rest(&mut stream).await.contains("200 OK"));
        server.task.await.unwrap();
    }
}
