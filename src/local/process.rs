//! Which process we are, and whether another one still lives.

use std::fs;

use rustix::process::{Pid, test_kill_process};

use crate::state::lease::{Holder, Liveness, ProcessIdentity};

/// The identity of this process.
pub fn own() -> ProcessIdentity {
    let pid = std::process::id();
    ProcessIdentity {
        pid,
        started: started(pid).unwrap_or(0),
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
        _ => Some(started(identity.pid).is_none_or(|started| started == identity.started)),
    }
}

/// Start time in clock ticks since boot: field 22 of `/proc/<pid>/stat` (proc_pid_stat(5)). The
/// second field may hold spaces and parentheses, so fields are counted behind the last one.
fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(19)?
        .parse()
        .ok()
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
