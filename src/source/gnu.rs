//! Headers of GNU tar, the format whose long names may hold any bytes.
//!
//! Written by hand, so that every byte follows from the arguments alone and links keep their
//! spelling. Rules: GNU tar's manual, "Basic Tar Format".

use std::io::{self, Read, Write};

use tar::{EntryType, Header};

/// Size of a record, in bytes: headers and contents are padded to it.
const RECORD: u64 = 512;

/// What a header says; all that it does not is the same for every entry.
pub(super) struct Fields<'a> {
    pub entry_type: EntryType,
    pub name: &'a [u8],
    /// Target of a link.
    pub link: &'a [u8],
    pub mode: u32,
    /// In bytes, of the contents that follow.
    pub size: u64,
    pub owner: Owner,
}

/// Whose the entries are; root's unless somebody else has to use them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Owner {
    /// Number of the user.
    pub user: u64,
    /// Number of the group.
    pub group: u64,
}

pub(super) fn header(out: &mut impl Write, fields: &Fields<'_>) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(fields.entry_type);
    header.set_mode(fields.mode);
    header.set_size(fields.size);
    header.set_uid(fields.owner.user);
    header.set_gid(fields.owner.group);
    // Everything belongs to no time.
    header.set_mtime(0);
    let names = header.as_old_mut();
    if fill(&mut names.linkname, fields.link) {
        long(out, EntryType::GNULongLink, fields.link, fields.owner)?;
    }
    if fill(&mut names.name, fields.name) {
        long(out, EntryType::GNULongName, fields.name, fields.owner)?;
    }
    header.set_cksum();
    out.write_all(header.as_bytes())
}

/// Ends the contents of a file of this size.
pub(super) fn pad(out: &mut impl Write, size: u64) -> io::Result<()> {
    zeros(out, size.next_multiple_of(RECORD) - size)
}

/// Ends the tar.
pub(super) fn end(out: &mut impl Write) -> io::Result<()> {
    zeros(out, 2 * RECORD)
}

/// An entry that carries a name too long for the header that follows it.
fn long(out: &mut impl Write, entry_type: EntryType, name: &[u8], owner: Owner) -> io::Result<()> {
    let size = name.len() as u64 + 1;
    let fields = Fields {
        entry_type,
        name: b"././@LongLink",
        link: b"",
        mode: 0o644,
        size,
        owner,
    };
    header(out, &fields)?;
    out.write_all(name)?;
    out.write_all(&[0])?;
    pad(out, size)
}

/// Copies what fits; says whether something did not.
fn fill(field: &mut [u8], bytes: &[u8]) -> bool {
    let fits = bytes.len().min(field.len());
    field[..fits].copy_from_slice(&bytes[..fits]);
    fits < bytes.len()
}

fn zeros(out: &mut impl Write, count: u64) -> io::Result<()> {
    io::copy(&mut io::repeat(0).take(count), out).map(drop)
}
