//! From a challenge to the `Authorization` that answers it. Rules: distribution's "Token
//! Authentication Specification" and "OAuth 2.0 Token Authentication".

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::{Credential, challenge::Challenge};
use crate::http::{Http, HttpError};

/// Who we say that we are to a token server.
const CLIENT: &str = "scf-action";

/// Why a challenge could not be answered.
pub(super) enum TokenError {
    /// Nobody gave a credential, or the token server refuses it.
    Denied(String),
    /// The token server could not be asked.
    Http(HttpError),
    /// It answered something else.
    Unexpected(String),
}

/// Either name is in use.
#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// The value of `Authorization` that answers a challenge.
pub(super) async fn answer(
    http: &Http,
    challenge: &Challenge,
    credential: Option<&Credential>,
    scope: &str,
) -> Result<HeaderValue, TokenError> {
    let authorization = match challenge {
        Challenge::Basic => {
            let basic = credential.and_then(Credential::basic);
            basic.ok_or_else(|| TokenError::Denied("authentication required".to_owned()))?
        }
        Challenge::Bearer {
            realm,
            service,
            scope: asked,
        } => {
            let scope = asked.as_deref().unwrap_or(scope);
            let request =
                token_request(realm, service.as_deref(), scope, credential).ok_or_else(|| {
                    TokenError::Unexpected(
                        "a token server whose address is no `https://` URL".to_owned(),
                    )
                })?;
            format!(
                "Bearer {}",
                token(http.send(request).await.map_err(TokenError::Http)?)?
            )
        }
    };
    let mut value: HeaderValue = authorization
        .parse()
        .map_err(|_| TokenError::Unexpected("a token that no header can hold".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// `None` if there is no safe address to send a credential to.
fn token_request(
    realm: &str,
    service: Option<&str>,
    scope: &str,
    credential: Option<&Credential>,
) -> Option<Request<Full<Bytes>>> {
    let registry = super::Registry::parse(realm)?;
    // A password in the clear goes no further than this machine.
    if !realm.starts_with("https://") && registry.scheme() != "http" {
        return None;
    }
    let service = service.unwrap_or_default();
    if let Some(Credential::IdentityToken(token)) = credential {
        let form = query(&[
            ("grant_type", "refresh_token"),
            ("service", service),
            ("scope", scope),
            ("client_id", CLIENT),
            ("refresh_token", token.expose_secret()),
        ]);
        let request = Request::builder()
            .method(Method::POST)
            .uri(realm)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        return request.body(Full::new(form.into())).ok();
    }
    let separator = if realm.contains('?') { '&' } else { '?' };
    let address = format!(
        "{realm}{separator}{}",
        query(&[
            ("service", service),
            ("scope", scope),
            ("client_id", CLIENT)
        ])
    );
    let mut request = Request::builder().uri(address);
    if let Some(basic) = credential.and_then(Credential::basic) {
        let mut basic: HeaderValue = basic.parse().ok()?;
        basic.set_sensitive(true);
        request = request.header(AUTHORIZATION, basic);
    }
    request.body(Full::default()).ok()
}

fn token(answer: Response<Bytes>) -> Result<String, TokenError> {
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            return Err(TokenError::Denied(
                "its token server does not accept them".to_owned(),
            ));
        }
        status => {
            return Err(TokenError::Unexpected(format!(
                "{status} at its token server"
            )));
        }
    }
    let read: Option<Token> = serde_json::from_slice(answer.body()).ok();
    let token = read.and_then(
        |Token {
             token,
             access_token,
         }| token.or(access_token),
    );
    token.ok_or_else(|| TokenError::Unexpected("no token at its token server".to_owned()))
}

/// `application/x-www-form-urlencoded`, with every byte escaped that may mean something.
fn query(pairs: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        let bytes = text.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        });
        bytes.collect::<String>()
    };
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}
