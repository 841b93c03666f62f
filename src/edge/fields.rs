//! CloudFront's structure of headers, cookies and query parameters: one field a name, in the order of the request.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

/// The values of one name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Field {
    value: String,
    /// Attributes of a response's cookie.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub attributes: String,
    /// All values, the first included, when the name is there more than once.
    #[serde(default, rename = "multiValue", skip_serializing_if = "Vec::is_empty")]
    multi_value: Vec<Self>,
}

impl Field {
    /// All values. A `multiValue` that the function left as it was (`before`) does not hide a new `value`.
    pub fn values<'a>(&'a self, before: Option<&'a Self>) -> Vec<&'a str> {
        let mut values: Vec<&str> = self
            .multi_value
            .iter()
            .map(|field| field.value.as_str())
            .collect();
        let is_stale = before.is_some_and(|before| before.multi_value == self.multi_value);
        match values.first_mut() {
            None => values.push(&self.value),
            Some(first) if is_stale => *first = &self.value,
            Some(_) => {}
        }
        values
    }
}

/// Fields by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, Field)>);

impl Fields {
    /// Adds a value to the field of that name.
    pub fn add(&mut self, name: &str, value: &str) {
        let value = value.to_owned();
        let Some((_, field)) = self.0.iter_mut().find(|(known, _)| known == name) else {
            self.0.push((
                name.to_owned(),
                Field {
                    value,
                    ..Field::default()
                },
            ));
            return;
        };
        if field.multi_value.is_empty() {
            let first = field.value.clone();
            field.multi_value.push(Field {
                value: first,
                ..Field::default()
            });
        }
        field.multi_value.push(Field {
            value,
            ..Field::default()
        });
    }

    pub fn get(&self, name: &str) -> Option<&Field> {
        self.0
            .iter()
            .find_map(|(known, field)| (known == name).then_some(field))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.0.iter().map(|(name, field)| (name.as_str(), field))
    }

    /// Each name with each of its values. `before` is what the function was given.
    pub fn pairs<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.iter().flat_map(move |(name, field)| {
            field
                .values(before.get(name))
                .into_iter()
                .map(move |value| (name, value))
        })
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    fields.push(entry);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Names and values of their own.
pub(super) fn owned<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
