//! The JSON Schema that editors get.

use scf::config::json_schema;
use serde_json::Value;

#[test]
fn the_schema_is_valid_against_its_own_dialect() {
    let schema = json_schema();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert!(jsonschema::meta::is_valid(&schema));
}

#[test]
fn every_key_has_a_description() {
    fn undescribed(path: &str, schema: &Value, found: &mut Vec<String>) {
        for (key, value) in schema.as_object().into_iter().flatten() {
            let path = format!("{path}/{key}");
            if key == "properties" {
                for (name, property) in value.as_object().into_iter().flatten() {
                    if property.get("description").is_none() && property.get("const").is_none() {
                        found.push(format!("{path}/{name}"));
                    }
                }
            }
            undescribed(&path, value, found);
            for item in value.as_array().into_iter().flatten() {
                undescribed(&path, item, found);
            }
        }
    }
    let mut found = Vec::new();
    undescribed("", &json_schema(), &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_map_accepts_unknown_keys_by_accident() {
    fn open_maps(path: &str, schema: &Value, found: &mut Vec<String>) {
        if schema.get("properties").is_some()
            && schema.get("additionalProperties") != Some(&Value::Bool(false))
        {
            found.push(path.to_owned());
        }
        for (key, value) in schema.as_object().into_iter().flatten() {
            open_maps(&format!("{path}/{key}"), value, found);
            for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                open_maps(&format!("{path}/{key}/{index}"), item, found);
            }
        }
    }
    let mut found = Vec::new();
    open_maps("", &json_schema(), &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn names_have_their_rules_in_the_schema() {
    let schema = json_schema();
    for (name, longest) in [("StackName", 40), ("Stage", 28)] {
        let rule = &schema["$defs"][name];
        assert_eq!(rule["type"], "string", "{rule}");
        assert_eq!(
            (&rule["minLength"], &rule["maxLength"]),
            (&1.into(), &longest.into())
        );
        assert!(
            rule["pattern"].is_string() && rule["x-expect"].is_string(),
            "{rule}"
        );
    }
    for key in ["containers", "stages"] {
        let rule = &schema["properties"][key];
        assert!(rule["propertyNames"]["pattern"].is_string(), "{rule}");
        assert!(rule["additionalProperties"].is_object(), "{rule}");
    }
}

#[test]
fn editors_have_something_to_offer_for_every_simple_value() {
    fn bare(path: &str, schema: &Value, found: &mut Vec<String>) {
        let simple = ["string", "integer", "number", "boolean"];
        for (key, value) in schema.as_object().into_iter().flatten() {
            let path = format!("{path}/{key}");
            if key == "properties" {
                for (name, property) in value.as_object().into_iter().flatten() {
                    let is_simple = simple.iter().any(|kind| property["type"] == **kind);
                    let offers = ["default", "examples", "enum", "const"];
                    if is_simple && !offers.iter().any(|offer| property.get(offer).is_some()) {
                        found.push(format!("{path}/{name}"));
                    }
                }
            }
            bare(&path, value, found);
            for item in value.as_array().into_iter().flatten() {
                bare(&path, item, found);
            }
        }
    }
    let mut found = Vec::new();
    bare("", &json_schema(), &mut found);
    // What nobody should write, and what is the user's own.
    found.retain(|path| {
        let last = path.rsplit('/').next().unwrap();
        !["org", "frameworkVersion"].contains(&last) && !path.starts_with("/$defs/Build/")
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_example_and_default_is_valid_where_it_stands() {
    fn offers(path: &str, schema: &Value, found: &mut Vec<(String, Value)>) {
        let Some(object) = schema.as_object() else {
            for (index, item) in schema.as_array().into_iter().flatten().enumerate() {
                offers(&format!("{path}/{index}"), item, found);
            }
            return;
        };
        // Of keys by that name, not of the keywords.
        if !path.ends_with("/properties") {
            let examples = object.get("examples").and_then(Value::as_array);
            let offered = examples.into_iter().flatten().chain(object.get("default"));
            found.extend(offered.map(|value| (path.to_owned(), value.clone())));
        }
        for (key, value) in object
            .iter()
            .filter(|(key, _)| *key != "examples" && *key != "default")
        {
            offers(
                &format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")),
                value,
                found,
            );
        }
    }
    let schema = json_schema();
    let mut found = Vec::new();
    offers("", &schema, &mut found);
    assert!(found.len() > 40, "{}", found.len());
    for (path, value) in found {
        let mut of_place = schema.clone();
        let place = schema.pointer(&path).unwrap().clone();
        let object = of_place.as_object_mut().unwrap();
        object.retain(|key, _| key == "$defs" || key == "$schema");
        object.extend(place.as_object().unwrap().clone());
        assert!(jsonschema::is_valid(&of_place, &value), "{path}: {value}");
    }
}
