//! Listens, and stops in order.

use std::pin::pin;

use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::http::state::AppState;
use crate::http::{connections, router};

/// Serves until `stop` completes; then `/readyz` says no, after [`Limits::drain`](super::state::Limits::drain) streams
/// end, and requests and actions in flight have [`Limits::shutdown`](super::state::Limits::shutdown) to finish.
///
/// # Errors
/// If the state makes no router.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    stop: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let app = router(state.clone())?;
    let serving = connections::serve(listener, app, state.limits, state.shutdown.clone());
    let mut server = pin!(serving);
    tokio::select! {
        () = &mut server => return Ok(()),
        () = stop => {}
    }
    state.draining.cancel();
    if !state.limits.drain.is_zero() {
        tokio::select! {
            () = &mut server => return Ok(()),
            () = tokio::time::sleep(state.limits.drain) => {}
        }
    }
    state.shutdown.cancel();
    state.work.close();
    let finish = async {
        server.await;
        state.work.wait().await;
    };
    if timeout(state.limits.shutdown, finish).await.is_err() {
        tracing::warn!("requests in flight did not finish in time and are cut off");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::oneshot;

    use super::serve;
    use crate::http::testing::Panel;

    async fn read_until(stream: &mut TcpStream, text: &str) -> String {
        let mut all = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let n = stream.read(&mut chunk).await.unwrap();
            assert_ne!(n, 0, "closed before {text:?}: {}", String::from_utf8_lossy(&all));
            all.extend_from_slice(&chunk[..n]);
            let so_far = String::from_utf8_lossy(&all);
            if so_far.contains(text) {
                return so_far.into_owned();
            }
        }
    }

    #[tokio::test]
    async fn stopping_ends_streams_with_a_word_and_then_the_server() {
        let panel = Panel::start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let state = panel.state.clone();
        let server = tokio::spawn(serve(listener, state, async move {
            stopped.await.unwrap();
        }));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let login = panel.viewer().raw_headers().await;
        let request = format!("GET /api/v1/live HTTP/1.1\r\nhost: panel.test\r\n{login}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        read_until(&mut stream, ": live").await;
        stop.send(()).unwrap();
        let rest = read_until(&mut stream, "event: bye").await;
        assert!(rest.contains("event: bye"));
        server.await.unwrap().unwrap();
        assert!(panel.state.draining.is_cancelled() && panel.state.shutdown.is_cancelled());
    }
}
