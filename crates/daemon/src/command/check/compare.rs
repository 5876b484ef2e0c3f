//! Two and more routers side by side.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use conf::lint::cluster;
use conf::{Diagnostic, Loaded};

/// One router: its file, and the id that it takes lines of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) path: PathBuf,
    pub(super) id: Option<String>,
}

/// The routers that the command line names: a file for each, and an id for each, for all or for none. One file with
/// several ids is several routers.
pub(super) fn nodes(paths: &[PathBuf], ids: &[String]) -> Result<Vec<Node>, String> {
    let node = |path: &PathBuf, id: Option<&String>| Node {
        path: path.clone(),
        id: id.cloned(),
    };
    match (paths, ids) {
        (paths, [] | [_]) => Ok(paths.iter().map(|path| node(path, ids.first())).collect()),
        ([path], ids) => Ok(ids.iter().map(|id| node(path, Some(id))).collect()),
        (paths, ids) if paths.len() == ids.len() => {
            let both = paths.iter().zip(ids);
            Ok(both.map(|(path, id)| node(path, Some(id))).collect())
        }
        (paths, ids) => Err(format!(
            "{} files and {} times --config-id: give one for each file, one for all, or several for one file",
            paths.len(),
            ids.len()
        )),
    }
}

/// Leaves out what was told already: routers may share a file.
pub(super) fn once(findings: &mut Vec<Diagnostic>) {
    let mut told = BTreeSet::new();
    findings.retain(|found| {
        let place = found
            .span
            .as_ref()
            .map(|span| (span.file().to_owned(), span.line(), span.column()));
        told.insert((found.code.as_str(), found.message.clone(), place))
    });
}

/// What there is to say about all of them together.
pub(super) fn findings(nodes: &[Node], loaded: &[Loaded]) -> Vec<Diagnostic> {
    if nodes.len() < 2 {
        return Vec::new();
    }
    let names = names(nodes);
    let named: Vec<_> = names.iter().map(String::as_str).zip(loaded).collect();
    cluster::compare(&named)
}

/// What the routers are called: the shortest that tells them apart.
fn names(nodes: &[Node]) -> Vec<String> {
    let by_id: Vec<_> = nodes.iter().filter_map(|node| node.id.clone()).collect();
    let by_file = nodes
        .iter()
        .map(|node| text(node.path.file_stem()))
        .collect();
    let by_directory = nodes
        .iter()
        .map(|node| text(node.path.parent().and_then(Path::file_name)))
        .collect();
    let by_path = nodes
        .iter()
        .map(|node| node.path.display().to_string())
        .collect();
    let by_number = (1..=nodes.len())
        .map(|number| format!("router {number}"))
        .collect();
    let all: [Vec<String>; 5] = [by_id, by_file, by_directory, by_path, by_number];
    let tells_apart = |names: &Vec<String>| {
        let different: BTreeSet<_> = names.iter().collect();
        different.len() == nodes.len() && !different.contains(&String::new())
    };
    all.into_iter().find(tells_apart).unwrap_or_default()
}

fn text(name: Option<&OsStr>) -> String {
    name.map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(paths: &[&str], ids: &[&str]) -> Vec<String> {
        let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
        let ids: Vec<_> = ids.iter().map(|id| (*id).to_owned()).collect();
        nodes(&paths, &ids).map_or_else(|sentence| vec![sentence], |nodes| names(&nodes))
    }

    #[test]
    fn names_tell_apart() {
        assert_eq!(called(&["lb1.conf", "lb2.conf"], &[]), ["lb1", "lb2"]);
        assert_eq!(
            called(&["lb1/keepalived.conf", "lb2/keepalived.conf"], &[]),
            ["lb1", "lb2"]
        );
        assert_eq!(
            called(&["a/lb1/k.conf", "b/lb1/k.conf"], &[]),
            ["a/lb1/k.conf", "b/lb1/k.conf"]
        );
        assert_eq!(called(&["k.conf"], &["lb1", "lb2"]), ["lb1", "lb2"]);
        assert_eq!(
            called(&["x.conf", "y.conf"], &["lb1", "lb2"]),
            ["lb1", "lb2"]
        );
        assert_eq!(called(&["x.conf", "y.conf"], &["lb1"]), ["x", "y"]);
        assert_eq!(called(&["k.conf", "k.conf"], &[]), ["router 1", "router 2"]);
        assert!(called(&["a", "b", "c"], &["x", "y"])[0].starts_with("3 files and 2 times"));
    }
}
