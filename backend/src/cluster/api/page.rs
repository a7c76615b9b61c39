//! Pages of lists. Each object is turned into what is kept of it as soon as it is read: a page of whole pods takes
//! megabytes, which the allocator would keep for the life of the process.

use std::fmt;
use std::marker::PhantomData;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ListMeta;
use kube::api::ListParams;
use kube::core::Request;
use kube::{Client, Resource};
use serde::de::{DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// One page of a list.
#[derive(Debug)]
pub(in crate::cluster) struct Page<T> {
    pub(in crate::cluster) items: Vec<T>,
    /// Asks for the next page; `None` after the last one.
    pub(in crate::cluster) next: Option<String>,
    /// Where to watch from.
    pub(in crate::cluster) position: String,
}

/// Reads one page; of each object stays what `keep` answers. Not by [`kube::Api::list`]: where that cannot parse an answer,
/// it logs the whole of it, and a template may hold secrets.
pub(in crate::cluster) async fn list_page<K, T>(
    client: &Client,
    namespace: Option<&str>,
    params: &ListParams,
    keep: impl FnMut(K) -> Option<T>,
) -> kube::Result<Page<T>>
where
    K: Resource<DynamicType = ()> + DeserializeOwned,
{
    let request = Request::new(K::url_path(&(), namespace))
        .list(params)
        .map_err(kube::Error::BuildRequest)?;
    let text = client.request_text(request).await?;
    parse(&text, keep).map_err(kube::Error::SerdeError)
}

fn parse<K, T>(text: &str, keep: impl FnMut(K) -> Option<T>) -> serde_json::Result<Page<T>>
where
    K: DeserializeOwned,
{
    let mut json = serde_json::Deserializer::from_str(text);
    let page = List(Keep { keep, kind: PhantomData }).deserialize(&mut json)?;
    json.end()?;
    Ok(page)
}

struct Keep<K, T, F> {
    keep: F,
    kind: PhantomData<fn(K) -> T>,
}

/// A list: `metadata` and `items`.
struct List<K, T, F>(Keep<K, T, F>);

impl<'de, K, T, F> DeserializeSeed<'de> for List<K, T, F>
where
    K: Deserialize<'de>,
    F: FnMut(K) -> Option<T>,
{
    type Value = Page<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Page<T>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, K, T, F> Visitor<'de> for List<K, T, F>
where
    K: Deserialize<'de>,
    F: FnMut(K) -> Option<T>,
{
    type Value = Page<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Page<T>, A::Error> {
        let mut metadata = ListMeta::default();
        let mut items = None;
        while let Some(field) = map.next_key::<String>()? {
            match field.as_str() {
                "metadata" => metadata = map.next_value()?,
                "items" => items = Some(map.next_value_seed(Items(&mut self.0))?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let items = items.ok_or_else(|| serde::de::Error::missing_field("items"))?;
        let next = metadata.continue_.filter(|token| !token.is_empty());
        Ok(Page { items, next, position: metadata.resource_version.unwrap_or_default() })
    }
}

/// The objects, one after the other.
struct Items<'a, K, T, F>(&'a mut Keep<K, T, F>);

impl<'de, K, T, F> DeserializeSeed<'de> for Items<'_, K, T, F>
where
    K: Deserialize<'de>,
    F: FnMut(K) -> Option<T>,
{
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, K, T, F> Visitor<'de> for Items<'_, K, T, F>
where
    K: Deserialize<'de>,
    F: FnMut(K) -> Option<T>,
{
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("objects")
    }

    /// An empty list may be `null`: Go writes a nil slice so.
    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut kept = Vec::new();
        while let Some(object) = seq.next_element::<K>()? {
            kept.extend((self.0.keep)(object));
        }
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;

    use super::*;

    fn names(text: &str) -> serde_json::Result<Page<String>> {
        parse(text, |pod: Pod| pod.metadata.name.filter(|name| name != "left-out"))
    }

    #[test]
    fn of_each_object_stays_what_is_kept_and_of_the_list_where_it_goes_on() {
        let page = names(
            r#"{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a"}},
                {"metadata":{"name":"left-out"}},{"metadata":{"name":"b"}}],
                "metadata":{"resourceVersion":"7","continue":"token"}}"#,
        )
        .unwrap();
        assert_eq!(page.items, ["a", "b"]);
        assert_eq!((page.next.as_deref(), page.position.as_str()), (Some("token"), "7"));
    }

    #[test]
    fn the_last_page_has_no_next_and_may_be_empty() {
        for items in ["[]", "null"] {
            let text = format!(
                r#"{{"metadata":{{"resourceVersion":"7","continue":""}},"items":{items}}}"#
            );
            let page = names(&text).unwrap();
            assert!(page.items.is_empty() && page.next.is_none(), "{page:?}");
        }
    }

    #[test]
    fn what_is_no_list_or_ends_too_soon_is_an_error() {
        let no_lists = [
            "",
            "[]",
            r#"{"metadata":{}}"#,
            r#"{"items":7}"#,
            r#"{"items":[{"metadata":7}]}"#,
            r#"{"items":[]"#,
            r#"{"items":[]}{}"#,
        ];
        for text in no_lists {
            assert!(names(text).is_err(), "{text}");
        }
    }
}
