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
