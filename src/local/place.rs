//! Where this program runs: on the machine of the engine, or in one of the engine's containers.
//!
//! In a container, with nothing but the engine's socket, published loopback ports are out of reach
//! and a bind mount would name a path of another machine. So we join the stage's network and talk
//! to the tasks by their addresses there; on the machine itself the bridge is reachable anyway.

use std::fs;

use bollard::Docker;

use super::EngineError;

/// Where we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On the engine's machine, or in its network namespace.
    Machine,
    /// In a container of the engine, with a network of its own.
    Container {
        /// Our id.
        id: String,
    },
}

impl Place {
    /// Finds out.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn find(docker: &Docker) -> Result<Self, EngineError> {
        let Some(id) = own_container_id() else {
            return Ok(Self::Machine);
        };
        match docker.inspect_container(&id, None).await {
            Ok(own) => {
                let mode = own.host_config.and_then(|host| host.network_mode);
                let shares = mode.as_deref() == Some("host");
                Ok(if shares {
                    Self::Machine
                } else {
                    Self::Container { id }
                })
            }
            // A container of another engine (docker in docker): its network is not ours.
            Err(bollard::errors::Error::DockerResponseServerError {
                status_code: 404, ..
            }) => Ok(Self::Machine),
            Err(error) => Err(EngineError::other("inspect our own container")(error)),
        }
    }
}

/// The engine mounts `/etc/hostname` from `.../containers/<id>/hostname`: mountinfo shows it with
/// every version of cgroups, whatever the host name was set to.
fn own_container_id() -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    container_id(&mounts)
}

fn container_id(mountinfo: &str) -> Option<String> {
    let is_id = |word: &&str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    mountinfo
        .lines()
        .filter(|line| line.contains(" /etc/hostname "))
        .find_map(|line| line.split('/').find(is_id).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::container_id;

    #[test]
    fn the_id_is_read_from_the_mount_of_the_host_name() {
        let id = "8f3a".repeat(16);
        let line = format!(
            "842 830 254:0 /var/lib/docker/containers/{id}/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw"
        );
        assert_eq!(container_id(&line), Some(id));
        assert_eq!(container_id("1 2 254:0 / / rw - ext4 /dev/vda rw"), None);
    }
}
