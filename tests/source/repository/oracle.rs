//! What lies in a folder, read in the plainest way there is.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    os::unix::{ffi::OsStringExt, fs::PermissionsExt},
    path::Path,
};

use camino::Utf8Path;

#[derive(Debug, PartialEq, Eq)]
pub enum Node {
    Folder,
    Link(OsString),
    File { executable: bool, bytes: Vec<u8> },
}

/// All below `folder`, by the bytes of the relative path.
pub fn files(folder: &Utf8Path) -> BTreeMap<Vec<u8>, Node> {
    let mut nodes = BTreeMap::new();
    add(folder.as_std_path(), folder.as_std_path(), &mut nodes);
    nodes
}

fn add(root: &Path, folder: &Path, nodes: &mut BTreeMap<Vec<u8>, Node>) {
    for child in fs::read_dir(folder).unwrap() {
        let path = child.unwrap().path();
        let found = path.symlink_metadata().unwrap();
        let node = if found.is_dir() {
            add(root, &path, nodes);
            Node::Folder
        } else if found.is_symlink() {
            Node::Link(fs::read_link(&path).unwrap().into_os_string())
        } else {
            Node::File {
                executable: found.permissions().mode() & 0o100 != 0,
                bytes: fs::read(&path).unwrap(),
            }
        };
        let relative = path.strip_prefix(root).unwrap().to_owned();
        nodes.insert(relative.into_os_string().into_vec(), node);
    }
}
