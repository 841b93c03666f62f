//! Which process we are, and whether another one still lives.

use std::fs;

use rustix::process::{Pid, test_kill_process};

use crate::state::lease::{Holder, Liveness, ProcessIdentity};

/// The identity of this process.
pub fn own() -> ProcessIdentity {
    let pid = std::process::id();
    ProcessIdentity {
        pid,
        started: stat(pid).map_or(0, |stat| stat.started),
        space: space(),
    }
}

/// Whether the process of this identity runs now. `None`: it is of another machine, boot or
/// container, so its number says nothing here.
pub fn lives(identity: &ProcessIdentity) -> Option<bool> {
    if identity.space != space() || identity.space.is_empty() {
        return None;
    }
    let pid = i32::try_from(identity.pid).ok().and_then(Pid::from_raw)?;
    match test_kill_process(pid) {
        Err(rustix::io::Errno::SRCH) => Some(false),
        // It is there (or may not be signalled by us); the number may have been used again.
        _ => Some(
            stat(identity.pid).is_none_or(|stat| !stat.ended && stat.started == identity.started),
        ),
    }
}

struct Stat {
    /// A zombie: it has ended, but its parent has not asked for its status yet.
    ended: bool,
    /// Clock ticks between boot and its start.
    started: u64,
}

/// Fields 3 (state) and 22 (start time) of `/proc/<pid>/stat` (proc_pid_stat(5)). The second field
/// may hold spaces and parentheses, so fields are counted behind the last one.
fn stat(pid: u32) -> Option<Stat> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ended = matches!(*fields.first()?, "Z" | "X");
    Some(Stat {
        ended,
        started: fields.get(19)?.parse().ok()?,
    })
}

/// Boot id and pid namespace: two processes with the same value share their numbers.
fn space() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    match (boot.trim(), namespace.to_string_lossy()) {
        ("", _) => String::new(),
        (boot, namespace) => format!("{boot} {namespace}"),
    }
}

/// Asks the kernel of this machine.
#[derive(Debug, Clone, Copy)]
pub struct LocalProcesses;

impl Liveness for LocalProcesses {
    fn has_ended(&self, holder: &Holder) -> bool {
        lives(&holder.process) == Some(false)
    }
}
