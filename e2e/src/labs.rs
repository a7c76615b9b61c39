//! The five lab set-ups, as the repository keeps them.

/// Name of the set and its manifest.
pub const LABS: [(&str, &str); 5] = [
    ("python-app", include_str!("../labs/python-app.yaml")),
    ("web-app", include_str!("../labs/web-app.yaml")),
    ("app-kotlin-release", include_str!("../labs/app-kotlin.yaml")),
    ("python-time", include_str!("../labs/python-time.yaml")),
    ("my-web-app-web-apps", include_str!("../labs/my-web-app.yaml")),
];

/// The manifest of a lab set.
///
/// # Panics
/// If there is no such set.
pub fn manifest(name: &str) -> &'static str {
    LABS.iter().find(|(n, _)| *n == name).map(|(_, yaml)| *yaml).expect("a lab set")
}
