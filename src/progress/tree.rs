//! A live tree: each resource with its steps and their times.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{Style, ending, seconds};
use crate::{
    apply::{Observer, Progress},
    local::Log,
    plan::StepId,
    state::v1::Event,
};

const TICK: Duration = Duration::from_millis(100);

/// Draws on standard error.
#[derive(Debug)]
pub struct Tree {
    bars: MultiProgress,
    style: Style,
    lines: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    /// The last line of each resource: its next step comes below.
    last: BTreeMap<String, ProgressBar>,
    steps: BTreeMap<StepId, ProgressBar>,
}

impl Tree {
    /// Draws in this style.
    pub fn new(style: Style) -> Self {
        Self {
            bars: MultiProgress::new(),
            style,
            lines: Mutex::default(),
        }
    }

    fn add(&self, step: &StepId, does: &str) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let (resource, _) = step.as_str().split_once('/').unwrap_or((step.as_str(), ""));
        let above = lines.last.get(resource).cloned().unwrap_or_else(|| {
            let heading = self.bars.add(ProgressBar::new_spinner());
            heading.set_style(template("{msg}"));
            heading.finish_with_message(resource.to_owned());
            heading
        });
        let bar = self.bars.insert_after(&above, ProgressBar::new_spinner());
        bar.set_style(template("  {spinner} {msg} {elapsed}"));
        bar.set_message(does.to_owned());
        bar.enable_steady_tick(TICK);
        lines.last.insert(resource.to_owned(), bar.clone());
        lines.steps.insert(step.clone(), bar);
    }

    fn end(&self, step: &StepId, event: &Event, took: Duration) {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bar) = lines.steps.get(step) else {
            return;
        };
        let (sign, word) = ending(event);
        let colour = match (self.style.colour, event) {
            (true, Event::Succeeded) => ":.green",
            (true, Event::Failed { .. }) => ":.red",
            (true, _) => ":.yellow",
            (false, _) => "",
        };
        bar.set_style(template(&format!("  {{prefix{colour}}} {{msg}}")));
        bar.set_prefix(sign);
        let does = bar.message();
        let words = if *event == Event::Succeeded {
            String::new()
        } else {
            format!(" {word}")
        };
        bar.finish_with_message(format!("{does}{words} {}", seconds(took)));
    }
}

fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Observer for Tree {
    fn progress(&self, progress: &Progress<'_>) {
        match progress {
            Progress::Started { step, does } => self.add(step, does),
            Progress::Ended {
                step,
                event: event @ Event::Skipped { .. },
                took,
            } => {
                self.add(step, step.as_str().rsplit('/').next().unwrap_or_default());
                self.end(step, event, *took);
            }
            Progress::Ended { step, event, took } => self.end(step, event, *took),
            Progress::Stopping { because } => {
                let _ = self
                    .bars
                    .println(format!("stopping: {because}; what runs is given a moment"));
            }
            Progress::Recorded(_) => {}
        }
    }
}

impl Log for Tree {
    fn line(&self, _from: &str, _line: &str) {}

    fn warning(&self, from: &str, text: &str) {
        let _ = self.bars.println(format!("warning: {from}: {text}"));
    }
}
