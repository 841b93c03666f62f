//! Values inside of values: `database.hosts.0`.

use serde_json::Value as Json;

/// The value at a path of keys and positions, with dots between them. A key that holds dots
/// itself wins over the steps that it could be read as. The empty path is the value itself.
pub(super) fn dig<'a>(value: &'a Json, path: &str) -> Option<&'a Json> {
    if path.is_empty() {
        return Some(value);
    }
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    match value {
        Json::Object(map) => match map.get(path) {
            Some(found) => Some(found),
            None => dig(map.get(step)?, rest),
        },
        Json::Array(items) => dig(items.get(step.parse::<usize>().ok()?)?, rest),
        _ => None,
    }
}

/// The keys of a map, for suggestions.
pub(super) fn keys(value: &Json) -> impl Iterator<Item = &str> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::dig;

    #[test]
    fn paths_lead_through_maps_and_lists() {
        let value = json!({ "a": { "b": [1, { "c": 2 }] }, "x.y": 3, "x": { "y": 4 } });
        for (path, found) in [
            ("", Some(value.clone())),
            ("a.b.0", Some(json!(1))),
            ("a.b.1.c", Some(json!(2))),
            ("x.y", Some(json!(3))),
            ("a.c", None),
            ("a.b.2", None),
            ("a.b.-1", None),
            ("a.b.0.c", None),
            (".", None),
        ] {
            assert_eq!(dig(&value, path), found.as_ref(), "{path}");
        }
    }
}
