//! What every failure has: a fact, its class, and often advice.
//!
//! Each module has its own error enum. It implements [`Diagnose`] beside [`std::error::Error`]:
//! the `Display` text is a lowercase fact, [`Diagnose::hint`] is what to do about it, and
//! [`Diagnose::class`] decides the exit code. [`Failure`] carries any of them to `main`.

use std::{error::Error, fmt};

/// Class of a failure. Its number is the exit code of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A defect of ours or a failure of the machine (disk full, killed child).
    Internal = 1,
    /// The config file, a variable or the command line is wrong.
    Config = 2,
    /// Somebody who could allow the operation does not.
    Denied = 3,
    /// An image could not be built.
    Build = 4,
    /// A container did not become healthy; what served before still serves.
    Unhealthy = 5,
    /// The plan that was approved is no longer the plan.
    StalePlan = 6,
    /// Another run holds the lease of the stage.
    Locked = 7,
    /// Something that we need cannot be reached (Docker Engine, network).
    Unavailable = 8,
    /// The run was interrupted by a signal; 128 + SIGINT, as shells have it.
    Cancelled = 130,
}

impl Class {
    /// Exit code of the process for this class.
    pub fn exit_code(self) -> u8 {
        self as u8
    }
}

/// An error that knows its class and, where there is one, its remedy.
pub trait Diagnose: Error + Send + Sync + 'static {
    /// Decides the exit code.
    fn class(&self) -> Class;

    /// What to do about it; one or two sentences, no repetition of the fact.
    fn hint(&self) -> Option<String> {
        None
    }

    /// Longer evidence that is printed above the error: log lines, a source snippet.
    fn detail(&self) -> Option<String> {
        None
    }
}

/// Any [`Diagnose`] on its way to `main`.
#[derive(Debug)]
pub struct Failure(Box<dyn Diagnose>);

/// Result of everything that a command does.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl<E: Diagnose> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl Failure {
    /// Decides the exit code.
    pub fn class(&self) -> Class {
        self.0.class()
    }

    /// The advice of the error, if it has one.
    pub fn hint(&self) -> Option<String> {
        self.0.hint()
    }

    /// The evidence of the error, if it has any.
    pub fn detail(&self) -> Option<String> {
        self.0.detail()
    }

    /// The error itself, if it is of this type.
    pub fn downcast<E: Error + 'static>(&self) -> Option<&E> {
        let error: &(dyn Error + 'static) = &*self.0;
        error.downcast_ref()
    }

    /// The fact followed by its causes, outermost first, without repetitions.
    pub fn chain(&self) -> Vec<String> {
        let mut facts: Vec<String> = vec![self.0.to_string()];
        let mut source = self.0.source();
        while let Some(cause) = source {
            let fact = cause.to_string();
            if !facts.iter().any(|known| known.contains(&fact)) {
                facts.push(fact);
            }
            source = cause.source();
        }
        facts
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chain().join(": "))
    }
}

/// The failure as it is printed: its evidence, its facts, its advice.
pub fn render(failure: &Failure) -> String {
    let detail = failure.detail().map(|detail| format!("{detail}\n"));
    let hint = failure.hint().map(|hint| format!("hint: {hint}\n"));
    format!(
        "{}error: {failure}\n{}",
        detail.unwrap_or_default(),
        hint.unwrap_or_default()
    )
}

/// Prints the failure on standard error.
pub fn print(failure: &Failure) {
    use std::io::Write as _;
    // There is nobody left to tell when standard error is closed.
    let _ = std::io::stderr().write_all(render(failure).as_bytes());
}

/// Prints the failure and gives the exit code of its class.
pub fn exit(failure: &Failure) -> std::process::ExitCode {
    print(failure);
    std::process::ExitCode::from(failure.class().exit_code())
}
