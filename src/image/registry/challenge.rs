//! `WWW-Authenticate` (RFC 9110, section 11.6.1): what a registry wants to be shown.

/// A scheme that we can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User name and password themselves.
    Basic,
    /// A token that another server gives (distribution's token authentication).
    Bearer {
        /// Address of that server.
        realm: String,
        /// Whom the token is for.
        service: Option<String>,
        /// What it must allow.
        scope: Option<String>,
    },
}

impl Challenge {
    /// The best challenge of a header's values: a token before the password itself. `None` if there
    /// is none that we can answer.
    pub fn best<'a>(values: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut found: Vec<Self> = values.filter_map(parse).collect();
        let bearer = found
            .iter()
            .position(|challenge| matches!(challenge, Self::Bearer { .. }));
        (!found.is_empty()).then(|| found.swap_remove(bearer.unwrap_or(0)))
    }
}

fn parse(value: &str) -> Option<Challenge> {
    let (scheme, rest) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let parameters = parameters(rest);
    let get = |wanted: &str| {
        let found = parameters
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.clone())
    };
    Some(Challenge::Bearer {
        realm: get("realm")?,
        service: get("service"),
        scope: get("scope"),
    })
}

/// `name="value"` or `name=value`, separated by commas; values in quotes may hold commas.
fn parameters(mut rest: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',', '\t']).to_owned();
        let (value, after) = if let Some(quoted) = after.strip_prefix('"') {
            unquoted(quoted)
        } else {
            let (value, after) = after.split_once(',').unwrap_or((after, ""));
            (value.trim().to_owned(), after)
        };
        parameters.push((name, value));
        rest = after;
    }
    parameters
}

/// The text up to the closing quote, and what comes after it.
fn unquoted(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::Challenge;

    fn best(values: &[&str]) -> Option<Challenge> {
        Challenge::best(values.iter().copied())
    }

    #[test]
    fn a_token_is_preferred_and_its_parameters_are_read() {
        let bearer = r#"bearer realm="https://auth.docker.io/token",service="registry.docker.io", scope="repository:a/b:pull,push""#;
        let read = Challenge::Bearer {
            realm: "https://auth.docker.io/token".to_owned(),
            service: Some("registry.docker.io".to_owned()),
            scope: Some("repository:a/b:pull,push".to_owned()),
        };
        assert_eq!(best(&[r#"Basic realm="x""#, bearer]), Some(read));
    }

    #[test]
    fn quotes_may_be_escaped_or_left_out() {
        let read = Challenge::Bearer {
            realm: r#"https://a/"b""#.to_owned(),
            service: Some("me".to_owned()),
            scope: None,
        };
        assert_eq!(
            best(&[r#"Bearer realm="https://a/\"b\"",service=me"#]),
            Some(read)
        );
    }

    #[test]
    fn what_cannot_be_answered_is_none() {
        assert_eq!(best(&["Basic"]), Some(Challenge::Basic));
        assert_eq!(best(&["Negotiate abc", "Bearer service=\"x\""]), None);
        assert_eq!(best(&[]), None);
    }
}
