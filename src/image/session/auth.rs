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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashMap;

    use bollard::auth::DockerCredentials;
    use tonic::Request;

    use super::{Auth, CredentialsRequest, auth_server::Auth as _};

    fn given(
        username: Option<&str>,
        password: Option<&str>,
        token: Option<&str>,
    ) -> DockerCredentials {
        DockerCredentials {
            username: username.map(str::to_owned),
            password: password.map(str::to_owned),
            identitytoken: token.map(str::to_owned),
            ..DockerCredentials::default()
        }
    }

    #[tokio::test]
    async fn each_registry_has_its_own_credentials() {
        let auth = Auth(HashMap::from([
            ("a.test".to_owned(), given(Some("user"), Some("word"), None)),
            ("b.test".to_owned(), given(None, None, Some("token"))),
        ]));
        let cases = [
            ("a.test", ("user", "word")),
            ("b.test", ("", "token")),
            ("c.test", ("", "")),
        ];
        for (host, (username, secret)) in cases {
            let host = host.to_owned();
            let answer = auth
                .credentials(Request::new(CredentialsRequest { host }))
                .await;
            let answer = answer.unwrap().into_inner();
            assert_eq!(
                (answer.username.as_str(), answer.secret.as_str()),
                (username, secret)
            );
        }
    }
}
