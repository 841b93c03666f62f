//! What the builder's container is given before it starts: the source, and the variables of the build.

use std::{collections::BTreeMap, io, sync::mpsc};

use bollard::{
    Docker, body_full, body_try_stream, query_parameters::UploadToContainerOptionsBuilder,
};
use futures::TryStreamExt as _;
use tar::EntryType;

use super::{BuildpackError, builder_image::BuilderImage};
use crate::{
    image::{BuildRequest, EngineError},
    source::{Placement, SourceError, tar_stream_into},
};

/// Puts the source where the builder expects it, owned by the user that buildpacks run as.
pub(super) async fn upload_source(
    docker: &Docker,
    container: &str,
    builder: &BuilderImage,
    request: &BuildRequest,
) -> Result<(), BuildpackError> {
    let placement = Placement {
        folder: builder.app.trim_matches('/').to_owned(),
        owner: builder.owner,
    };
    // What went wrong on our side of the stream: the engine would only say that it broke off.
    let (unsent, why_unsent) = mpsc::sync_channel(1);
    let tar = tar_stream_into(&request.source, placement).map_err(move |error| {
        let broken = io::Error::from(error.kind());
        let _ = unsent.try_send(error);
        broken
    });
    let root = UploadToContainerOptionsBuilder::default().path("/").build();
    let sent = docker
        .upload_to_container(container, Some(root), body_try_stream(tar))
        .await;
    match why_unsent
        .try_recv()
        .map(io::Error::downcast::<SourceError>)
    {
        Ok(Ok(source)) => Err(BuildpackError::Source {
            tag: request.tag.clone(),
            source,
        }),
        _ => Ok(sent.map_err(EngineError::other(format!(
            "send the source of {}",
            request.tag
        )))?),
    }
}

/// Gives buildpacks the build's arguments: a file each, as the specification has it ("User-Provided
/// Variables"). They are no environment of the container, whose inspection would show them.
pub(super) async fn upload_variables(
    docker: &Docker,
    container: &str,
    builder: &BuilderImage,
    args: &BTreeMap<String, String>,
) -> Result<(), BuildpackError> {
    let is_name = |name: &str| {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !name.is_empty() && name.chars().all(is_letter)
    };
    if let Some(name) = args.keys().find(|name| !is_name(name)) {
        return Err(BuildpackError::Argument { name: name.clone() });
    }
    let doing = "take the arguments of the build";
    let tar = variables(&builder.platform, args)
        .map_err(|error| EngineError::other(doing)(error.into()))?;
    let root = UploadToContainerOptionsBuilder::default().path("/").build();
    let sent = docker
        .upload_to_container(container, Some(root), body_full(tar.into()))
        .await;
    Ok(sent.map_err(EngineError::other(doing))?)
}

/// The tar of `<platform>/env`; made also when it is empty, for buildpacks may look into it.
fn variables(platform: &str, args: &BTreeMap<String, String>) -> io::Result<Vec<u8>> {
    let folder = format!("{}/env", platform.trim_matches('/'));
    let mut tar = tar::Builder::new(Vec::new());
    append(&mut tar, &format!("{folder}/"), EntryType::Directory, b"")?;
    for (name, value) in args {
        let path = format!("{folder}/{name}");
        append(&mut tar, &path, EntryType::Regular, value.as_bytes())?;
    }
    tar.into_inner()
}

fn append(
    tar: &mut tar::Builder<Vec<u8>>,
    path: &str,
    kind: EntryType,
    contents: &[u8],
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(if kind.is_dir() { 0o755 } else { 0o644 });
    header.set_size(contents.len() as u64);
    tar.append_data(&mut header, path, contents)
}
