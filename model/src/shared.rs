//! A list that many hold at once, and that is copied only where one of them changes it.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A `Vec` behind a counted reference. In JSON a plain list.
///
/// The pods of a set are told to the judgement, to the history and to every reader at each change: most of them only look.
#[derive(Debug, PartialEq, Eq)]
pub struct Shared<T>(Arc<Vec<T>>);

impl<T: Clone> Shared<T> {
    /// Keeps what is wanted, in this order. A list that is so already stays shared.
    pub fn arrange(
        &mut self,
        wanted: impl Fn(&T) -> bool,
        order: impl Fn(&T, &T) -> std::cmp::Ordering,
    ) {
        if !self.iter().all(&wanted) {
            self.retain(&wanted);
        }
        if !self.is_sorted_by(|a, b| order(a, b).is_le()) {
            self.sort_by(order);
        }
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> From<Vec<T>> for Shared<T> {
    fn from(list: Vec<T>) -> Self {
        Self(Arc::new(list))
    }
}

impl<T> FromIterator<T> for Shared<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Vec::from_iter(items).into()
    }
}

impl<T> Deref for Shared<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

/// Copies the list first, if somebody else holds it too.
impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        Arc::make_mut(&mut self.0)
    }
}

impl<'a, T> IntoIterator for &'a Shared<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T: Clone> IntoIterator for &'a mut Shared<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_copied_only_by_whoever_changes_it() {
        let one = Shared::from(vec![1, 2]);
        let mut other = one.clone();
        assert!(Arc::ptr_eq(&one.0, &other.0));
        other.push(3);
        assert_eq!((one.as_slice(), other.as_slice()), (&[1, 2][..], &[1, 2, 3][..]));
    }

    #[test]
    fn a_list_in_order_stays_shared_and_any_other_is_put_in_order() {
        let one = Shared::from(vec![3, 1, 4]);
        let mut other = one.clone();
        other.arrange(|n| *n < 4, Ord::cmp);
        assert_eq!((one.as_slice(), other.as_slice()), (&[3, 1, 4][..], &[1, 3][..]));
        let mut same = other.clone();
        same.arrange(|n| *n < 4, Ord::cmp);
        assert!(Arc::ptr_eq(&other.0, &same.0));
    }

    #[test]
    fn in_json_it_is_a_list() {
        let list = Shared::from(vec!["a".to_owned()]);
        let json = serde_json::to_string(&list).expect("it is JSON");
        assert_eq!(json, r#"["a"]"#);
        assert_eq!(serde_json::from_str::<Shared<String>>(&json).expect("it is read"), list);
    }
}
