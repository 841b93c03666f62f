//! The log of a build, from either builder: lines for `--debug`, and what to show of a failure.
//!
//! BuildKit reports vertices (steps, by digest) and pieces of their output; the classic builder
//! sends one text in which a heading begins each step.

use std::{collections::HashMap, mem};

use bollard::{
    moby::buildkit::v1::{StatusResponse, Vertex},
    models::{BuildInfo, BuildInfoAux},
};

use super::{
    lines::{Lines, Tail},
    mask::Masks,
};

/// Key of the classic builder's step.
const CLASSIC: &str = "";

/// How the classic builder's own lines begin, the headings apart.
const CLASSIC_OWN: [&str; 2] = [" --->", "Removing intermediate container "];

/// How the heading of BuildKit's reading of a cache begins.
const CACHE_IMPORT: &str = "importing cache manifest from ";

/// What BuildKit puts before the reason of a failure.
const WRAPPINGS: [&str; 5] = [
    "failed to solve: ",
    "failed to solve with frontend dockerfile.v0: ",
    "failed to create LLB definition: ",
    "rpc error: code = Unknown desc = ",
    "rpc error: code = NotFound desc = ",
];

/// What to show of a failed build.
#[derive(Debug)]
pub(super) struct Failure {
    /// Heading of the step that failed, if it was in one.
    pub step: Option<String>,
    /// The builder's reason.
    pub message: String,
    /// Last lines of that step, or of the whole log when the step has none.
    pub log_tail: Vec<String>,
}

/// What was seen of a build so far.
pub(super) struct Progress<'a> {
    log: &'a (dyn Fn(&str) + Send + Sync),
    masks: Masks,
    steps: HashMap<String, Step>,
    whole: Tail,
    /// Digest and reason of the step that failed.
    failed: Option<(String, String)>,
}

#[derive(Default)]
struct Step {
    heading: Option<String>,
    output: Lines,
    tail: Tail,
}

impl<'a> Progress<'a> {
    pub fn new(log: &'a (dyn Fn(&str) + Send + Sync), masks: Masks) -> Self {
        Self {
            log,
            masks,
            steps: HashMap::new(),
            whole: Tail::default(),
            failed: None,
        }
    }

    /// Takes the next message of the engine.
    pub fn take(&mut self, message: BuildInfo) {
        if let Some(text) = message.stream {
            if own(&text) {
                // It does not wait for the step's output to end its last line.
                self.finish();
            }
            self.output(CLASSIC, text.as_bytes());
        }
        if let Some(BuildInfoAux::BuildKit(StatusResponse { vertexes, logs, .. })) = message.aux {
            for vertex in vertexes {
                self.vertex(vertex);
            }
            for piece in logs {
                self.output(&piece.vertex, &piece.msg);
            }
        }
    }

    /// Passes on what came after the last line breaks.
    pub fn finish(&mut self) {
        let Self {
            log,
            masks,
            steps,
            whole,
            ..
        } = self;
        for step in steps.values_mut() {
            if let Some(line) = step.output.end(masks) {
                log(&line);
                step.tail.push(&line);
                whole.push(&line);
            }
        }
    }

    /// Sums up; `message` is the reason of the build as a whole.
    pub fn failure(&mut self, message: String) -> Failure {
        self.finish();
        let failed = self.failed.take();
        let (key, message) = failed.unwrap_or((CLASSIC.to_owned(), message));
        let step = self.steps.remove(&key).unwrap_or_default();
        let tail = if step.tail.is_empty() {
            mem::take(&mut self.whole)
        } else {
            step.tail
        };
        Failure {
            step: step.heading,
            message: self.masks.masked(unwrapped(&message).to_owned()),
            log_tail: tail.into(),
        }
    }

    fn vertex(&mut self, vertex: Vertex) {
        let step = self.steps.entry(vertex.digest.clone()).or_default();
        if step.heading.is_none() && (vertex.cached || vertex.started.is_some()) {
            let heading = self.masks.masked(vertex.name.replace('\n', " "));
            let cached = if vertex.cached { "CACHED " } else { "" };
            (self.log)(&format!("{cached}{heading}"));
            step.heading = Some(heading);
        }
        // The others are only cancelled for the sake of the first, and a cache may be missing.
        let cancelled = vertex.error.ends_with("context canceled");
        let is_cache = vertex.name.starts_with(CACHE_IMPORT);
        if is_cache && !vertex.error.is_empty() {
            (self.log)(&format!(
                "warning: the build cache is not used: {}",
                unwrapped(&vertex.error)
            ));
        } else if !vertex.error.is_empty() && !cancelled && self.failed.is_none() {
            self.failed = Some((vertex.digest, vertex.error));
        }
    }

    fn output(&mut self, key: &str, piece: &[u8]) {
        let step = self.steps.entry(key.to_owned()).or_default();
        for line in step.output.take(piece, &self.masks) {
            (self.log)(&line);
            if key == CLASSIC && line.starts_with("Step ") {
                step.heading = Some(line);
                step.tail = Tail::default();
            } else if !line.is_empty() && (key != CLASSIC || !own(&line)) {
                step.tail.push(&line);
                self.whole.push(&line);
            }
        }
    }
}

/// Is it a line of the classic builder itself?
fn own(line: &str) -> bool {
    CLASSIC_OWN.iter().any(|own| line.starts_with(own))
}

fn unwrapped(message: &str) -> &str {
    let inner = WRAPPINGS
        .iter()
        .find_map(|wrapping| message.strip_prefix(wrapping));
    inner.map_or(message, unwrapped)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Mutex;

    use bollard::moby::buildkit::v1::VertexLog;

    use super::*;

    fn vertex(digest: &str, error: &str) -> Vertex {
        Vertex {
            digest: digest.to_owned(),
            name: format!("[{digest}] RUN it"),
            cached: true,
            error: error.to_owned(),
            ..Vertex::default()
        }
    }

    fn output(vertex: &str, msg: &str) -> VertexLog {
        VertexLog {
            vertex: vertex.to_owned(),
            msg: msg.into(),
            ..VertexLog::default()
        }
    }

    fn status(vertexes: Vec<Vertex>, logs: Vec<VertexLog>) -> BuildInfo {
        let status = StatusResponse {
            vertexes,
            logs,
            ..StatusResponse::default()
        };
        BuildInfo {
            aux: Some(BuildInfoAux::BuildKit(status)),
            ..BuildInfo::default()
        }
    }

    fn classic(text: &str) -> BuildInfo {
        BuildInfo {
            stream: Some(text.to_owned()),
            ..BuildInfo::default()
        }
    }

    #[test]
    fn of_parallel_steps_the_failed_one_is_shown() {
        let log = Mutex::new(Vec::new());
        let write = |line: &str| log.lock().unwrap().push(line.to_owned());
        let mut progress = Progress::new(&write, Masks::default());
        progress.take(status(vec![vertex("a", ""), vertex("b", "")], Vec::new()));
        progress.take(status(
            Vec::new(),
            vec![output("a", "from a\nand"), output("b", "from b\n")],
        ));
        progress.take(status(Vec::new(), vec![output("a", " so on")]));
        progress.take(status(
            vec![vertex("b", "rpc error: context canceled")],
            Vec::new(),
        ));
        progress.take(status(vec![vertex("a", "exit code: 1")], Vec::new()));
        let failure = progress.failure("failed to solve: exit code: 1".to_owned());
        assert_eq!(failure.step.as_deref(), Some("[a] RUN it"));
        assert_eq!(failure.message, "exit code: 1");
        assert_eq!(failure.log_tail, ["from a", "and so on"]);
        let log = log.into_inner().unwrap();
        let headings = ["CACHED [a] RUN it", "CACHED [b] RUN it"];
        assert_eq!(log[..2], headings);
        assert_eq!(log[2..], ["from a", "from b", "and so on"]);
    }

    #[test]
    fn a_classic_step_begins_with_its_heading() {
        let mut progress = Progress::new(&|_| {}, Masks::default());
        let pieces = [
            "Step 1/2 : RUN a\n",
            "out of a\nSt",
            "ep 2/2 : RUN b\nno end",
        ];
        for piece in pieces.into_iter().chain([" ---> Running in 0\n"]) {
            progress.take(classic(piece));
        }
        let failure = progress.failure("b failed".to_owned());
        assert_eq!(failure.step.as_deref(), Some("Step 2/2 : RUN b"));
        assert_eq!(failure.log_tail, ["no end"]);
    }

    #[test]
    fn without_a_step_the_whole_log_is_shown() {
        let mut progress = Progress::new(&|_| {}, Masks::default());
        progress.take(status(vec![vertex("a", "")], vec![output("a", "from a\n")]));
        let failure = progress.failure("failed to solve: no space left".to_owned());
        assert_eq!(
            (failure.step, failure.message.as_str()),
            (None, "no space left")
        );
        assert_eq!(failure.log_tail, ["from a"]);
    }
}
