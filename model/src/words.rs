//! Small pieces of wording used in many sentences.

use crate::ordinals::Ordinals;

/// `web-0`, `web-0 and web-1`, `web-0, web-2 and web-5`, and runs of three or more as `web-0 to web-2`, in ascending order.
/// A range is better named by [`Ordinals::from`], which does not walk it.
pub fn pods(set: &str, ordinals: impl IntoIterator<Item = u32>) -> String {
    ordinals.into_iter().collect::<Ordinals>().names(set)
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// `1 pod`, `3 pods`.
pub fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// A verb for a number of things: `runs` for one, `run` for more.
pub fn verb<'a>(n: usize, one: &'a str, many: &'a str) -> &'a str {
    if n == 1 { one } else { many }
}

/// An age or duration in its largest unit, as in the design: `14 s`, `12 min`, `5 h`, `9 d`. Negative is `0 s`.
pub fn ago(seconds: i64) -> String {
    match seconds {
        i64::MIN..=0 => "0 s".to_owned(),
        1..=89 => format!("{seconds} s"),
        90..=5_399 => format!("{} min", (seconds + 30) / 60),
        5_400..=129_599 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} d", (seconds + 43_200) / 86_400),
    }
}

/// A length of time, in milliseconds, in its largest unit: `1 s` at least, `14 s`, `12 min`, `5 h`, `9 d`.
pub fn lasts(ms: u64) -> String {
    ago(i64::try_from(ms.saturating_add(500) / 1_000).unwrap_or(i64::MAX).max(1))
}

/// The part of an image that tells versions apart: its tag, else a short digest, else the whole.
pub fn image_tag(image: &str) -> &str {
    if let Some((_, digest)) = image.split_once('@') {
        let hex = digest.split_once(':').map_or(digest, |(_, h)| h);
        // An image is free text until a kubelet reads it: what stands here need not be hexadecimal, nor ASCII.
        return hex.char_indices().nth(12).map_or(hex, |(end, _)| &hex[..end]);
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').map_or(image, |(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_three_are_folded_and_pairs_are_not() {
        assert_eq!(pods("web", [4, 3]), "web-3 and web-4");
        assert_eq!(pods("web", [0, 1, 2]), "web-0 to web-2");
        assert_eq!(pods("web", [0, 1, 2, 5]), "web-0 to web-2 and web-5");
        assert_eq!(pods("web", []), "");
    }

    #[test]
    fn the_tag_is_what_tells_images_apart() {
        assert_eq!(image_tag("pg/orders-db:16.3"), "16.3");
        assert_eq!(image_tag("host:5000/app"), "host:5000/app");
        assert_eq!(image_tag("host:5000/app:v2"), "v2");
        assert_eq!(image_tag("app@sha256:0123456789abcdef"), "0123456789ab");
        assert_eq!(image_tag("x@sha256:aéééééé"), "aéééééé");
        assert_eq!(image_tag("x@sha256:aéééééééééééééé"), "aééééééééééé");
    }

    #[test]
    fn ages_use_their_largest_unit() {
        assert_eq!(ago(-5), "0 s");
        assert_eq!(ago(14), "14 s");
        assert_eq!(ago(720), "12 min");
        assert_eq!(ago(9 * 86_400), "9 d");
    }
}
