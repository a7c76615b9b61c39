//! Whether a browser keeps our cookie at the address it used.

use std::net::IpAddr;

/// What a request says of the address in the browser's bar.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen<'a> {
    /// Header `Host`.
    pub host: Option<&'a str>,
    /// Header `X-Forwarded-Proto`, as a proxy set it.
    pub forwarded: Option<&'a str>,
    /// It carries `Sec-Fetch-Site`.
    pub fetch_metadata: bool,
}

/// Whether a browser that sent this will keep a `Secure` cookie: over TLS, or on the machine itself.
///
/// Chromium and Firefox treat `localhost`, its subdomains and loopback addresses as trustworthy over plain http and keep
/// `Secure` cookies there (W3C Secure Contexts, "potentially trustworthy origin"); everywhere else they drop them without a
/// word, and a login would seem to succeed and be forgotten. By the same rule they send `Sec-Fetch-Site` (W3C Fetch
/// Metadata): its presence settles it.
///
/// `tls_before` says that TLS ends before this server. That is about the way the server was set up, not about this
/// browser: where a proxy says that it came by plain http, it did.
pub fn check(seen: Seen<'_>, tls_before: bool) -> bool {
    let by_http = seen.forwarded.is_some_and(|all| {
        all.split(',').next().is_some_and(|first| first.trim().eq_ignore_ascii_case("http"))
    });
    seen.fetch_metadata
        || (tls_before && !by_http)
        || seen.host.map(host_of).is_some_and(is_loopback)
}

/// Without port and brackets.
fn host_of(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|c| c.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{Seen, check};

    fn at(host: &str) -> Seen<'_> {
        Seen { host: Some(host), ..Seen::default() }
    }

    #[test]
    fn the_machine_itself_is_fine_over_plain_http() {
        for host in [
            "localhost",
            "localhost:8080",
            "LOCALHOST:80",
            "panel.localhost:1",
            "127.0.0.1",
            "127.0.0.1:9000",
            "127.1.2.3:9000",
            "[::1]:8080",
            "[::1]",
        ] {
            assert!(check(at(host), false), "{host}");
        }
    }

    #[test]
    fn any_other_address_needs_tls() {
        for host in [
            "10.0.0.7:8080",
            "panel.example.org",
            "localhost.example.org",
            "[fe80::1]:80",
            "0.0.0.0:80",
            "",
            "notlocalhost",
        ] {
            assert!(!check(at(host), false), "{host}");
            assert!(check(at(host), true), "{host}");
        }
        assert!(!check(Seen::default(), false));
        assert!(check(Seen::default(), true));
    }

    #[test]
    fn a_proxy_that_took_the_request_by_plain_http_says_so() {
        let by = |proto| Seen { forwarded: Some(proto), ..at("panel.example.org") };
        assert!(check(by("https"), true));
        for http in ["http", "HTTP", "http, https"] {
            assert!(!check(by(http), true), "{http}");
        }
        assert!(check(Seen { fetch_metadata: true, ..by("http") }, true), "the browser knows best");
        assert!(check(Seen { forwarded: Some("http"), ..at("localhost:8080") }, true));
    }
}
