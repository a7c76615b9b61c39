//! Image references. Source: the grammar of `distribution/reference` (`reference.go`).

pub(super) fn is_image(text: &str) -> bool {
    if text.is_empty() || text.len() > 512 || !text.is_ascii() {
        return false;
    }
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    if digest.is_some_and(|d| !is_digest(d)) {
        return false;
    }
    let (name, tag) = match rest.rfind(':') {
        // A colon before the last slash belongs to a port.
        Some(i) if !rest[i..].contains('/') => (&rest[..i], Some(&rest[i + 1..])),
        _ => (rest, None),
    };
    tag.is_none_or(is_tag) && is_name(name)
}

fn is_name(name: &str) -> bool {
    let mut parts: Vec<&str> = name.split('/').collect();
    // The first part is a host if it looks like one and something follows.
    if parts.len() > 1
        && (parts[0].contains(['.', ':']) || parts[0] == "localhost" || parts[0].starts_with('['))
    {
        if !is_host(parts[0]) {
            return false;
        }
        parts.remove(0);
    }
    !parts.is_empty() && parts.iter().all(|p| is_component(p))
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((n, p)) if !host.ends_with(']') => (n, Some(p)),
        _ => (host, None),
    };
    let port_ok =
        port.is_none_or(|p| !p.is_empty() && p.len() <= 5 && p.bytes().all(|b| b.is_ascii_digit()));
    let name_ok = if let Some(v6) = name.strip_prefix('[') {
        v6.strip_suffix(']').is_some_and(|v| v.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'))
    } else {
        name.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
    };
    port_ok && name_ok
}

/// Lower-case letters and digits, separated by one dot, one or two underscores, or hyphens.
fn is_component(part: &str) -> bool {
    let alnum = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = part.as_bytes();
    if !bytes.first().is_some_and(|b| alnum(*b)) || !bytes.last().is_some_and(|b| alnum(*b)) {
        return false;
    }
    part.split(|c: char| c.is_ascii_alphanumeric())
        .filter(|sep| !sep.is_empty())
        .all(|sep| matches!(sep, "." | "_" | "__") || sep.bytes().all(|b| b == b'-'))
        && bytes.iter().all(|b| !b.is_ascii_uppercase())
}

fn is_tag(tag: &str) -> bool {
    let ok = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    (1..=128).contains(&tag.len()) && tag.bytes().all(ok) && !tag.starts_with(['.', '-'])
}

fn is_digest(digest: &str) -> bool {
    digest.split_once(':').is_some_and(|(algorithm, hex)| {
        !algorithm.is_empty()
            && algorithm.bytes().all(|b| b.is_ascii_alphanumeric() || b"+._-".contains(&b))
            && hex.len() >= 32
            && hex.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::is_image;

    #[test]
    fn images_as_people_write_them_are_taken() {
        for good in [
            "nginx",
            "pg/orders-db:16.4",
            "registry.example/app:v2-never-2",
            "host:5000/a/b_c/d.e:Tag_1.2-x",
            "localhost/app",
            "[2001:db8::1]:5000/app:v1",
            "app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "a__b/c---d",
        ] {
            assert!(is_image(good), "{good}");
        }
    }

    #[test]
    fn malformed_images_are_refused() {
        for bad in [
            "",
            " ",
            "nginx:",
            ":v1",
            "UPPER/case",
            "a b",
            "app:v1:v2",
            "app@sha256:12",
            "app:.x",
            "http://host/app",
            "app/",
            "/app",
            "a..b",
            "app:tag;rm",
            "ümlaut",
            "'app'",
        ] {
            assert!(!is_image(bad), "{bad}");
        }
    }
}
