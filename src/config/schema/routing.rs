//! `containers.<name>.routing`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Which requests a container gets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Routing {
    /// Paths that it serves: `*` is any run of characters, `?` is one; case matters.
    // The characters and the length are those of path conditions of load balancer rules.
    #[schemars(
        length(max = 128),
        regex(pattern = r"^/[A-Za-z0-9_.$/~'@:+&*?-]*$"),
        example = &"/api/*",
        extend("x-expect" = "a path that begins with `/`: at most 128 letters, digits and _ - . $ / ~ ' @ : + & * ?")
    )]
    pub path_pattern: String,
    /// Host name that it is served under; the stage's own without this.
    #[schemars(
        length(max = 253),
        regex(pattern = r"^(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*$"),
        example = &"api.example.com",
        extend("x-expect" = "a host name such as `api.example.com`, without `https://` and path")
    )]
    pub domain: Option<String>,
    /// Path of the health check; `pathPattern` up to its first wildcard without this.
    #[schemars(
        length(max = 1024),
        regex(pattern = r"^/\S*$"),
        example = &"/health",
        extend("x-expect" = "a path that begins with `/`, such as `/health`")
    )]
    pub path_health_check: Option<String>,
}

impl Routing {
    /// Path of the health check: the one that is set, else the pattern up to its first wildcard,
    /// without a slash at its end (`/api/*` is asked at `/api`, as SCF did).
    pub fn health_check_path(&self) -> String {
        if let Some(path) = &self.path_health_check {
            return path.clone();
        }
        let fixed = self
            .path_pattern
            .split(['*', '?'])
            .next()
            .unwrap_or_default();
        match fixed.trim_end_matches('/') {
            "" => "/".to_owned(),
            path => path.to_owned(),
        }
    }
}
