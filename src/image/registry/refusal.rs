//! A base image that its registry does not give to us, told from every other failure of a build.

use super::{Credentials, Reference, Registry, registry_error::words};

/// How engines and registries say it. Texts of Moby, BuildKit, containerd and distribution.
const REFUSALS: [&str; 8] = [
    "access denied",
    "no basic auth credentials",
    "401 unauthorized",
    "403 forbidden",
    "unauthorized:",
    "denied:",
    "insufficient_scope",
    "authorization failed",
];

/// A registry that does not let us.
#[derive(Debug)]
pub(in crate::image) struct Refusal {
    /// The registry.
    pub registry: Registry,
    /// The image that it keeps to itself.
    pub image: String,
    /// Its words, or the engine's.
    pub reason: String,
    /// We had a credential for it.
    pub given: bool,
}

/// Is that what this message says?
pub(super) fn is_refusal(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    REFUSALS.iter().any(|refusal| message.contains(refusal))
}

/// Reads it off a failed build: the heading of the step that failed names the image.
pub(in crate::image) fn of_base_image(
    step: Option<&str>,
    message: &str,
    credentials: &Credentials,
) -> Option<Refusal> {
    let image = base_image(step?)?;
    let reference: Reference = image.parse().ok()?;
    is_refusal(message).then(|| Refusal {
        given: credentials.get(&reference.registry).is_some(),
        registry: reference.registry,
        image: image.to_owned(),
        reason: words(message),
    })
}

/// `[internal] load metadata for IMAGE` of BuildKit, `Step 1/2 : FROM IMAGE AS name` of the classic
/// builder. What a `RUN` prints is in no heading.
fn base_image(heading: &str) -> Option<&str> {
    if let Some(image) = heading.strip_prefix("[internal] load metadata for ") {
        return Some(image);
    }
    let mut words = heading
        .strip_prefix("Step ")?
        .split_once(" : ")?
        .1
        .split_whitespace();
    let is_from = words.next()?.eq_ignore_ascii_case("from");
    words
        .find(|word| !word.starts_with("--"))
        .filter(|_| is_from)
}

#[cfg(test)]
mod tests {
    use super::base_image;

    #[test]
    fn the_image_is_read_off_either_builders_heading() {
        let read = [
            (
                "[internal] load metadata for docker.io/library/a:1",
                Some("docker.io/library/a:1"),
            ),
            (
                "Step 1/3 : FROM --platform=linux/arm64 ghcr.io/o/a:1 AS base",
                Some("ghcr.io/o/a:1"),
            ),
            ("Step 2/3 : RUN echo FROM x", None),
            ("[2/2] RUN docker pull x", None),
        ];
        for (heading, image) in read {
            assert_eq!(base_image(heading), image, "{heading}");
        }
    }
}
