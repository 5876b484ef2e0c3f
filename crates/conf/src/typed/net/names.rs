//! The names of iproute2: tables, protocols, scopes, realms, DS fields and groups of interfaces.

use std::collections::BTreeMap;
use std::path::Path;

use crate::host::Host;
use crate::schema;
use crate::typed::Builder;
use crate::typed::global::GlobalDraft;
use crate::value::c_unsigned;

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::typed) enum NameKind {
    Table,
    DsField,
    Realm,
    Protocol,
    Group,
    Scope,
}

impl NameKind {
    fn file(self) -> &'static str {
        match self {
            Self::Table => "rt_tables",
            Self::DsField => "rt_dsfield",
            Self::Realm => "rt_realms",
            Self::Protocol => "rt_protos",
            Self::Group => "group",
            Self::Scope => "rt_scopes",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Table => "routing table",
            Self::DsField => "DS field",
            Self::Realm => "realm",
            Self::Protocol => "routing protocol",
            Self::Group => "group of interfaces",
            Self::Scope => "scope",
        }
    }

    fn most(self) -> u32 {
        match self {
            Self::Table => u32::MAX,
            Self::Group => 0x7fff_ffff,
            Self::DsField | Self::Realm | Self::Protocol | Self::Scope => 255,
        }
    }

    /// Names that need no file.
    fn known(self) -> &'static [(u32, &'static str)] {
        match self {
            Self::Table => &[(253, "default"), (254, "main"), (255, "local")],
            Self::Scope => &[
                (0, "global"),
                (255, "nowhere"),
                (254, "host"),
                (253, "link"),
                (200, "site"),
            ],
            Self::Protocol => &[
                (0, "none"),
                (1, "redirect"),
                (2, "kernel"),
                (3, "boot"),
                (4, "static"),
                (8, "gated"),
                (9, "ra"),
                (10, "mrt"),
                (11, "zebra"),
                (12, "bird"),
                (42, "babel"),
                (13, "dnrouted"),
                (14, "xorp"),
                (15, "ntk"),
                (16, "dhcp"),
            ],
            Self::DsField | Self::Realm | Self::Group => &[],
        }
    }
}

/// The names that were asked for so far: a file is read when its first name is.
#[derive(Default)]
pub(in crate::typed) struct Names {
    read: BTreeMap<NameKind, BTreeMap<String, u32>>,
}

impl Builder<'_> {
    /// The number of a name, or a number itself.
    // keepalived: find_entry
    pub(in crate::typed) fn named_number(&mut self, text: &str, kind: NameKind) -> Option<u32> {
        if let Some(number) = c_unsigned(text) {
            let number = u32::try_from(number).ok();
            return number.filter(|number| *number <= kind.most());
        }
        self.names_of(kind).get(text).copied()
    }

    fn names_of(&mut self, kind: NameKind) -> &BTreeMap<String, u32> {
        let (host, (vendor, local)) = (self.host, iproute_directories(&self.global));
        let read = || read(host, kind, vendor, local);
        self.statics.names.read.entry(kind).or_insert_with(read)
    }

    /// The sentence, what is expected, and a hint about a name that there is not.
    pub(in crate::typed) fn not_named(
        &mut self,
        text: &str,
        kind: NameKind,
    ) -> (String, String, String) {
        let (what, file, most) = (kind.what(), kind.file(), kind.most());
        let near = if self.diagnostics.has_room() {
            let names = self.names_of(kind).keys();
            schema::nearest(text, names.map(|name| name.as_str().into()))
                .map(std::borrow::Cow::into_owned)
        } else {
            None
        };
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let (vendor, local) = iproute_directories(&self.global);
                let (vendor, local) = (vendor.display(), local.display());
                format!("names are read from {file} in {local} and {vendor}")
            }
        };
        (
            format!("there is no {what} {text}"),
            format!("0..={most} or a name of {file}"),
            hint,
        )
    }
}

/// Where the distribution's names are, and the administrator's.
fn iproute_directories(global: &GlobalDraft) -> (&Path, &Path) {
    let files = &global.config.files;
    (&files.iproute_vendor, &files.iproute_local)
}

/// The administrator's file hides the distribution's of the same name; those in `.d` add to it.
// keepalived: initialise_list
fn read(host: &dyn Host, kind: NameKind, vendor: &Path, local: &Path) -> BTreeMap<String, u32> {
    let file = kind.file();
    let mut names = Vec::new();
    let main = host
        .text(&local.join(file))
        .or_else(|| host.text(&vendor.join(file)));
    names.extend(main.iter().flat_map(|text| entries(text, kind)));
    let (vendor, local) = (
        vendor.join(format!("{file}.d")),
        local.join(format!("{file}.d")),
    );
    let hidden = host.names_in(&local);
    let parts = host.names_in(&vendor).into_iter();
    let parts = parts.filter(|name| !hidden.contains(name));
    let parts = parts
        .map(|name| vendor.join(name))
        .chain(hidden.iter().map(|name| local.join(name)));
    for path in parts.filter(|path| is_part(path)) {
        let text = host.text(&path);
        names.extend(text.iter().flat_map(|text| entries(text, kind)));
    }
    // A number that the files name anew has lost its usual name.
    let numbers: Vec<u32> = names.iter().map(|(_, number)| *number).collect();
    let known = kind
        .known()
        .iter()
        .filter(|(number, _)| !numbers.contains(number));
    names.extend(known.map(|(number, name)| ((*name).to_owned(), *number)));
    let mut found = BTreeMap::new();
    for (name, number) in names {
        found.entry(name).or_insert(number);
    }
    found
}

/// `NAME.conf`, not hidden.
fn is_part(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let stem = name.and_then(|name| name.strip_suffix(".conf"));
    stem.is_some_and(|stem| !stem.is_empty() && !stem.starts_with('.'))
}

/// `NUMBER NAME`, one a line; what looks otherwise is passed over.
// keepalived: read_file
fn entries(text: &str, kind: NameKind) -> Vec<(String, u32)> {
    let entry = |line: &str| {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_ascii_whitespace();
        let (number, name) = (words.next()?, words.next()?);
        let number = u32::try_from(c_unsigned(number)?).ok()?;
        let fits = words.next().is_none() && number <= kind.most();
        fits.then(|| (name.to_owned(), number))
    };
    text.lines().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;

    fn host(files: &[(&str, &str)]) -> FakeHost {
        let files = files.iter().map(|(p, t)| ((*p).into(), (*t).to_owned()));
        FakeHost {
            files: files.collect(),
            ..FakeHost::default()
        }
    }

    fn tables(host: &FakeHost) -> BTreeMap<String, u32> {
        read(host, NameKind::Table, Path::new("/usr"), Path::new("/etc"))
    }

    #[test]
    fn without_files_the_usual_names_are_known() {
        let names = tables(&FakeHost::default());
        assert_eq!(names.len(), 3);
        assert_eq!(names.get("main"), Some(&254));
    }

    #[test]
    fn local_files_hide_those_of_the_distribution() {
        let names = tables(&host(&[
            ("/usr/rt_tables", "1 hidden\n"),
            (
                "/etc/rt_tables",
                "# comment\n0x10\tsixteen # of us\n010 eight\n1 2 3\nx y\n",
            ),
            ("/usr/rt_tables.d/a.conf", "20 a_hidden\n"),
            ("/etc/rt_tables.d/a.conf", "21 a\n"),
            ("/usr/rt_tables.d/b.conf", "22 b\n22 again\n23 b\n"),
            ("/usr/rt_tables.d/c", "24 c\n"),
            ("/usr/rt_tables.d/.conf", "25 d\n"),
        ]));
        let names: Vec<_> = names.iter().map(|(name, n)| (name.as_str(), *n)).collect();
        let expected = [
            ("a", 21),
            ("again", 22),
            ("b", 22),
            ("default", 253),
            ("eight", 8),
            ("local", 255),
            ("main", 254),
            ("sixteen", 16),
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_number_that_is_named_anew_has_lost_its_usual_name() {
        let names = tables(&host(&[("/usr/rt_tables", "254 haupt\n")]));
        assert_eq!((names.get("haupt"), names.get("main")), (Some(&254), None));
    }
}
