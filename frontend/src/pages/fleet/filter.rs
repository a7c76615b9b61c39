//! What the fleet page shows, and in which order: a filter that lives in the URL.

use model::set::Set;
use model::status::StatusKind;
use model::wire::SetRow;

use super::sort::Sort;
use crate::components::badge::kind_attr;

/// A filter. All parts must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// As typed.
    pub text: String,
    /// One namespace, or all.
    pub namespace: Option<String>,
    /// These statuses, or (empty) all. In the order of [`StatusKind`].
    pub kinds: Vec<StatusKind>,
    /// Only the sets that are marked in this browser.
    pub favourites: bool,
    /// The order within the groups.
    pub sort: Sort,
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    not: bool,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// A part of `namespace/name`, or the name of one of its pods: an alert names the pod.
    Name(String),
    /// A part of one of the images.
    Image(String),
}

impl Filter {
    /// A filter from its parts as the URL has them: `q`, `ns`, and `status` as a list with commas.
    pub fn new(text: &str, namespace: Option<&str>, status: &str) -> Self {
        let wanted: Vec<&str> = status.split(',').collect();
        Self {
            text: text.to_owned(),
            namespace: namespace.filter(|n| !n.is_empty()).map(ToOwned::to_owned),
            kinds: StatusKind::ALL
                .into_iter()
                .filter(|k| wanted.contains(&kind_attr(*k)))
                .collect(),
            favourites: false,
            sort: Sort::default(),
            terms: text.split_whitespace().filter_map(term).collect(),
        }
    }

    /// The pairs of the URL's query; parts that filter nothing are left out.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if !self.text.trim().is_empty() {
            pairs.push(("q", self.text.trim().to_owned()));
        }
        if let Some(namespace) = &self.namespace {
            pairs.push(("ns", namespace.clone()));
        }
        if !self.kinds.is_empty() {
            let kinds: Vec<&str> = self.kinds.iter().map(|k| kind_attr(*k)).collect();
            pairs.push(("status", kinds.join(",")));
        }
        if self.favourites {
            pairs.push(("favourites", "yes".to_owned()));
        }
        if self.sort != Sort::default() {
            pairs.push(("sort", self.sort.as_str().to_owned()));
        }
        pairs
    }

    /// Everything is shown.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
            && self.namespace.is_none()
            && self.kinds.is_empty()
            && !self.favourites
    }

    /// The filter with a status added or taken away.
    #[must_use]
    pub fn toggled(&self, kind: StatusKind) -> Self {
        let mut next = self.clone();
        if let Some(at) = next.kinds.iter().position(|k| *k == kind) {
            next.kinds.remove(at);
        } else {
            next.kinds.push(kind);
            next.kinds.sort_unstable();
        }
        next
    }

    /// The filter with another text.
    #[must_use]
    pub fn with_text(&self, text: &str) -> Self {
        let Self { kinds, favourites, sort, .. } = self.clone();
        Self { kinds, favourites, sort, ..Self::new(text, self.namespace.as_deref(), "") }
    }

    /// The filter with another namespace; an empty one means all.
    #[must_use]
    pub fn with_namespace(&self, namespace: &str) -> Self {
        let namespace = Some(namespace.to_owned()).filter(|n| !n.is_empty());
        Self { namespace, ..self.clone() }
    }

    /// The filter for sets of any status.
    #[must_use]
    pub fn any_status(&self) -> Self {
        Self { kinds: Vec::new(), ..self.clone() }
    }

    /// The filter for the marked sets, or for all again.
    #[must_use]
    pub fn with_favourites(&self, on: bool) -> Self {
        Self { favourites: on, ..self.clone() }
    }

    /// The filter with another order.
    #[must_use]
    pub fn sorted(&self, sort: Sort) -> Self {
        Self { sort, ..self.clone() }
    }

    /// The parts that are on, in words, for "nothing matches".
    pub fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = self.kinds.iter().map(|k| k.word().to_owned()).collect();
        if self.favourites {
            words.push("favourites".to_owned());
        }
        if let Some(namespace) = &self.namespace {
            words.push(format!("namespace {namespace}"));
        }
        if !self.terms.is_empty() {
            words.push(format!("“{}”", self.text.trim()));
        }
        words
    }

    /// Whether text and namespace let a set through, whatever its status: what the chips count.
    pub fn matches_but_for_status(&self, row: &SetRow) -> bool {
        self.matches_text(row) && self.in_namespace(row)
    }

    /// Whether the text lets a set through: what the namespaces count.
    pub fn matches_text(&self, row: &SetRow) -> bool {
        self.terms.iter().all(|t| t.not != t.what.matches(row))
    }

    /// Whether the status is wanted.
    pub fn wants(&self, kind: StatusKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    fn in_namespace(&self, row: &SetRow) -> bool {
        self.namespace.as_ref().is_none_or(|n| *n == row.namespace)
    }
}

fn term(word: &str) -> Option<Term> {
    let (not, word) = match word.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let what = match word.split_once(':') {
        Some(("image", image)) => What::Image(image.to_ascii_lowercase()),
        _ => What::Name(word.to_ascii_lowercase()),
    };
    // A prefix whose value is still being typed filters nothing yet.
    let empty = matches!(&what, What::Name(s) | What::Image(s) if s.is_empty());
    (!empty).then_some(Term { not, what })
}

impl What {
    fn matches(&self, row: &SetRow) -> bool {
        match self {
            Self::Name(part) => match part.split_once('/') {
                Some((namespace, name)) => {
                    row.namespace.ends_with(namespace)
                        && (row.name.starts_with(name)
                            || Set::ordinal_in(&row.name, name).is_some())
                }
                None => {
                    row.name.contains(part)
                        || row.namespace.contains(part)
                        || Set::ordinal_in(&row.name, part).is_some()
                }
            },
            Self::Image(part) => row.images.iter().any(|i| i.to_ascii_lowercase().contains(part)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::feed::fixture::row;

    fn matches(text: &str, row: &SetRow) -> bool {
        Filter::new(text, None, "").matches_but_for_status(row)
    }

    #[test]
    fn words_match_name_namespace_or_both() {
        let set = row("shop", "orders-db");
        for hit in ["orders", "DB", "shop", "shop/orders", "op/ord", "orders shop", ""] {
            assert!(matches(hit, &set), "{hit}");
        }
        for hit in ["orders-db-3", "shop/orders-db-12"] {
            assert!(matches(hit, &set), "a pod of it: {hit}");
        }
        for miss in [
            "orders-db-",
            "orders-db-x",
            "orders-3",
            "bank/orders-db-1",
            "ordres",
            "shop/db",
            "orders stage",
            "bank/orders",
        ] {
            assert!(!matches(miss, &set), "{miss}");
        }
    }

    #[test]
    fn an_exclamation_mark_turns_a_word_round() {
        let set = row("shop", "orders-db");
        assert!(!matches("!orders", &set));
        assert!(matches("!kafka", &set));
        assert!(matches("shop !kafka", &set));
        assert!(!matches("!image:1.0", &set));
    }

    #[test]
    fn images_are_searched_by_their_prefix_only() {
        let set = row("shop", "orders-db");
        assert!(matches("image:1.0", &set));
        assert!(matches("image:REGISTRY/orders", &set));
        assert!(!matches("image:16.4", &set));
        assert!(!matches("registry", &set));
    }

    #[test]
    fn a_half_typed_word_filters_nothing() {
        let set = row("shop", "orders-db");
        assert!(matches("!", &set));
        assert!(matches("image:", &set));
    }

    #[test]
    fn the_url_holds_the_whole_filter() {
        let filter = Filter::new(" orders !x ", Some("shop"), "held,stuck,neon");
        assert_eq!(filter.kinds, vec![StatusKind::Stuck, StatusKind::Held]);
        assert_eq!(
            filter.pairs(),
            vec![
                ("q", "orders !x".to_owned()),
                ("ns", "shop".to_owned()),
                ("status", "stuck,held".to_owned()),
            ]
        );
        let marked = filter.with_favourites(true).sorted(Sort::Age).with_text("");
        assert_eq!(
            marked.pairs()[2..],
            [("favourites", "yes".to_owned()), ("sort", "age".to_owned())]
        );
        assert!(Filter::default().sorted(Sort::Name).is_empty(), "an order hides nothing");
        assert!(Filter::new("", Some(""), "").is_empty());
        assert!(Filter::new("", None, "").pairs().is_empty());
    }

    #[test]
    fn a_status_is_added_and_taken_away() {
        let filter = Filter::default().toggled(StatusKind::Held);
        assert!(filter.wants(StatusKind::Held) && !filter.wants(StatusKind::Stuck));
        assert!(filter.toggled(StatusKind::Held).is_empty());
        assert!(Filter::default().wants(StatusKind::Settled));
    }

    #[test]
    fn what_is_on_is_said_in_words() {
        let filter = Filter::new("ordres", Some("shop"), "held");
        assert_eq!(filter.words(), vec!["Held", "namespace shop", "“ordres”"]);
    }
}
