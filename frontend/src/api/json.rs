//! JSON to the API's types, in little code.
//!
//! The text becomes a tree first, and serde's types are made from the tree: by [`Node`], which asks each type for the one
//! form that JSON has for it. `serde_json` would compile the reading of text, and of structs written as arrays, into every
//! type anew, which is an eighth of the whole app. The tree is our own, since `serde_json::Value` copies each key and each
//! text, and sorts the fields: the fleet of a thousand sets has some 30,000 of them.

use std::vec;

use serde::de::value::{CowStrDeserializer, Error};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer as _,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};

mod tree;

use tree::{Text, Tree};

/// Reads one value.
///
/// # Errors
/// In words, if it is no JSON, or not of that type.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    T::deserialize(Node(parse(text)?)).map_err(words)
}

// Not generic: compiled once.
fn parse(text: &str) -> Result<Tree<'_>, String> {
    serde_json::from_str(text).map_err(|e| e.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn words(error: Error) -> String {
    error.to_string()
}

#[cold]
fn wrong(node: &Tree<'_>) -> Error {
    Error::custom(match node {
        Tree::Null => "did not expect null",
        Tree::Bool(_) => "did not expect a boolean",
        Tree::Unsigned(_) | Tree::Signed(_) | Tree::Float(_) => "did not expect this number",
        Tree::Text(_) => "did not expect a string",
        Tree::List(_) => "did not expect a list",
        Tree::Object(_) => "did not expect an object",
    })
}

struct Node<'de>(Tree<'de>);

fn text<'de, V: Visitor<'de>>(text: Text<'de>, visitor: V) -> Result<V::Value, Error> {
    match text {
        Text::Borrowed(text) => visitor.visit_borrowed_str(text),
        Text::Owned(text) => visitor.visit_string(text),
    }
}

/// One method per form that JSON has for a type.
macro_rules! takes {
    ($($method:ident => $visit:ident($get:expr);)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match $get(self.0) {
                Ok(value) => visitor.$visit(value),
                Err(node) => Err(wrong(&node)),
            }
        })+
    };
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Error;

    takes! {
        deserialize_bool => visit_bool(bool);
        deserialize_u8 => visit_u64(unsigned);
        deserialize_u16 => visit_u64(unsigned);
        deserialize_u32 => visit_u64(unsigned);
        deserialize_u64 => visit_u64(unsigned);
        deserialize_i8 => visit_i64(signed);
        deserialize_i16 => visit_i64(signed);
        deserialize_i32 => visit_i64(signed);
        deserialize_i64 => visit_i64(signed);
        deserialize_f32 => visit_f64(float);
        deserialize_f64 => visit_f64(float);
        deserialize_seq => visit_seq(list);
        deserialize_map => visit_map(object);
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Tree::Text(it) => text(it, visitor),
            other => Err(wrong(&other)),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(value),
            Tree::Unsigned(value) => visitor.visit_u64(value),
            Tree::Signed(value) => visitor.visit_i64(value),
            Tree::Float(value) => visitor.visit_f64(value),
            Tree::Text(it) => text(it, visitor),
            Tree::List(items) => visitor.visit_seq(List(items.into_iter())),
            Tree::Object(fields) => visitor.visit_map(Object::new(fields)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if matches!(self.0, Tree::Null) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if matches!(self.0, Tree::Null) { visitor.visit_unit() } else { Err(wrong(&self.0)) }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (name, content) = variant(self.0)?;
        visitor.visit_enum(Variant { name, content })
    }

    // Bytes have no form in JSON.
    serde::forward_to_deserialize_any! { bytes byte_buf i128 u128 }
}

fn bool(node: Tree<'_>) -> Result<bool, Tree<'_>> {
    if let Tree::Bool(value) = node { Ok(value) } else { Err(node) }
}

fn unsigned(node: Tree<'_>) -> Result<u64, Tree<'_>> {
    if let Tree::Unsigned(value) = node { Ok(value) } else { Err(node) }
}

fn signed(node: Tree<'_>) -> Result<i64, Tree<'_>> {
    match node {
        Tree::Signed(value) => Ok(value),
        Tree::Unsigned(value) => i64::try_from(value).map_err(|_| node),
        _ => Err(node),
    }
}

#[expect(clippy::cast_precision_loss, reason = "as JSON means it")]
fn float(node: Tree<'_>) -> Result<f64, Tree<'_>> {
    match node {
        Tree::Float(value) => Ok(value),
        Tree::Unsigned(value) => Ok(value as f64),
        Tree::Signed(value) => Ok(value as f64),
        _ => Err(node),
    }
}

fn list(node: Tree<'_>) -> Result<List<'_>, Tree<'_>> {
    if let Tree::List(items) = node { Ok(List(items.into_iter())) } else { Err(node) }
}

fn object(node: Tree<'_>) -> Result<Object<'_>, Tree<'_>> {
    if let Tree::Object(fields) = node { Ok(Object::new(fields)) } else { Err(node) }
}

/// `"name"`, or `{"name": content}`.
fn variant(node: Tree<'_>) -> Result<(Text<'_>, Option<Tree<'_>>), Error> {
    match node {
        Tree::Text(name) => Ok((name, None)),
        Tree::Object(fields) if fields.len() == 1 => fields
            .into_iter()
            .next()
            .map(|(name, content)| (name, Some(content)))
            .ok_or_else(|| Error::custom("expected a variant")),
        other => Err(wrong(&other)),
    }
}

struct List<'de>(vec::IntoIter<Tree<'de>>);

impl<'de> SeqAccess<'de> for List<'de> {
    type Error = Error;

    #[inline(never)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        self.0.next().map(|node| seed.deserialize(Node(node))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Object<'de> {
    fields: vec::IntoIter<(Text<'de>, Tree<'de>)>,
    value: Tree<'de>,
}

impl<'de> Object<'de> {
    fn new(fields: Vec<(Text<'de>, Tree<'de>)>) -> Self {
        Self { fields: fields.into_iter(), value: Tree::Null }
    }

    fn next(&mut self) -> Option<CowStrDeserializer<'de, Error>> {
        let (key, value) = self.fields.next()?;
        self.value = value;
        Some(key.into_deserializer())
    }
}

impl<'de> MapAccess<'de> for Object<'de> {
    type Error = Error;

    #[inline(never)]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        self.next().map(|key| seed.deserialize(key)).transpose()
    }

    #[inline(never)]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(Node(std::mem::replace(&mut self.value, Tree::Null)))
    }
}

struct Variant<'de> {
    name: Text<'de>,
    content: Option<Tree<'de>>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Error;
    type Variant = Content<'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Content<'de>), Error> {
        let name: CowStrDeserializer<'de, Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, Content(self.content)))
    }
}

struct Content<'de>(Option<Tree<'de>>);

impl<'de> Content<'de> {
    fn node(self) -> Result<Node<'de>, Error> {
        self.0.map(Node).ok_or_else(|| Error::custom("expected a variant with content"))
    }
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.0 {
            None | Some(Tree::Null) => Ok(()),
            Some(node) => Err(wrong(&node)),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.node()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        self.node()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.node()?.deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests;
