//! The facts by name, as SCF had them from the git program.

use gix::{Commit, bstr::ByteSlice as _};

use super::{
    describe,
    repository::{Checkout, Unread},
};
use crate::config::variables::value::Resolved;

/// A fact of a checkout.
pub(super) struct Fact {
    pub name: &'static str,
    pub read: fn(&Checkout<'_>) -> Result<Resolved, Unread>,
}

/// All facts.
pub(super) const FACTS: [Fact; 13] = [
    fact("sha1", |it| Ok(Resolved::open(it.short_id()?))),
    fact("commit", |it| {
        Ok(Resolved::open(it.repository.head_id()?.to_string()))
    }),
    fact("branch", branch),
    fact("message", |it| {
        let commit = it.commit()?;
        Ok(text(commit.message_raw()?.trim_end()))
    }),
    fact("messageSubject", |it| {
        Ok(text(&it.commit()?.message()?.summary()))
    }),
    fact("messageBody", |it| {
        let commit = it.commit()?;
        let body = commit.message()?.body;
        Ok(text(body.unwrap_or_default().trim()))
    }),
    fact("user", |it| it.configured("user.name")),
    fact("email", |it| it.configured("user.email")),
    fact("repository", repository),
    fact("tags", tags),
    fact("describe", |it| {
        describe::describe(it, describe::Tags::Annotated)
    }),
    fact("describeLight", |it| {
        describe::describe(it, describe::Tags::All)
    }),
    fact("isDirty", |it| {
        Ok(Resolved::open(it.repository.is_dirty()?))
    }),
];

const fn fact(name: &'static str, read: fn(&Checkout<'_>) -> Result<Resolved, Unread>) -> Fact {
    Fact { name, read }
}

/// Git keeps bytes; the config is text.
fn text(bytes: &[u8]) -> Resolved {
    Resolved::open(bytes.to_str_lossy().into_owned())
}

impl Checkout<'_> {
    pub fn commit(&self) -> Result<Commit<'_>, Unread> {
        Ok(self.repository.head_commit()?)
    }

    /// As many digits as make it unique.
    pub fn short_id(&self) -> Result<String, Unread> {
        Ok(self.repository.head_id()?.shorten_or_id().to_string())
    }

    fn variable(&self, name: &str) -> Option<&str> {
        let value = self.context.environment.get(name)?;
        (!value.is_empty()).then_some(value)
    }

    /// A setting of the repository, else of the user.
    fn configured(&self, key: &'static str) -> Result<Resolved, Unread> {
        if let Some(value) = self.repository.config_snapshot().string(key) {
            return Ok(text(&value));
        }
        let home = |rest: &str| Some(format!("{}/{rest}", self.variable("HOME")?));
        let files = [
            self.variable("GIT_CONFIG_GLOBAL").map(str::to_owned),
            home(".gitconfig"),
            home(".config/git/config"),
        ];
        for file in files.into_iter().flatten() {
            let source = gix::config::Source::User;
            let Ok(file) = gix::config::File::from_path_no_includes(file.into(), source) else {
                continue;
            };
            if let Some(value) = file.string(key) {
                return Ok(text(&value));
            }
        }
        Err(Unread::None(
            format!("git has no `{key}`"),
            "in CI there is none unless a step sets it: give a default",
        ))
    }
}

/// The branch that is checked out; CI checks out commits, and says whose in the environment
/// (GitHub Docs, "Variables": the branch of a pull request, else of a push).
fn branch(checkout: &Checkout<'_>) -> Result<Resolved, Unread> {
    if let Some(name) = checkout.repository.head_name()? {
        return Ok(text(name.shorten()));
    }
    let is_tag = checkout.variable("GITHUB_REF_TYPE") == Some("tag");
    let pushed = checkout.variable("GITHUB_REF_NAME").filter(|_| !is_tag);
    match checkout.variable("GITHUB_HEAD_REF").or(pushed) {
        Some(branch) => Ok(Resolved::open(branch)),
        None => Err(Unread::None(
            "a commit is checked out, not a branch".to_owned(),
            "give a default; on GitHub `GITHUB_HEAD_REF` or `GITHUB_REF_NAME` names the branch",
        )),
    }
}

/// The repository's name on GitHub, else that of its folder, which in CI says nothing.
fn repository(checkout: &Checkout<'_>) -> Result<Resolved, Unread> {
    let hosted = checkout.variable("GITHUB_REPOSITORY");
    if let Some((_, name)) = hosted.and_then(|it| it.rsplit_once('/')) {
        return Ok(Resolved::open(name));
    }
    let folder = checkout.repository.workdir();
    let folder = folder.unwrap_or_else(|| checkout.repository.git_dir());
    let folder = folder.canonicalize()?;
    match folder.file_name() {
        Some(name) => Ok(Resolved::open(name.to_string_lossy().into_owned())),
        None => Err(Unread::None(
            "the repository has no name: it is the root folder".to_owned(),
            "give a default",
        )),
    }
}

/// Tags of the commit, with `::` between them, as SCF joined them; else its short id.
fn tags(checkout: &Checkout<'_>) -> Result<Resolved, Unread> {
    let head = checkout.repository.head_id()?;
    let mut names = Vec::new();
    for tag in checkout.repository.references()?.tags()? {
        let mut tag = tag.map_err(|error| Unread::Git(error.to_string()))?;
        let name = tag.name().shorten().to_str_lossy().into_owned();
        if tag.peel_to_id()? == head {
            names.push(name);
        }
    }
    if names.is_empty() {
        names.push(checkout.short_id()?);
    }
    names.sort();
    Ok(Resolved::open(names.join("::")))
}
