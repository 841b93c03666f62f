//! The log of a build, from either builder: lines for `--debug`, and what to show of a failure.
//!
//! BuildKit reports vertices (steps, by digest) and chunks of their output; the classic builder
//! sends one text in which a heading begins each step.

use std::{
    collections::{HashMap, VecDeque},
    mem,
};

use bollard::{
    moby::buildkit::v1::{StatusResponse, Vertex},
    models::{BuildInfo, BuildInfoAux},
};

use super::LOG_TAIL;

/// A line that gets longer than this, in bytes, is cut: output without line breaks must not pile
/// up in memory.
const LONGEST_LINE: usize = 16 * 1024;

/// Key of the classic builder's step.
const CLASSIC: &str = "";

/// How the classic builder's own lines begin, the headings apart.
const CLASSIC_OWN: [&str; 2] = [" --->", "Removing intermediate container "];

/// What BuildKit puts before the reason of a failure.
const WRAPPINGS: [&str; 4] = [
    "failed to solve: ",
    "failed to solve with frontend dockerfile.v0: ",
    "failed to create LLB definition: ",
    "rpc error: code = Unknown desc = ",
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
    steps: HashMap<String, Step>,
    whole: Tail,
    /// Digest and reason of the step that failed.
    failed: Option<(String, String)>,
}

#[derive(Default)]
struct Step {
    heading: Option<String>,
    /// Output after the last line break.
    begun: Vec<u8>,
    tail: Tail,
}

/// The last [`LOG_TAIL`] lines.
#[derive(Default)]
struct Tail(VecDeque<String>);

impl Tail {
    fn push(&mut self, line: &str) {
        if self.0.len() == LOG_TAIL {
            self.0.pop_front();
        }
        self.0.push_back(line.to_owned());
    }
}

impl<'a> Progress<'a> {
    pub fn new(log: &'a (dyn Fn(&str) + Send + Sync)) -> Self {
        Self {
            log,
            steps: HashMap::new(),
            whole: Tail::default(),
            failed: None,
        }
    }

    /// Takes the next message of the engine.
    pub fn take(&mut self, message: BuildInfo) {
        if let Some(text) = message.stream {
            if CLASSIC_OWN.iter().any(|own| text.starts_with(own)) {
                // It does not wait for the step's output to end its last line.
                self.finish();
            }
            self.output(CLASSIC, text.as_bytes());
        }
        if let Some(BuildInfoAux::BuildKit(StatusResponse { vertexes, logs, .. })) = message.aux {
            for vertex in vertexes {
                self.vertex(vertex);
            }
            for chunk in logs {
                self.output(&chunk.vertex, &chunk.msg);
            }
        }
    }

    /// Passes on what came after the last line breaks.
    pub fn finish(&mut self) {
        let begun: Vec<String> = self
            .steps
            .iter()
            .filter(|(_, step)| !step.begun.is_empty())
            .map(|(key, _)| key.clone())
            .collect();
        for key in begun {
            self.output(&key, b"\n");
        }
    }

    /// Sums up; `message` is the reason of the build as a whole.
    pub fn failure(mut self, message: String) -> Failure {
        self.finish();
        let (key, message) = self.failed.unwrap_or((CLASSIC.to_owned(), message));
        let step = self.steps.remove(&key).unwrap_or_default();
        let tail = if step.tail.0.is_empty() {
            self.whole
        } else {
            step.tail
        };
        Failure {
            step: step.heading,
            message: unwrapped(&message).to_owned(),
            log_tail: tail.0.into(),
        }
    }

    fn vertex(&mut self, vertex: Vertex) {
        let step = self.steps.entry(vertex.digest.clone()).or_default();
        if step.heading.is_none() && (vertex.cached || vertex.started.is_some()) {
            let heading = vertex.name.replace('\n', " ");
            let cached = if vertex.cached { "CACHED " } else { "" };
            (self.log)(&format!("{cached}{heading}"));
            step.heading = Some(heading);
        }
        // The others are only cancelled for the sake of the first.
        let cancelled = vertex.error.ends_with("context canceled");
        if !vertex.error.is_empty() && !cancelled && self.failed.is_none() {
            self.failed = Some((vertex.digest, vertex.error));
        }
    }

    fn output(&mut self, key: &str, chunk: &[u8]) {
        let step = self.steps.entry(key.to_owned()).or_default();
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            step.begun.extend_from_slice(piece);
            if !piece.ends_with(b"\n") && step.begun.len() < LONGEST_LINE {
                continue;
            }
            let line = printed(&mem::take(&mut step.begun));
            (self.log)(&line);
            if key == CLASSIC && line.starts_with("Step ") {
                *step = Step {
                    heading: Some(line),
                    ..Step::default()
                };
            } else if !line.is_empty() && !CLASSIC_OWN.iter().any(|own| line.starts_with(own)) {
                step.tail.push(&line);
                self.whole.push(&line);
            }
        }
    }
}

/// A line as a terminal would leave it standing: a progress bar overwrites itself.
fn printed(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches(['\r', '\n']);
    text.rsplit('\r')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}

fn unwrapped(message: &str) -> &str {
    let mut inner = message;
    while let Some(rest) = WRAPPINGS
        .iter()
        .find_map(|wrapping| inner.strip_prefix(wrapping))
    {
        inner = rest;
    }
    inner
}
