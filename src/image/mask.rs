//! Secrets of a build stay out of its log.

use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

/// What is shown in place of a secret.
const MASK: &str = "***";
/// Lines of a secret that has several are masked one by one, if they are at least this long, in
/// bytes: `}` is not worth hiding.
const SHORTEST_LINE: usize = 4;
/// Parts of base64 text shorter than this, in bytes, are in too many other words.
const SHORTEST_BASE64: usize = 6;

/// Every spelling of every secret, the longest first.
#[derive(Default)]
pub(super) struct Masks(Vec<SecretString>);

impl Masks {
    /// Masks for these values: as they are, and in base64 (wherever in a longer text they stand),
    /// percent-encoded and as JSON has them.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a SecretSlice<u8>>) -> Self {
        let values = values.into_iter().map(ExposeSecret::expose_secret);
        let mut spellings: Vec<String> = values.flat_map(spellings).collect();
        spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        spellings.dedup();
        Self(spellings.into_iter().map(Into::into).collect())
    }

    /// The text without secrets.
    pub fn masked(&self, text: String) -> String {
        self.0.iter().fold(text, |text, spelling| {
            let spelling = spelling.expose_secret();
            if text.contains(spelling) {
                text.replace(spelling, MASK)
            } else {
                text
            }
        })
    }

    /// How many bytes at the end of `text` may be the beginning of a secret.
    pub fn begun(&self, text: &[u8]) -> usize {
        let begun = |spelling: &SecretString| {
            let spelling = spelling.expose_secret().as_bytes();
            let longest = text.len().min(spelling.len().saturating_sub(1));
            (1..=longest)
                .rev()
                .find(|length| text.ends_with(&spelling[..*length]))
        };
        self.0.iter().filter_map(begun).max().unwrap_or_default()
    }
}

fn spellings(value: &[u8]) -> Vec<String> {
    let trimmed = value.trim_ascii();
    let mut spellings = base64(trimmed);
    if let Ok(text) = str::from_utf8(trimmed) {
        let lines = text.split(['\n', '\r']).map(str::trim);
        let lines = lines.filter(|line| line.len() >= SHORTEST_LINE);
        for plain in lines.chain([text]) {
            spellings.push(plain.to_owned());
            spellings.push(escaped(plain));
            spellings.extend(percent_encoded(plain));
        }
    }
    spellings.retain(|spelling| !spelling.is_empty());
    spellings
}

/// As text within JSON.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.trim_matches('"').to_owned()
}

/// The letters that stand for these bytes whatever is before and after them, for each of the three
/// places within a group that they can begin at.
fn base64(value: &[u8]) -> Vec<String> {
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabets = [&base64::alphabet::STANDARD, &base64::alphabet::URL_SAFE];
    let encode = |alphabet, before: usize| {
        let text = [vec![0; before].as_slice(), value].concat();
        let encoded = GeneralPurpose::new(alphabet, config).encode(&text);
        // The first letters depend on what is before; the last, unless a group ends, on what follows.
        let first = (before * 8).div_ceil(6);
        let last = text.len() * 8 / 6;
        encoded.get(first..last).unwrap_or_default().to_owned()
    };
    let encoded = alphabets.iter().flat_map(|alphabet| {
        let encode = &encode;
        (0..3).map(move |before| encode(alphabet, before))
    });
    encoded
        .filter(|encoded| encoded.len() >= SHORTEST_BASE64)
        .collect()
}

/// With digits of both cases, and with `+` for a space as in forms.
fn percent_encoded(text: &str) -> [String; 4] {
    let encode = |upper: bool, form: bool| {
        let encoded = text.bytes().map(|byte| match byte {
            b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            b' ' if form => "+".to_owned(),
            _ if upper => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        });
        encoded.collect()
    };
    [
        encode(true, false),
        encode(false, false),
        encode(true, true),
        encode(false, true),
    ]
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use secrecy::SecretSlice;

    use super::Masks;

    fn masks(value: &str) -> Masks {
        Masks::of([&SecretSlice::from(value.as_bytes().to_vec())])
    }

    #[test]
    fn a_secret_is_masked_in_every_spelling() {
        let masks = masks("p\"ss wörd/1?\n");
        for spelling in [
            "p\"ss wörd/1?",
            r#"p\"ss wörd/1?"#,
            "p%22ss%20w%C3%B6rd%2F1%3F",
            "p%22ss%20w%c3%b6rd%2f1%3f",
            "p%22ss+w%C3%B6rd%2F1%3F",
        ] {
            let line = format!("<{spelling}>");
            assert_eq!(masks.masked(line), "<***>", "{spelling}");
        }
    }

    #[test]
    fn base64_is_masked_wherever_it_begins() {
        let masks = masks("s3cr3t-v4lue");
        for before in ["", "u:", "u1:", "u12:"] {
            let line = BASE64_STANDARD.encode(format!("{before}s3cr3t-v4lue and more"));
            let masked = masks.masked(line.clone());
            assert!(masked.contains("***"), "{line} {masked}");
            let shown = masked.split("***").map(str::len).max();
            assert!(shown < Some(line.len() - 14), "{line} {masked}");
        }
    }

    #[test]
    fn lines_of_a_secret_are_masked_one_by_one_unless_they_say_nothing() {
        let masks = masks("{\n\"key\": \"AAAA\"\n}\n");
        assert_eq!(masks.masked("\"key\": \"AAAA\"".to_owned()), "***");
        assert_eq!(masks.masked("fn main() {}".to_owned()), "fn main() {}");
    }

    #[test]
    fn the_beginning_of_a_secret_is_held_back() {
        let masks = masks("s3cr3t");
        assert_eq!(masks.begun(b"so far s3cr"), 4);
        assert_eq!(masks.begun(b"so far s3cr3t"), 0);
        assert_eq!(masks.begun(b"so far"), 0);
    }
}
