//! JSON to the API's types, in little code.
//!
//! The text becomes a tree first, and serde's types are made from the tree: by [`Node`], which asks each type for the one
//! form that JSON has for it. `serde_json` would compile the reading of text, and of structs written as arrays, into every
//! type anew, which is an eighth of the whole app.

use std::vec;

use serde::de::value::{Error, StringDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer as _,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::{Map, Value, map};

/// Reads one value.
///
/// # Errors
/// In words, if it is no JSON, or not of that type.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    T::deserialize(Node(parse(text)?)).map_err(words)
}

// Not generic: compiled once.
fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|e| e.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn words(error: Error) -> String {
    error.to_string()
}

#[cold]
fn wrong(node: &Value) -> Error {
    Error::custom(match node {
        Value::Null => "did not expect null",
        Value::Bool(_) => "did not expect a boolean",
        Value::Number(_) => "did not expect this number",
        Value::String(_) => "did not expect a string",
        Value::Array(_) => "did not expect a list",
        Value::Object(_) => "did not expect an object",
    })
}

struct Node(Value);

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

impl<'de> Deserializer<'de> for Node {
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
        deserialize_char => visit_string(string);
        deserialize_str => visit_string(string);
        deserialize_string => visit_string(string);
        deserialize_identifier => visit_string(string);
        deserialize_seq => visit_seq(list);
        deserialize_map => visit_map(object);
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::String(value) => visitor.visit_string(value),
            Value::Array(items) => visitor.visit_seq(List(items.into_iter())),
            Value::Object(fields) => visitor.visit_map(Object::new(fields)),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(value), _) => visitor.visit_u64(value),
                (None, Some(value)) => visitor.visit_i64(value),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_unit() } else { Err(wrong(&self.0)) }
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

fn bool(node: Value) -> Result<bool, Value> {
    node.as_bool().ok_or(node)
}

fn unsigned(node: Value) -> Result<u64, Value> {
    node.as_u64().ok_or(node)
}

fn signed(node: Value) -> Result<i64, Value> {
    node.as_i64().ok_or(node)
}

fn float(node: Value) -> Result<f64, Value> {
    node.as_f64().ok_or(node)
}

fn string(node: Value) -> Result<String, Value> {
    if let Value::String(text) = node { Ok(text) } else { Err(node) }
}

fn list(node: Value) -> Result<List, Value> {
    if let Value::Array(items) = node { Ok(List(items.into_iter())) } else { Err(node) }
}

fn object(node: Value) -> Result<Object, Value> {
    if let Value::Object(fields) = node { Ok(Object::new(fields)) } else { Err(node) }
}

/// `"name"`, or `{"name": content}`.
fn variant(node: Value) -> Result<(String, Option<Value>), Error> {
    match node {
        Value::String(name) => Ok((name, None)),
        Value::Object(fields) if fields.len() == 1 => fields
            .into_iter()
            .next()
            .map(|(name, content)| (name, Some(content)))
            .ok_or_else(|| Error::custom("expected a variant")),
        other => Err(wrong(&other)),
    }
}

struct List(vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for List {
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

struct Object {
    fields: map::IntoIter,
    value: Value,
}

impl Object {
    fn new(fields: Map<String, Value>) -> Self {
        Self { fields: fields.into_iter(), value: Value::Null }
    }

    fn next(&mut self) -> Option<StringDeserializer<Error>> {
        let (key, value) = self.fields.next()?;
        self.value = value;
        Some(key.into_deserializer())
    }
}

impl<'de> MapAccess<'de> for Object {
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
        seed.deserialize(Node(self.value.take()))
    }
}

struct Variant {
    name: String,
    content: Option<Value>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Error;
    type Variant = Content;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Content), Error> {
        let name: StringDeserializer<Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, Content(self.content)))
    }
}

struct Content(Option<Value>);

impl Content {
    fn node(self) -> Result<Node, Error> {
        self.0.map(Node).ok_or_else(|| Error::custom("expected a variant with content"))
    }
}

impl<'de> VariantAccess<'de> for Content {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.0 {
            None | Some(Value::Null) => Ok(()),
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
