//! The address of who calls.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::identity::Identity;

/// Address of the client: the peer of the connection, or, if the server was told that a proxy of ours stands before it, the
/// last entry of `X-Forwarded-For`. Earlier entries are what the client says of itself.
///
/// The server has to be served with `into_make_service_with_connect_info::<SocketAddr>()`; without, all clients are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

impl<S> FromRequestParts<S> for ClientIp
where
    Arc<Identity>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(a)| a.ip());
        let told = Arc::<Identity>::from_ref(state)
            .settings()
            .behind_proxy
            .then(|| forwarded(&parts.headers))
            .flatten();
        Ok(Self(told.unwrap_or(peer)))
    }
}

fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let last = last.rsplit(',').next()?.trim();
    last.parse::<IpAddr>()
        .or_else(|_| last.parse::<SocketAddr>().map(|a| a.ip()))
        .or_else(|_| last.trim_matches(['[', ']']).parse())
        .ok()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use crate::identity::Settings;
    use crate::identity::testing::Panel;

    async fn client(behind_proxy: bool, headers: &[&str]) -> String {
        let panel = Panel::with(Settings { behind_proxy, ..Settings::default() }).await;
        let mut request = Request::builder();
        for value in headers {
            request = request.header("x-forwarded-for", *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4000))));
        let ClientIp(ip) = ClientIp::from_request_parts(&mut parts, &panel.identity).await.unwrap();
        ip.to_string()
    }

    #[tokio::test]
    async fn what_a_client_says_of_itself_is_not_believed() {
        assert_eq!(client(false, &["1.2.3.4"]).await, "10.0.0.1");
        assert_eq!(client(true, &["6.6.6.6, 1.2.3.4"]).await, "1.2.3.4");
        assert_eq!(client(true, &["6.6.6.6", "1.2.3.4"]).await, "1.2.3.4");
    }

    #[tokio::test]
    async fn a_proxy_may_write_addresses_in_several_ways() {
        assert_eq!(client(true, &["1.2.3.4:5678"]).await, "1.2.3.4");
        assert_eq!(client(true, &["2001:db8::1"]).await, "2001:db8::1");
        assert_eq!(client(true, &["[2001:db8::1]:443"]).await, "2001:db8::1");
        assert_eq!(client(true, &["[2001:db8::1]"]).await, "2001:db8::1");
        assert_eq!(client(true, &["unknown"]).await, "10.0.0.1");
        assert_eq!(client(true, &[]).await, "10.0.0.1");
    }
}
