//! Whether a browser keeps our cookie at the address it used.

use std::net::IpAddr;

/// Whether a browser that sent this `Host` will keep a `Secure` cookie: over TLS, or on the machine itself.
///
/// `tls_before` says that TLS ends before this server; then the browser sees https whatever the host. Chromium and Firefox
/// treat `localhost`, its subdomains and loopback addresses as trustworthy over plain http and keep `Secure` cookies there
/// (W3C Secure Contexts, "potentially trustworthy origin"); everywhere else they drop them without a word, and a login
/// would seem to succeed and be forgotten.
pub fn check(host: Option<&str>, tls_before: bool) -> bool {
    tls_before || host.map(host_of).is_some_and(is_loopback)
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
    use super::check;

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
            assert!(check(Some(host), false), "{host}");
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
            assert!(!check(Some(host), false), "{host}");
            assert!(check(Some(host), true), "{host}");
        }
        assert!(!check(None, false));
        assert!(check(None, true));
    }
}
