//! The function's answer, and the checks that CloudFront makes of a response.

use serde::Deserialize;

use super::{
    decision::Decision,
    fields::{Field, Fields, owned},
    forward::Request,
    host_error::Refusal,
    rules::{self, Access},
};

/// A request or a response, as the function returned it.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Response(Response),
    Request(Request),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Response {
    status_code: u16,
    #[serde(default)]
    headers: Fields,
    #[serde(default)]
    cookies: Fields,
    #[serde(default)]
    body: Body,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Body {
    Text(String),
    Encoded { encoding: String, data: String },
}

impl Default for Body {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Response {
    pub fn decision(self) -> Result<Decision, Refusal> {
        if !(100..600).contains(&self.status_code) {
            return Err(Refusal::Response("status"));
        }
        let body = match self.body {
            Body::Text(data) => data,
            Body::Encoded { encoding, data } if encoding == "text" => data,
            Body::Encoded { .. } => return Err(Refusal::Response("body encoding")),
        };
        let none = Fields::default();
        for (name, value) in self.headers.pairs(&none) {
            rules::check_form(name, value)?;
            if rules::access(name) != Access::Free {
                return Err(Refusal::Header(name.to_owned()));
            }
        }
        let cookie = |(name, field): (&str, &Field)| {
            let attributes = if field.attributes.is_empty() {
                ""
            } else {
                "; "
            };
            format!(
                "{name}={}{attributes}{}",
                field.values(None).concat(),
                field.attributes
            )
        };
        let cookies: Vec<_> = self.cookies.iter().map(cookie).collect();
        for value in &cookies {
            rules::check_form("set-cookie", value)?;
        }
        Ok(Decision::Respond {
            status: self.status_code,
            headers: owned(self.headers.pairs(&none)),
            cookies,
            body,
        })
    }
}
