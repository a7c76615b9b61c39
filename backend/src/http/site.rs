//! The pages: static files embedded in the binary.

use std::borrow::Cow;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use crate::http::demo;
use crate::http::problem::ApiProblem;
use crate::http::state::AppState;

/// What `cargo xtask build` leaves in `frontend/dist`; empty if the front end was not built.
#[derive(RustEmbed)]
#[folder = "../frontend/dist"]
#[allow_missing = true]
struct Dist;

/// One file.
struct File {
    data: Cow<'static, [u8]>,
    /// SHA-256 of the data.
    hash: [u8; 32],
}

/// Finds a file by its path without the leading slash.
type Find = fn(&str) -> Option<File>;

fn embedded(path: &str) -> Option<File> {
    Dist::get(path).map(|f| File { data: f.data, hash: f.metadata.sha256_hash() })
}

/// Everything that no route answers: files, the app's own paths, and what does not exist.
pub(super) async fn page(
    State(state): State<AppState>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let find = if state.demo.is_some() { of_a_demo } else { embedded };
    answer(find, &method, uri.path(), &headers)
}

/// In a demo every page of the app leads to its guide.
fn of_a_demo(path: &str) -> Option<File> {
    match path {
        "index.html" => {
            let page = demo::with_strip(std::str::from_utf8(&embedded(path)?.data).ok()?);
            let hash = Sha256::digest(&page).into();
            Some(File { data: page.into_bytes().into(), hash })
        }
        // They hold the page without it.
        "index.html.br" | "index.html.gz" => None,
        _ => embedded(path),
    }
}

/// The path of the app's style sheet, whose name changes with its content.
pub(super) fn style_sheet() -> Option<String> {
    Dist::iter().find(|name| name.ends_with(".css")).map(|name| format!("/{name}"))
}

/// The page, where the front end was built.
pub(super) fn index() -> Option<String> {
    String::from_utf8(embedded("index.html")?.data.into_owned()).ok()
}

fn answer(find: Find, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    if path == "/api" || path.starts_with("/api/") {
        return nothing(path);
    }
    if method != Method::GET && method != Method::HEAD {
        let problem = ApiProblem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            format!("{path} can only be read."),
        );
        return ([(header::ALLOW, "GET,HEAD")], problem).into_response();
    }
    let name = path.trim_start_matches('/');
    // The app's own paths have no dot (no Kubernetes name in them has a dot that this would matter for: a set's page that
    // ends in one is reached from within the app, and `/sets/` is always the app's).
    let name = if !name.contains('.') || name.starts_with("sets/") { "index.html" } else { name };
    match find(name) {
        // The siblings are not for themselves.
        Some(_) if matches!(name.rsplit('.').next(), Some("br" | "gz")) => nothing(path),
        Some(file) => send(find, name, file, headers),
        None if name == "index.html" => not_built(),
        None => nothing(path),
    }
}

fn nothing(path: &str) -> Response {
    ApiProblem::new(StatusCode::NOT_FOUND, "not-found", format!("There is nothing at {path}."))
        .into_response()
}

fn not_built() -> Response {
    let says = "This Rollcall was built without its pages. Build it with: cargo xtask build\n\
                The API is there: /api/v1/openapi.json describes it.\n";
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (StatusCode::OK, headers, says).into_response()
}

fn send(find: Find, name: &str, plain: File, headers: &HeaderMap) -> Response {
    let sibling = |suffix: &str| find(&format!("{name}.{suffix}"));
    let (encoding, file) = ["br", "gzip"]
        .into_iter()
        .filter(|coding| accepts(headers, coding))
        .find_map(|c| Some((Some(c), sibling(if c == "br" { "br" } else { "gz" })?)))
        .unwrap_or((None, plain));
    let tag = format!("\"{}\"", hex(&file.hash[..16]));
    let cache = if is_hashed(name) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|v| v.to_str().is_ok_and(|v| v.split(',').any(|t| t.trim() == tag)))
    {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        let kind = match kind.type_() {
            mime_guess::mime::TEXT => format!("{kind}; charset=utf-8"),
            _ => kind.to_string(),
        };
        ([(header::CONTENT_TYPE, kind)], file.data.into_owned()).into_response()
    };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    if let (Some(encoding), StatusCode::OK) = (encoding, response.status()) {
        let value = HeaderValue::from_static(encoding);
        response.headers_mut().insert(header::CONTENT_ENCODING, value);
    }
    response
}

/// Whether the client takes this coding; `;q=0` refuses it.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .filter_map(|item| {
            let mut parts = item.split(';').map(str::trim);
            (parts.next()? == coding).then(|| {
                let q = parts.find_map(|p| p.strip_prefix("q="));
                q.and_then(|q| q.parse::<f32>().ok()).unwrap_or(1.0) > 0.0
            })
        })
        .any(|taken| taken)
}

/// `app.0123456789abcdef.css`: the name changes with the content.
fn is_hashed(name: &str) -> bool {
    let mut parts = name.rsplit('.').skip(1);
    parts.next().is_some_and(|h| h.len() >= 8 && h.bytes().all(|b| b.is_ascii_hexdigit()))
        && parts.next().is_some()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, b| {
        write!(text, "{b:02x}").expect("writing to a string does not fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    fn built(path: &str) -> Option<File> {
        let data: &'static [u8] = match path {
            "index.html" => b"<!doctype html>",
            "boot.js" => b"import",
            "app.0123456789abcdef.css" => b"plain",
            "app.0123456789abcdef.css.br" => b"brotli",
            "app.0123456789abcdef.css.gz" => b"gzip",
            "frontend_bg.0123456789abcdef.wasm" => b"\0asm",
            "fleet.0123456789abcdef.pack" => b"\0asm\0asm",
            _ => return None,
        };
        let mut hash = [0; 32];
        hash[..data.len().min(16)].copy_from_slice(&data[..data.len().min(16)]);
        Some(File { data: data.into(), hash })
    }

    fn missing(_: &str) -> Option<File> {
        None
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect()
    }

    fn get(path: &str, pairs: &[(&'static str, &str)]) -> Response {
        answer(built, &Method::GET, path, &headers(pairs))
    }

    fn header(response: &Response, name: &str) -> String {
        response.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    async fn text(response: Response) -> String {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    const CSS: &str = "/app.0123456789abcdef.css";

    #[tokio::test]
    async fn the_apps_own_paths_get_the_page_and_missing_files_do_not() {
        for path in ["/", "/login", "/sets/shop/web", "/sets/shop/web.v2", "/sets/shop/web/history"]
        {
            let response = get(path, &[]);
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(header(&response, "cache-control"), "no-cache");
            assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
            assert_eq!(text(response).await, "<!doctype html>");
        }
        for path in
            ["/missing.js", "/api", "/api/v1/x", "/../Cargo.toml", "/app.0123456789abcdef.css.br"]
        {
            assert_eq!(get(path, &[]).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn the_best_sibling_that_the_client_takes_is_sent() {
        let table = [
            ("gzip, deflate, br", "br", "brotli"),
            ("gzip", "gzip", "gzip"),
            ("br;q=0, gzip;q=0.5", "gzip", "gzip"),
            ("identity", "", "plain"),
        ];
        for (accept, encoding, body) in table {
            let response = get(CSS, &[("accept-encoding", accept)]);
            assert_eq!(header(&response, "content-encoding"), encoding, "{accept}");
            assert_eq!(header(&response, "vary"), "accept-encoding");
            assert!(header(&response, "content-type").starts_with("text/css"));
            assert_eq!(text(response).await, body, "{accept}");
        }
    }

    #[test]
    fn names_with_a_hash_are_kept_for_ever_and_others_are_asked_for_again() {
        assert!(header(&get(CSS, &[]), "cache-control").contains("immutable"));
        assert_eq!(header(&get("/boot.js", &[]), "cache-control"), "no-cache");
        let wasm = get("/frontend_bg.0123456789abcdef.wasm", &[]);
        assert!(header(&wasm, "cache-control").contains("immutable"));
        assert_eq!(header(&wasm, "content-type"), "application/wasm");
        let pack = get("/fleet.0123456789abcdef.pack", &[]);
        assert!(header(&pack, "cache-control").contains("immutable"));
        assert_eq!(header(&pack, "content-type"), "application/octet-stream");
    }

    #[test]
    fn a_file_that_is_known_is_not_sent_again() {
        let tag = header(&get("/boot.js", &[]), "etag");
        let again = get("/boot.js", &[("if-none-match", &tag)]);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(header(&again, "etag"), tag);
        let other = get("/boot.js", &[("if-none-match", "\"other\"")]);
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn without_a_front_end_the_page_says_how_to_build_it() {
        let response = answer(missing, &Method::GET, "/", &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::OK);
        assert!(text(response).await.contains("cargo xtask build"));
    }

    #[test]
    fn pages_can_only_be_read() {
        let response = answer(built, &Method::POST, "/", &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(header(&response, "allow"), "GET,HEAD");
    }
}
