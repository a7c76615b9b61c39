//! The API on a loopback port, and the kubeconfig that leads there.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::sandbox::Sandbox;

/// A port that is served. It closes when this is dropped.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    stop: CancellationToken,
}

impl Serving {
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Sandbox {
    /// Serves plain HTTP on 127.0.0.1; port 0 takes a free one. Callers are known by the token in
    /// their kubeconfig; without one they are anonymous and may do nothing.
    ///
    /// # Errors
    /// If the port is taken.
    pub async fn serve(&self, port: u16) -> std::io::Result<Serving> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let router = Router::new().fallback_service(self.open_service());
        let stopped = stop.clone();
        tokio::spawn(async move {
            let listener = listener.tap_io(|stream| {
                // As the real server does (Go's default): an event of a watch must not wait for the next one.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!("TCP_NODELAY is not possible: {error}");
                }
            });
            let served = axum::serve(listener, router);
            // Watches never end by themselves: the port is dropped with all its connections.
            if let Some(Err(error)) = stopped.run_until_cancelled_owned(served.into_future()).await
            {
                tracing::warn!("the sandbox's port ended: {error}");
            }
        });
        Ok(Serving { address, stop })
    }

    /// A kubeconfig for `admin`, `alice` (may edit in `shop`), `bob` (may view there), `carol` (nothing), `dave` (may edit in
    /// `default`), `rollcall`, `rollcall-impersonator` or `rollcall-direct`. `None` for another name.
    pub fn kubeconfig(&self, address: SocketAddr, user: &str) -> Option<String> {
        let world = self.inner().world();
        let (token, user) = world.rights.named(user)?;
        let name = &user.name;
        Some(format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: sandbox\n  cluster: {{ server: \"http://{address}/as/{token}\" }}\nusers:\n- name: {name}\n  user: {{}}\ncontexts:\n- name: sandbox\n  context: {{ cluster: sandbox, user: {name}, namespace: default }}\ncurrent-context: sandbox\n"
        ))
    }
}
