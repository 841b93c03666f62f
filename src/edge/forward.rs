//! A request that the function returns, and the checks that CloudFront makes of it.

use serde::Deserialize;

use super::{
    decision::{Decision, Origin},
    event::{self, Event, MAX_URL, ViewerRequest},
    fields::{Fields, owned},
    host_error::Refusal,
    rules::{self, Access},
};

/// A request, as the function returned it.
#[derive(Deserialize)]
pub(super) struct Request {
    method: String,
    uri: String,
    querystring: Fields,
    headers: Fields,
    cookies: Fields,
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
        if self.uri != viewer.uri || querystring != viewer.querystring {
            self.check_url(&querystring)?;
        }
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
        let is_long = self.uri.len() + querystring.len() >= MAX_URL;
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
