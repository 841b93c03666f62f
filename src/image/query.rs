//! Parameters of `POST /build`, by their names in the Engine API (`ImageBuild`). The client library
//! knows fewer, and no sizes beyond 2 GiB.

use std::collections::BTreeMap;

use form_urlencoded::Serializer;
use serde_json::json;

use super::{BuildRequest, builder::Chosen, flags::Limits};

/// The argument that asks BuildKit for an inline cache; it is none of the Dockerfile's.
const INLINE_CACHE: &str = "BUILDKIT_INLINE_CACHE";

/// The query of a build; `session` is the id of its session.
pub(super) fn of(request: &BuildRequest, builder: Chosen, session: Option<&str>) -> String {
    let source = &request.source.source;
    let manner = &request.settings.manner;
    let mut args = source.args.clone();
    let caches = builder == Chosen::BuildKit && request.cache.is_some();
    if manner.inline_cache || caches {
        args.insert(INLINE_CACHE.to_owned(), "1".to_owned());
    }
    let mut labels = source.labels.clone();
    labels.extend(request.labels.clone());
    let mut query = Query(Serializer::new(String::new()));
    query.text("t", Some(&request.tag));
    query.text("dockerfile", Some(&request.source.dockerfile));
    query.text("version", Some(builder.parameter()));
    query.text("session", session);
    query.text("target", source.target.as_deref());
    query.text("platform", source.platform.as_deref());
    query.map("buildargs", &args);
    query.map("labels", &labels);
    query.text("networkmode", source.surroundings.network.as_deref());
    for host in &source.surroundings.hosts {
        query.text("extrahosts", Some(host));
    }
    query.truth("squash", source.surroundings.squash);
    query.truth("nocache", manner.no_cache);
    query.truth("pull", manner.pull);
    // Containers of steps are ours to remove: nobody looks into them.
    let keeps = manner.remove == Some(false) && manner.force_remove != Some(true);
    query.number("rm", Some(i64::from(!keeps)));
    query.truth("forcerm", manner.force_remove.unwrap_or(!keeps));
    let cache = request.cache.iter().map(ToString::to_string);
    let cache_from: Vec<String> = cache.chain(manner.cache_from.iter().cloned()).collect();
    if !cache_from.is_empty() {
        query.text("cachefrom", Some(&json!(cache_from).to_string()));
    }
    query.limits(&manner.limits);
    query.0.finish()
}

struct Query(Serializer<'static, String>);

impl Query {
    fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.0.append_pair(name, value);
        }
    }

    fn number(&mut self, name: &str, value: Option<i64>) {
        self.text(name, value.map(|value| value.to_string()).as_deref());
    }

    fn truth(&mut self, name: &str, value: bool) {
        self.number(name, value.then_some(1));
    }

    fn map(&mut self, name: &str, map: &BTreeMap<String, String>) {
        self.text(name, Some(&json!(map).to_string()));
    }

    fn limits(&mut self, limits: &Limits) {
        let Limits {
            shm_size,
            ulimits,
            cgroup_parent,
            memory,
            memory_swap,
            cpu_shares,
            cpu_period,
            cpu_quota,
            cpuset_cpus,
            cpuset_mems,
        } = limits;
        self.number("shmsize", *shm_size);
        if !ulimits.is_empty() {
            self.text("ulimits", Some(&json!(ulimits).to_string()));
        }
        self.text("cgroupparent", cgroup_parent.as_deref());
        self.number("memory", *memory);
        self.number("memswap", *memory_swap);
        self.number("cpushares", *cpu_shares);
        self.number("cpuperiod", *cpu_period);
        self.number("cpuquota", *cpu_quota);
        self.text("cpusetcpus", cpuset_cpus.as_deref());
        self.text("cpusetmems", cpuset_mems.as_deref());
    }
}
