//! What the function decided, after the checks that CloudFront makes of its answer.

use secrecy::SecretString;
use serde::Deserialize;

use super::{
    error::Refusal,
    event::{self, Event, ViewerRequest},
    fields::Fields,
    rules::{self, Access},
};

/// What is to be done with a request.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Answer it at the edge.
    Respond {
        /// HTTP status.
        status: u16,
        /// Headers without cookies, names in lower case.
        headers: Vec<(String, String)>,
        /// Values of `Set-Cookie` headers.
        cookies: Vec<String>,
        /// The body, as text.
        body: String,
    },
    /// Send it to an origin.
    Forward {
        /// The path, as sent.
        uri: String,
        /// The query without `?`; as sent, unless the function took something out.
        querystring: String,
        /// Headers for the origin, names in lower case, `cookie` and `x-forwarded-for` included, `host` and what
        /// CloudFront hides from functions (`connection`, `upgrade`, ...) not.
        headers: Vec<(String, String)>,
        /// Where to.
        origin: Origin,
    },
}

/// What the function passed to `updateRequestOrigin()`.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Host name to connect to.
    pub domain: String,
    /// Port to connect to.
    pub port: u16,
    /// How to speak to it.
    pub protocol: Protocol,
    /// `Host` header; [`Self::domain`] when there is none.
    pub host_header: Option<String>,
    /// Further headers. Their values authenticate the edge.
    pub custom_headers: Vec<(String, SecretString)>,
    /// How long to wait for the first byte, and between packets, in seconds.
    pub read_timeout_seconds: u64,
}

/// How an origin is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

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

#[derive(Deserialize)]
pub(super) struct Request {
    method: String,
    uri: String,
    querystring: Fields,
    headers: Fields,
    cookies: Fields,
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
        let cookie = |(name, field): (&str, &super::fields::Field)| {
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

impl Request {
    /// `event` is what the function was given, `viewer` what that was made of.
    pub fn decision(
        &self,
        viewer: &ViewerRequest,
        event: &Event<'_>,
        origin: Option<Origin>,
    ) -> Result<Decision, Refusal> {
        let origin = origin.ok_or(Refusal::NoOrigin)?;
        if self.method != viewer.method {
            return Err(Refusal::Method);
        }
        self.check_headers(&event.request.headers)?;
        if let Some((name, _)) = origin
            .custom_headers
            .iter()
            .find(|(name, _)| self.headers.get(name).is_some())
        {
            return Err(Refusal::CustomHeader(name.clone()));
        }
        let querystring = self.querystring(viewer, event);
        self.check_url(&querystring)?;
        let headers = self.headers(viewer, event);
        Ok(Decision::Forward {
            uri: self.uri.clone(),
            querystring,
            headers,
            origin,
        })
    }

    fn check_headers(&self, before: &Fields) -> Result<(), Refusal> {
        for (name, value) in self.headers.pairs(before) {
            rules::check_form(name, value)?;
            let is_kept = self.headers.get(name) == before.get(name);
            if rules::access(name) == Access::Hidden
                || (rules::access(name) == Access::ReadOnly && !is_kept)
            {
                return Err(Refusal::Header(name.to_owned()));
            }
        }
        let is_removed = |name: &str| {
            rules::access(name) == Access::ReadOnly && self.headers.get(name).is_none()
        };
        match before.iter().find(|(name, _)| is_removed(name)) {
            Some((name, _)) => Err(Refusal::Header(name.to_owned())),
            None => Ok(()),
        }
    }

    fn check_url(&self, querystring: &str) -> Result<(), Refusal> {
        let is_bad = |c: char| c == '#' || c == ' ' || c.is_control();
        let is_long = self.uri.len() + querystring.len() >= 8192;
        if !self.uri.starts_with('/')
            || is_long
            || self.uri.contains(is_bad)
            || querystring.contains(is_bad)
        {
            return Err(Refusal::Url);
        }
        Ok(())
    }

    /// As sent, unless the function changed it.
    fn querystring(&self, viewer: &ViewerRequest, event: &Event<'_>) -> String {
        let before = &event.request.querystring;
        if self.querystring == *before {
            return viewer.querystring.clone();
        }
        let pair = |(name, value): (&str, &str)| match value {
            "" => name.to_owned(),
            _ => format!("{name}={value}"),
        };
        self.querystring
            .pairs(before)
            .map(pair)
            .collect::<Vec<_>>()
            .join("&")
    }

    fn headers(&self, viewer: &ViewerRequest, event: &Event<'_>) -> Vec<(String, String)> {
        let mut headers = owned(self.headers.pairs(&event.request.headers));
        headers.retain(|(name, _)| name != "host" && name != "x-forwarded-for");
        let cookie = if self.cookies == event.request.cookies {
            event::cookie_header(viewer)
        } else {
            let pairs = self.cookies.pairs(&event.request.cookies);
            pairs
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join("; ")
        };
        if !cookie.is_empty() {
            headers.push(("cookie".to_owned(), cookie));
        }
        // CloudFront appends the viewer to what the function leaves of this header.
        let before = self
            .headers
            .get("x-forwarded-for")
            .map_or(Vec::new(), |field| field.values(None));
        let addresses: Vec<_> = before
            .into_iter()
            .chain([viewer.client_ip.as_str()])
            .collect();
        headers.push(("x-forwarded-for".to_owned(), addresses.join(", ")));
        headers
    }
}

fn owned<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
