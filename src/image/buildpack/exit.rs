//! What the exit code of `creator` means. Rules: platform specification, the tables "Exit Code" of each
//! phase.

/// What happened, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// The fact, to be put behind the name of an image.
    pub fact: &'static str,
    /// Advice; empty if the log is all that there is.
    pub advice: &'static str,
}

const GENERIC: Meaning = Meaning {
    fact: "the lifecycle failed",
    advice: LOG,
};
const LOG: &str = "the log above says why; `--debug` shows all of it";
const OTHER_BUILDER: &str = "use a newer builder (`build.builder`)";

impl Meaning {
    /// Of an exit code that is not 0.
    pub fn of(code: i64) -> Self {
        let (fact, advice) = match code {
            11 => (
                "the lifecycle does not follow the platform API that its builder promises",
                OTHER_BUILDER,
            ),
            12 => (
                "a buildpack needs a Buildpack API that the lifecycle does not have",
                OTHER_BUILDER,
            ),
            1..=19 => return GENERIC,
            20 => (
                "no buildpack of the builder recognises the source",
                "add the file that its language is recognised by (package.json, requirements.txt, go.mod), name another builder (`build.builder`), or write a Dockerfile; check that `.dockerignore` does not leave the file out",
            ),
            21 => (
                "no buildpack recognises the source, and one of them failed while it looked",
                LOG,
            ),
            22..=29 => ("detection failed", LOG),
            30..=39 => (
                "the analysis of the previous image and the run image failed",
                LOG,
            ),
            40..=49 => (
                "layers of the last build could not be restored",
                "remove the build cache (`docker volume rm`) if it stays so; its name begins with that of the image",
            ),
            51 => (
                "a buildpack failed",
                "the log above is that buildpack's; `--debug` shows all of it",
            ),
            50 | 52..=59 => ("the build phase failed", LOG),
            60..=69 => (
                "the image could not be exported to the engine",
                "check that the engine has room on its disk",
            ),
            137 => (
                "the build was killed",
                "give the engine's machine more memory if nobody stopped it",
            ),
            _ => (
                "the builder ended with a code that the platform specification does not have",
                LOG,
            ),
        };
        Self { fact, advice }
    }
}
