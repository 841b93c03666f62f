//! What a builder image says of itself. Rules: builder specification; platform specification, "Build
//! Image".

use std::collections::HashMap;

use bollard::models::ImageInspect;
use serde::Deserialize;

use super::{
    BuildpackError,
    api::{Apis, SUPPORTED},
};
use crate::{image::platform, source::Owner};

/// Of the builder's configuration, what we go by.
#[derive(Debug)]
pub(super) struct BuilderImage {
    /// Id of the image: what its name means may change while we use it.
    pub id: String,
    /// The user that buildpacks run as.
    pub owner: Owner,
    /// Version of the platform specification.
    pub api: &'static str,
    /// Names of the image that apps run on, in order of preference.
    pub run_images: Vec<String>,
    /// Absolute folder of the source.
    pub app: String,
    /// Absolute folder of layers.
    pub layers: String,
    /// Absolute folder of what the platform tells buildpacks.
    pub platform: String,
}

/// The label `io.buildpacks.builder.metadata`, as far as it is read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    /// Builders of today.
    images: Vec<RunImage>,
    /// Builders with a stack.
    stack: Stack,
    lifecycle: Lifecycle,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Stack {
    run_image: RunImage,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RunImage {
    image: String,
    mirrors: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Lifecycle {
    apis: Apis,
}

impl BuilderImage {
    /// Reads an image; `wanted` is the platform that the app is for.
    pub fn read(
        name: &str,
        image: ImageInspect,
        wanted: Option<&str>,
    ) -> Result<Self, BuildpackError> {
        let lacks = |what: &'static str| BuildpackError::NotABuilder {
            builder: name.to_owned(),
            what,
        };
        let built = format!(
            "{}/{}",
            image.os.unwrap_or_default(),
            image.architecture.unwrap_or_default()
        );
        if let Some(wanted) = wanted.filter(|wanted| !platform::is(wanted, &built)) {
            let (builder, wanted) = (name.to_owned(), wanted.to_owned());
            return Err(BuildpackError::Platform {
                builder,
                wanted,
                built,
            });
        }
        let config = image.config.unwrap_or_default();
        let (labels, variables) = (
            config.labels.unwrap_or_default(),
            config.env.unwrap_or_default(),
        );
        let metadata = json(&labels, "io.buildpacks.builder.metadata");
        let metadata: Metadata =
            metadata.ok_or_else(|| lacks("label io.buildpacks.builder.metadata"))?;
        let apis = json(&labels, "io.buildpacks.lifecycle.apis").unwrap_or(metadata.lifecycle.apis);
        let variable = |name: &str| {
            let mut pairs = variables.iter().filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(key, value)| *key == name && !value.is_empty())
                .map(|(_, value)| value)
        };
        let number = |name| variable(name).and_then(|value| value.parse().ok());
        let folder = |name, default: &str| variable(name).unwrap_or(default).to_owned();
        let run_images: Vec<String> = metadata
            .images
            .into_iter()
            .chain([metadata.stack.run_image])
            .flat_map(|run| [run.image].into_iter().chain(run.mirrors))
            .filter(|name| !name.is_empty())
            .collect();
        Ok(Self {
            id: image.id.ok_or_else(|| lacks("id"))?,
            owner: Owner {
                user: number("CNB_USER_ID").ok_or_else(|| lacks("number in CNB_USER_ID"))?,
                group: number("CNB_GROUP_ID").ok_or_else(|| lacks("number in CNB_GROUP_ID"))?,
            },
            api: apis.newest().ok_or_else(|| BuildpackError::Api {
                builder: name.to_owned(),
                theirs: apis.versions().collect::<Vec<_>>().join(", "),
                ours: SUPPORTED.join(", "),
            })?,
            run_images,
            app: folder("CNB_APP_DIR", "/workspace"),
            layers: folder("CNB_LAYERS_DIR", "/layers"),
            platform: folder("CNB_PLATFORM_DIR", "/platform"),
        })
    }
}

fn json<T: for<'a> Deserialize<'a>>(labels: &HashMap<String, String>, name: &str) -> Option<T> {
    serde_json::from_str(labels.get(name)?).ok()
}
