//! What can happen to a repository, chosen at random.

use proptest::{prelude::*, sample::select};

/// One thing that happens in a repository. Paths are relative to the context.
#[derive(Debug, Clone)]
pub enum Event {
    Write {
        path: &'static [u8],
        contents: &'static str,
        executable: bool,
    },
    Link {
        path: &'static [u8],
        target: &'static str,
    },
    Folder(&'static str),
    Remove(&'static [u8]),
    Mode(&'static [u8], bool),
    /// A line of `.gitattributes`.
    Attribute(&'static str),
    /// A line of `.gitignore`.
    GitIgnore(&'static str),
    Config(&'static str, &'static str),
    Commit,
    /// Files are written anew from the last commit, as the attributes and the config now say.
    CheckOut,
    SkipWorktree(&'static [u8]),
    AssumeUnchanged(&'static [u8]),
    Sparse(&'static str),
    Submodule,
}

/// How the result comes to the folder that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    InPlace,
    /// `git worktree add` of the last commit.
    Worktree,
    /// A clone with one commit, and other line endings by the cloner's config.
    ShallowClone {
        crlf: bool,
    },
    /// A copy of the files without `.git`.
    WithoutGit,
    /// In place, with files that belong to somebody else.
    OtherOwner,
}

/// A history and its way out.
#[derive(Debug, Clone)]
pub struct Plan {
    pub events: Vec<Event>,
    pub way: Way,
}

/// All that must have happened at least once in a run.
pub const EVENTS: [&str; 19] = [
    "write",
    "link",
    "folder",
    "remove",
    "mode",
    "attribute",
    "git ignore",
    "config",
    "commit",
    "check out",
    "skip-worktree",
    "assume-unchanged",
    "sparse",
    "submodule",
    "in place",
    "worktree",
    "shallow clone",
    "without git",
    "other owner",
];

impl Plan {
    pub fn events(&self) -> impl Iterator<Item = &'static str> {
        let way = match self.way {
            Way::InPlace => "in place",
            Way::Worktree => "worktree",
            Way::ShallowClone { .. } => "shallow clone",
            Way::WithoutGit => "without git",
            Way::OtherOwner => "other owner",
        };
        self.events.iter().map(name).chain([way])
    }
}

fn name(event: &Event) -> &'static str {
    match event {
        Event::Write { .. } => "write",
        Event::Link { .. } => "link",
        Event::Folder(_) => "folder",
        Event::Remove(_) => "remove",
        Event::Mode(..) => "mode",
        Event::Attribute(_) => "attribute",
        Event::GitIgnore(_) => "git ignore",
        Event::Config(..) => "config",
        Event::Commit => "commit",
        Event::CheckOut => "check out",
        Event::SkipWorktree(_) => "skip-worktree",
        Event::AssumeUnchanged(_) => "assume-unchanged",
        Event::Sparse(_) => "sparse",
        Event::Submodule => "submodule",
    }
}

/// Case twins, names that are not UTF-8, names that attributes and ignore files speak of.
const PATHS: [&[u8]; 9] = [
    b"a.txt",
    b"A.txt",
    b"b.bin",
    b"d/a.txt",
    b"d/deep/b.bin",
    b"e/c",
    b"e/\xc3\xbc",
    b"\xff.txt",
    b"out/built",
];

/// Contents that git may change on its way out, and some that differ by what it changes only.
const CONTENTS: [&str; 8] = [
    "",
    "a\nb\n",
    "a\r\nb\r\n",
    "nop",
    "abc",
    "$Id$\n",
    "$Id: 78981922613b2afb6025042ff6bd878ac1994e85 $\n",
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
];

fn event() -> impl Strategy<Value = Event> {
    let path = || select(&PATHS[..]);
    prop_oneof![
        8 => (path(), select(&CONTENTS[..]), any::<bool>())
            .prop_map(|(path, contents, executable)| Event::Write { path, contents, executable }),
        1 => (path(), select(&["a.txt", "./a.txt", "../.."][..]))
            .prop_map(|(path, target)| Event::Link { path, target }),
        1 => select(&["empty", "e/empty", "d"][..]).prop_map(Event::Folder),
        1 => path().prop_map(Event::Remove),
        1 => (path(), any::<bool>()).prop_map(|(path, run)| Event::Mode(path, run)),
        2 => select(&[
            "* text=auto",
            "*.txt eol=crlf",
            "*.txt text eol=lf",
            "*.txt ident",
            "*.bin filter=rotate",
            "*.txt working-tree-encoding=UTF-16LE",
            "* -text",
            "*.bin filter=lfs diff=lfs merge=lfs -text",
        ][..]).prop_map(Event::Attribute),
        1 => select(&["out/", "*.bin", "!*.bin"][..]).prop_map(Event::GitIgnore),
        1 => select(&[
            ("core.autocrlf", "true"),
            ("core.autocrlf", "input"),
            ("core.eol", "crlf"),
            ("core.fileMode", "false"),
            ("core.ignoreCase", "true"),
            ("core.trustCTime", "false"),
            ("core.checkStat", "minimal"),
            ("index.version", "4"),
            ("filter.rotate.smudge", "tr a-y b-z"),
            ("filter.rotate.clean", "tr b-z a-y"),
        ][..]).prop_map(|(key, value)| Event::Config(key, value)),
        3 => Just(Event::Commit),
        2 => Just(Event::CheckOut),
        1 => path().prop_map(Event::SkipWorktree),
        1 => path().prop_map(Event::AssumeUnchanged),
        1 => select(&["ctx/d", "ctx/e"][..]).prop_map(Event::Sparse),
        1 => Just(Event::Submodule),
    ]
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        2 => Just(Way::InPlace),
        1 => Just(Way::Worktree),
        1 => any::<bool>().prop_map(|crlf| Way::ShallowClone { crlf }),
        1 => Just(Way::WithoutGit),
        1 => Just(Way::OtherOwner),
    ]
}

/// Two plans that are often equal in what they leave: the second is the first with another way,
/// and at most one more event.
pub fn pair() -> impl Strategy<Value = (Plan, Plan)> {
    let events = prop::collection::vec(event(), 2..12);
    let more = prop::option::weighted(0.5, event());
    (events, way(), way(), more).prop_map(|(events, way, other, more)| {
        let first = Plan {
            events: events.clone(),
            way,
        };
        let events = events.into_iter().chain(more).collect();
        (first, Plan { events, way: other })
    })
}
