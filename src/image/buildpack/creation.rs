//! What `creator` is started with. Rules: platform specification, "creator".

use std::collections::BTreeMap;

use bollard::models::{ContainerCreateBody, HostConfig};

use super::{builder_image::BuilderImage, names::Names};
use crate::image::engine;

/// The lifecycle's program for a whole build.
pub(super) const CREATOR: &str = "/cnb/lifecycle/creator";
/// On the builder's container: the repository of the image that it makes.
pub(super) const LABEL: &str = "scf.build";
/// Where the caches are mounted: names that no builder has for anything else.
const CACHE: &str = "/scf-build-cache";
const LAUNCH_CACHE: &str = "/scf-launch-cache";

/// A build, as far as the builder's container has to know it.
pub(super) struct Creation<'a> {
    pub builder: &'a BuilderImage,
    pub run_image: &'a str,
    pub names: &'a Names,
    pub labels: &'a BTreeMap<String, String>,
}

impl Creation<'_> {
    /// The container, in the engine's terms.
    pub fn body(&self) -> ContainerCreateBody {
        let Self {
            builder,
            names,
            labels,
            ..
        } = self;
        let [cache, launch_cache] = &names.caches;
        let mut labels = (*labels).clone();
        labels.insert(LABEL.to_owned(), names.repository.clone());
        let binds = [
            format!("{}:/var/run/docker.sock", engine::socket()),
            format!("{cache}:{CACHE}"),
            format!("{launch_cache}:{LAUNCH_CACHE}"),
        ];
        ContainerCreateBody {
            image: Some(builder.id.clone()),
            entrypoint: Some(vec![CREATOR.to_owned()]),
            cmd: Some(self.arguments()),
            // The lifecycle opens the engine's socket, then becomes the builder's own user.
            user: Some("0:0".to_owned()),
            env: Some(vec![format!("CNB_PLATFORM_API={}", builder.api)]),
            labels: Some(labels.into_iter().collect()),
            host_config: Some(HostConfig {
                binds: Some(binds.into()),
                // A socket of the machine is foreign to SELinux and would be forbidden. Who stopped
                // being root for the buildpacks' sake stays so.
                security_opt: Some(vec![
                    "label=disable".to_owned(),
                    "no-new-privileges=true".to_owned(),
                ]),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        }
    }

    fn arguments(&self) -> Vec<String> {
        let Self {
            builder,
            run_image,
            names,
            ..
        } = self;
        let (user, group) = (
            builder.owner.user.to_string(),
            builder.owner.group.to_string(),
        );
        let flags = [
            ("-app", builder.app.as_str()),
            ("-layers", &builder.layers),
            ("-platform", &builder.platform),
            ("-cache-dir", CACHE),
            ("-launch-cache", LAUNCH_CACHE),
            ("-run-image", run_image),
            ("-previous-image", &names.previous),
            ("-uid", &user),
            ("-gid", &group),
            ("-log-level", "info"),
        ];
        let flags = flags.into_iter().flat_map(|(flag, value)| [flag, value]);
        flags
            .chain(["-daemon", &names.exported])
            .map(str::to_owned)
            .collect()
    }
}
