//! This executable, to be started again.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// The option that makes a process a role. Internal: the first word, and never documented for users.
pub(crate) const ROLE_OPTION: &str = "--role";

/// How this process was started.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// `argv[0]`, which exporters and process checks match, in the roles as well.
    name: OsString,
    arguments: Vec<OsString>,
}

impl Program {
    /// From the words of the command line, the name first.
    pub(crate) fn new(mut words: impl Iterator<Item = OsString>) -> Self {
        let name = words.next().unwrap_or_else(|| "keepalived".into());
        Self {
            name,
            arguments: words.collect(),
        }
    }

    /// The words behind the name.
    pub(crate) fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// The base name it was called by.
    pub(crate) fn applet(&self) -> OsString {
        std::path::Path::new(&self.name)
            .file_name()
            .unwrap_or_default()
            .to_owned()
    }

    /// A command that runs it in a role. The words of the command line follow for who reads `ps`: the role
    /// gets its options from the supervisor.
    pub(crate) fn role(&self, role: &str) -> Command {
        // Not the path: the file there may be of another version since an upgrade.
        let mut command = Command::new("/proc/self/exe");
        command
            .arg0(&self.name)
            .arg(ROLE_OPTION)
            .arg(role)
            .args(&self.arguments);
        command
    }

    /// As the start of the log has it.
    // keepalived: log_command_line
    pub(crate) fn command_line(&self) -> String {
        let words = std::iter::once(&self.name).chain(&self.arguments);
        let quoted: Vec<_> = words.map(|word| format!("'{}'", word.display())).collect();
        quoted.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program() -> Program {
        Program::new(
            ["/usr/sbin/keepalived", "-n", "-l"]
                .into_iter()
                .map(OsString::from),
        )
    }

    #[test]
    fn command_line_is_quoted() {
        assert_eq!(program().command_line(), "'/usr/sbin/keepalived' '-n' '-l'");
    }

    #[test]
    fn a_role_is_this_executable_and_is_called_its_role() {
        let command = program().role("vrrp");
        assert_eq!(command.get_program(), "/proc/self/exe");
        let words: Vec<_> = command.get_args().collect();
        assert_eq!(words, ["--role", "vrrp", "-n", "-l"]);
        assert_eq!(program().applet(), "keepalived");
    }
}
