//! The JSON Schema (draft 2020-12) of the config file, made from the types.

use std::sync::LazyLock;

use jsonschema::Validator;
use schemars::{Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Value, json};

use super::Config;

/// Our own keyword: what to write, in words, where a pattern says it in symbols.
pub(in crate::config) const EXPECT: &str = "x-expect";

/// The schema that validation uses and editors can use.
pub fn json_schema() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(refuse_null))
        .with_transform(RecursiveTransform(drop_null_default))
        .with_transform(RecursiveTransform(bound_integers))
        .with_transform(RecursiveTransform(name_keys));
    let mut schema = settings.into_generator().into_root_schema_for::<Config>();
    schema.insert("title".to_owned(), "serverless.containers.yml".into());
    schema.to_value()
}

/// The schema and what judges by it.
pub(in crate::config) struct Compiled {
    pub schema: Value,
    pub validator: Validator,
}

/// The schema, compiled once a process. An error is a defect of the types, which any test shows.
pub(in crate::config) fn compiled() -> Result<&'static Compiled, String> {
    static COMPILED: LazyLock<Result<Compiled, String>> = LazyLock::new(|| {
        let schema = json_schema();
        let validator = jsonschema::draft202012::new(&schema).map_err(|error| error.to_string())?;
        Ok(Compiled { schema, validator })
    });
    COMPILED.as_ref().map_err(Clone::clone)
}

/// An optional key may be absent, but not empty: `build:` with nothing below it is a slip.
/// schemars writes `Option` as "or null"; this takes the null out again.
fn refuse_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    let null = json!({ "type": "null" });
    if let Some(Value::Array(branches)) = schema.get_mut("anyOf") {
        branches.retain(|branch| *branch != null);
        if let [Value::Object(only)] = branches.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            for (key, value) in only {
                schema.ensure_object().entry(key).or_insert(value);
            }
        }
    }
}

fn drop_null_default(schema: &mut Schema) {
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
}

/// schemars leaves the bounds of 32-bit integers to `format`, which validators do not check.
fn bound_integers(schema: &mut Schema) {
    let (least, greatest) = match schema.get("format").and_then(Value::as_str) {
        Some("uint32") => (0, i64::from(u32::MAX)),
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => return,
    };
    let object = schema.ensure_object();
    object.entry("minimum").or_insert(least.into());
    object.entry("maximum").or_insert(greatest.into());
}

/// schemars lets only keys of the right form have a value, so that one slip in a name would silence
/// all that is wrong below it; `propertyNames` judges both.
fn name_keys(schema: &mut Schema) {
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    let Some((pattern, value)) = patterns.and_then(|it| it.iter().next()) else {
        return;
    };
    let (pattern, value) = (pattern.clone(), value.clone());
    schema.remove("patternProperties");
    schema.insert("propertyNames".to_owned(), json!({ "pattern": pattern }));
    schema.insert("additionalProperties".to_owned(), value);
}

/// SCF's older name for `name`: either, not both.
pub(super) fn name_or_namespace(schema: &mut Schema) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    if let Some(name) = properties.get("name").cloned() {
        properties.insert("namespace".to_owned(), name);
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|key| key != "name");
    }
    let either = json!([{ "required": ["name"] }, { "required": ["namespace"] }]);
    schema.insert("oneOf".to_owned(), either);
}
