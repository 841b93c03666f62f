//! Credentials of registries. The engine fetches tokens with them by itself.

use std::collections::HashMap;

use bollard::{
    auth::DockerCredentials,
    grpc::build::moby::filesync::v1::{
        CredentialsRequest, CredentialsResponse, FetchTokenRequest, FetchTokenResponse,
        GetTokenAuthorityRequest, GetTokenAuthorityResponse, VerifyTokenAuthorityRequest,
        VerifyTokenAuthorityResponse, auth_server,
    },
};
use tonic::{Request, Response, Status};

/// Credentials by the host of the registry; those of Docker Hub are asked for as
/// `registry-1.docker.io`.
pub(super) struct Auth(pub HashMap<String, DockerCredentials>);

#[tonic::async_trait]
impl auth_server::Auth for Auth {
    /// Empty ones stand for none (`CredentialsFunc` of BuildKit).
    async fn credentials(
        &self,
        request: Request<CredentialsRequest>,
    ) -> Result<Response<CredentialsResponse>, Status> {
        let known = self.0.get(&request.get_ref().host);
        let response = known.map(|known| match &known.identitytoken {
            Some(token) => CredentialsResponse {
                username: String::new(),
                secret: token.clone(),
            },
            None => CredentialsResponse {
                username: known.username.clone().unwrap_or_default(),
                secret: known.password.clone().unwrap_or_default(),
            },
        });
        Ok(Response::new(response.unwrap_or_default()))
    }

    async fn fetch_token(
        &self,
        _: Request<FetchTokenRequest>,
    ) -> Result<Response<FetchTokenResponse>, Status> {
        Err(Status::unimplemented("the engine fetches tokens"))
    }

    async fn get_token_authority(
        &self,
        _: Request<GetTokenAuthorityRequest>,
    ) -> Result<Response<GetTokenAuthorityResponse>, Status> {
        Err(Status::unimplemented("the engine fetches tokens"))
    }

    async fn verify_token_authority(
        &self,
        _: Request<VerifyTokenAuthorityRequest>,
    ) -> Result<Response<VerifyTokenAuthorityResponse>, Status> {
        Err(Status::unimplemented("the engine fetches tokens"))
    }
}
