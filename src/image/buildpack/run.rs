//! A build with buildpacks, from the names of images to a labelled one.

use bollard::{
    errors::Error as ApiError,
    query_parameters::{RemoveImageOptions, TagImageOptionsBuilder},
};

use super::{
    BuildpackError, Meaning,
    builder_image::BuilderImage,
    container::Container,
    creation::Creation,
    files, labelled,
    names::{Names, PREVIOUS},
};
use crate::image::{
    BuildError, BuildRequest, Connection, EngineError, ImageId, docker as dockerfile, engine,
    registry::{Reference, pull},
};

/// `ENTRYPOINT` of an image whose buildpacks define nothing to start by default.
const LAUNCHER: &str = "/cnb/lifecycle/launcher";

type Log<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// Builds an image with the buildpacks of `builder` and tags it. Lines of the log go to `log` as they
/// come. Dropping the future ends the build.
///
/// # Errors
/// [`BuildError::Buildpacks`], or that the labels could not be put on the image.
pub async fn build(
    docker: &Connection,
    request: &BuildRequest,
    builder: &str,
    log: Log<'_>,
) -> Result<ImageId, BuildError> {
    // The engine says that it has the source when it has all of it.
    let docker = &docker.clone().with_timeout(dockerfile::ANSWER_BEGINS);
    let names = Names::of(&request.tag);
    let built = create_and_label(docker, request, builder, &names, log).await;
    // Whatever became of it, this name was only for the way.
    let untagged = docker
        .remove_image(&names.exported, None::<RemoveImageOptions>, None)
        .await;
    let id = built?;
    match untagged {
        Ok(_)
        | Err(ApiError::DockerResponseServerError {
            status_code: 404, ..
        }) => {}
        Err(error) => {
            return Err(
                EngineError::other(format!("untag image {}", names.exported))(error).into(),
            );
        }
    }
    let previous = TagImageOptionsBuilder::default()
        .repo(&names.repository)
        .tag(PREVIOUS)
        .build();
    let tagged = docker.tag_image(&request.tag, Some(previous)).await;
    tagged.map_err(EngineError::other(format!("tag image {}", request.tag)))?;
    Ok(id)
}

async fn create_and_label(
    docker: &Connection,
    request: &BuildRequest,
    builder: &str,
    names: &Names,
    log: Log<'_>,
) -> Result<ImageId, BuildError> {
    create(docker, request, builder, names, log).await?;
    let labelled = labelled::request(request, &names.exported);
    dockerfile::build(docker, &labelled, &|_| {}).await
}

/// Has the lifecycle leave the image in the engine, without our labels.
async fn create(
    docker: &Connection,
    request: &BuildRequest,
    builder: &str,
    names: &Names,
    log: Log<'_>,
) -> Result<(), BuildpackError> {
    let wanted = request.source.source.platform.as_deref();
    let name =
        first_available(docker, "builder image", &[builder.to_owned()], request, log).await?;
    let inspected = docker.inspect_image(&name).await;
    let inspected = inspected.map_err(EngineError::other(format!("find image {name}")))?;
    let image = BuilderImage::read(builder, inspected, wanted)?;
    let run_image = first_available(docker, "run image", &image.run_images, request, log).await?;
    let creation = Creation {
        builder: &image,
        run_image: &run_image,
        names,
        labels: &request.labels,
    };
    Container::clear_left(docker, names).await?;
    let mut container = Container::create(docker, &creation).await?;
    files::upload_variables(docker, &container.id, &image, &request.source.source.args).await?;
    files::upload_source(docker, &container.id, &image, request).await?;
    let ended = container.run(builder, log).await?;
    if ended.code != 0 {
        return Err(BuildpackError::Failed {
            tag: request.tag.clone(),
            code: ended.code,
            meaning: Meaning::of(ended.code),
            log_tail: ended.log_tail,
        });
    }
    has_process(docker, request, names).await?;
    container.keep_caches();
    Ok(())
}

/// The first of these images that the engine has; if it has none, the first that can be pulled.
async fn first_available(
    docker: &Connection,
    role: &'static str,
    images: &[String],
    request: &BuildRequest,
    log: Log<'_>,
) -> Result<String, BuildpackError> {
    let references = images.iter().map(|image| image.parse::<Reference>());
    let references = references.collect::<Result<Vec<_>, _>>()?;
    for image in images {
        if engine::exists(docker, image).await?.is_some() {
            return Ok(image.clone());
        }
    }
    let mut refused = Vec::new();
    for (image, reference) in images.iter().zip(references) {
        let credential = request.credentials.get(&reference.registry);
        match pull(docker, &reference, credential, log).await {
            Ok(()) => return Ok(image.clone()),
            Err(error) => refused.push((image.clone(), Box::new(error))),
        }
    }
    Err(match refused.into_iter().next() {
        Some((image, source)) => BuildpackError::Missing {
            role,
            image,
            source,
        },
        None => BuildpackError::Unnamed { role },
    })
}

/// An image without a process to start would fail later, and say less.
async fn has_process(
    docker: &Connection,
    request: &BuildRequest,
    names: &Names,
) -> Result<(), BuildpackError> {
    let image = docker.inspect_image(&names.exported).await;
    let image = image.map_err(EngineError::other(format!(
        "find the new image {}",
        names.exported
    )))?;
    let entrypoint = image
        .config
        .and_then(|config| config.entrypoint)
        .unwrap_or_default();
    if entrypoint == [LAUNCHER] {
        return Err(BuildpackError::NoProcess {
            tag: request.tag.clone(),
        });
    }
    Ok(())
}
