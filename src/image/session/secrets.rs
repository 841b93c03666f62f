//! Secrets for `RUN --mount=type=secret`.

use std::{collections::BTreeMap, env, io};

use bollard::grpc::build::moby::buildkit::secrets::v1::{
    GetSecretRequest, GetSecretResponse, secrets_server,
};
use camino::{Utf8Path, Utf8PathBuf};
use secrecy::{ExposeSecret as _, SecretSlice};
use tonic::{Request, Response, Status};

use crate::{
    error::{Class, Diagnose},
    image::SecretSource,
};

/// The largest secret that BuildKit takes, in bytes (`MaxSecretSize` of its `secretsprovider`).
const LARGEST: usize = 500 * 1024;

/// A secret that cannot be given to a build. Its value is not part of any text.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is not set.
    #[error("the build secret `{id}` is not there: the environment variable {variable} is not set")]
    Unset {
        /// Id of the secret.
        id: String,
        /// Name of the variable.
        variable: String,
    },
    /// The file cannot be read.
    #[error("the build secret `{id}` cannot be read from {file}")]
    Unreadable {
        /// Id of the secret.
        id: String,
        /// Absolute path of the file.
        file: Utf8PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// BuildKit takes no larger ones.
    #[error("the build secret `{id}` is larger than {} KiB", LARGEST / 1024)]
    TooLarge {
        /// Id of the secret.
        id: String,
    },
}

impl Diagnose for SecretError {
    fn class(&self) -> Class {
        match self {
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Class::Denied
            }
            _ => Class::Config,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unset { .. } => {
                "set it where `scf` runs: in a workflow, with `env:` from `secrets`"
            }
            Self::Unreadable { .. } => {
                "`src` of `--secret` is relative to the container's `src`; a value itself goes to \
                 `build.secrets`"
            }
            Self::TooLarge { .. } => {
                "BuildKit takes no larger ones; put what is not secret into the build context"
            }
        };
        Some(hint.to_owned())
    }
}

/// The values, by id.
#[derive(Default)]
pub struct Secrets(BTreeMap<String, SecretSlice<u8>>);

impl Secrets {
    /// Reads all of them. Blocking, for files of at most 500 KiB.
    pub fn read(sources: &BTreeMap<String, SecretSource>) -> Result<Self, SecretError> {
        let values = sources.iter().map(|(id, source)| {
            let value = value(id, source)?;
            if value.expose_secret().len() > LARGEST {
                return Err(SecretError::TooLarge { id: id.clone() });
            }
            Ok((id.clone(), value))
        });
        values.collect::<Result<_, _>>().map(Self)
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &SecretSlice<u8>> {
        self.0.values()
    }
}

fn value(id: &str, source: &SecretSource) -> Result<SecretSlice<u8>, SecretError> {
    match source {
        SecretSource::Value(value) => Ok(value.expose_secret().as_bytes().to_vec().into()),
        SecretSource::File(file) => file_value(id, file),
        SecretSource::Environment(variable) => {
            variable_value(variable).ok_or_else(|| SecretError::Unset {
                id: id.to_owned(),
                variable: variable.clone(),
            })
        }
        SecretSource::Either { variable, file } => match variable_value(variable) {
            Some(value) => Ok(value),
            None => file_value(id, file),
        },
    }
}

fn variable_value(name: &str) -> Option<SecretSlice<u8>> {
    Some(env::var_os(name)?.into_encoded_bytes().into())
}

fn file_value(id: &str, file: &Utf8Path) -> Result<SecretSlice<u8>, SecretError> {
    let read = std::fs::read(file).map_err(|source| SecretError::Unreadable {
        id: id.to_owned(),
        file: file.to_owned(),
        source,
    });
    Ok(read?.into())
}

#[tonic::async_trait]
impl secrets_server::Secrets for Secrets {
    /// BuildKit takes `NOT_FOUND` for "no such secret", which is an error of its own only where
    /// the Dockerfile says `required`.
    async fn get_secret(
        &self,
        request: Request<GetSecretRequest>,
    ) -> Result<Response<GetSecretResponse>, Status> {
        match self.0.get(&request.get_ref().id) {
            Some(value) => Ok(Response::new(GetSecretResponse {
                data: value.expose_secret().to_vec(),
            })),
            None => Err(Status::not_found("no such secret")),
        }
    }
}
