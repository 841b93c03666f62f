//! What the config says of an image: pure.

use super::project::Project;
use crate::{
    config::Container,
    image::{BuildSettings, SecretSource, SshFlag, flags::SecretFlag},
    source::{BuildSource, DockerfileSource},
};

/// The builder image of a source without a Dockerfile that does not name one.
pub const DEFAULT_BUILDER: &str = "heroku/builder:24";

/// What an image is built from. Context and Dockerfile are relative to the container's `src`, which
/// is relative to the config. Flags of `build.options` stand beside the keys: the config was refused
/// if both said the same thing.
pub fn source(project: &Project, container: &Container) -> BuildSource {
    let Container { src, build, .. } = container;
    let flags = &build.options;
    let src = project.identity.folder.join(src);
    let path = build.dockerfile.as_ref().or(flags.file.as_ref());
    let dockerfile = match (&build.docker_file_string, path, &build.builder) {
        (Some(text), _, _) => DockerfileSource::Inline(text.clone()),
        (None, Some(path), _) => DockerfileSource::Path(src.join(path)),
        (None, None, Some(builder)) => DockerfileSource::Buildpacks(builder.clone()),
        (None, None, None) => DockerfileSource::Path(src.join("Dockerfile")),
    };
    // A variable that is not set leaves the argument its default, as `docker build` has it.
    let arguments = flags.args.iter().filter_map(|(name, value)| {
        let value = value.as_ref().or_else(|| project.environment.get(name))?;
        Some((name.clone(), value.clone()))
    });
    BuildSource {
        context: build
            .context
            .as_ref()
            .map_or_else(|| src.clone(), |context| src.join(context)),
        dockerfile,
        args: build.args.clone().into_iter().chain(arguments).collect(),
        labels: flags.labels.clone(),
        target: build.target.clone().or_else(|| flags.target.clone()),
        platform: build.platform.clone().or_else(|| flags.platform.clone()),
        surroundings: flags.surroundings.clone(),
    }
}

/// What to build when there is no Dockerfile where one is looked for by default: the same with
/// buildpacks. `None` if a key of `build` needs a Dockerfile.
pub fn without_dockerfile(source: &BuildSource, container: &Container) -> Option<BuildSource> {
    let by_default = container.build.dockerfile.is_none()
        && container.build.docker_file_string.is_none()
        && container.build.for_dockerfiles().is_empty();
    by_default.then(|| BuildSource {
        dockerfile: DockerfileSource::Buildpacks(DEFAULT_BUILDER.to_owned()),
        ..source.clone()
    })
}

/// How it is built. Paths are relative to the container's `src`.
pub fn settings(project: &Project, container: &Container) -> BuildSettings {
    let Container { src, build, .. } = container;
    let flags = &build.options;
    let src = project.identity.folder.join(src);
    let values = build.secrets.iter();
    let values = values.map(|(id, value)| (id.clone(), SecretSource::Value(value.clone())));
    let flagged = flags.secrets.iter().map(|(id, secret)| {
        let secret = match secret {
            SecretFlag::File(path) => SecretSource::File(src.join(path)),
            SecretFlag::Environment(name) => SecretSource::Environment(name.clone()),
            SecretFlag::Named => SecretSource::Either {
                variable: id.clone(),
                file: src.join(id),
            },
        };
        (id.clone(), secret)
    });
    let ssh = build.ssh.iter().chain(&flags.ssh).map(|flag| SshFlag {
        id: flag.id.clone(),
        paths: flag.paths.iter().map(|path| src.join(path)).collect(),
    });
    BuildSettings {
        manner: flags.manner.clone(),
        secrets: values.chain(flagged).collect(),
        ssh: ssh.collect(),
    }
}
