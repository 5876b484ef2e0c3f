//! nftables, and the keywords of iptables that stand for it.

use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;

/// The longest name of a table.
const NAME: usize = 254;

impl Builder<'_> {
    /// Reads a keyword of this family. False: it is of another one.
    pub(super) fn firewall_keyword(&mut self, keyword: &str, statement: &Statement) -> bool {
        match keyword {
            "vrrp_iptables" => self.iptables(statement),
            "vrrp_ipsets" => self.ipsets(statement),
            "nftables" => {
                let table = self.table(statement, "nftables", "keepalived");
                let firewall = &mut self.global.config.firewall;
                firewall.table = table.or(firewall.table.take());
            }
            "nftables_ipvs" => {
                let table = self.table(statement, "ipvs nftables", "keepalived_ipvs");
                let firewall = &mut self.global.config.firewall;
                firewall.ipvs_table = table.or(firewall.ipvs_table.take());
            }
            "nftables_priority" => {
                self.global_int(statement, |global| &mut global.firewall.priority)
            }
            "nftables_ipvs_priority" => {
                self.global_int(statement, |global| &mut global.firewall.ipvs_priority);
            }
            "nftables_ipvs_start_fwmark" => {
                self.global_int(statement, |global| &mut global.firewall.ipvs_first_mark);
            }
            "nftables_ifindex" => self.global.config.firewall.by_index = true,
            "nftables_counters" => self.global.config.firewall.counters = true,
            "namespace_with_ipsets" => self.global.config.firewall.namespace_with_ipsets = true,
            _ => return false,
        }
        true
    }

    /// The name of a table, unless there is one already or it is none. The original calls it a chain.
    // keepalived: vrrp_nftables_handler, check_valid_iptables_ipset_nftables_name
    fn table(
        &mut self,
        statement: &Statement,
        what: &'static str,
        default: &str,
    ) -> Option<String> {
        if let Some(first) = self.global.first.get(what) {
            let sentence = "there is a table already; this one is ignored";
            let diagnostic = Diagnostic::warning(Code::Duplicate, sentence)
                .at(&statement.head().place)
                .related(&first.span, "the first one")
                .log(format!("{what} already specified - ignoring"));
            self.push(diagnostic.status(Status::General));
            return None;
        }
        let word = statement.arguments().first();
        let name = word.map_or_else(|| default.to_owned(), |word| word.text());
        let problem = match name.len() {
            0 => "empty",
            1..=NAME => {
                let place = statement.head().place.clone();
                self.global.first.insert(what, place);
                return Some(name);
            }
            _ => "too long",
        };
        let row = statement.keyword?;
        let log = row.log.unwrap_or_default().replace("{value}", problem);
        let sentence =
            format!("the name of a table has 1..={NAME} bytes, this one is {problem}; ignored");
        let place = &word.unwrap_or(statement.head()).place;
        self.push(
            Diagnostic::warning(Code::InvalidValue, sentence)
                .at(place)
                .log(log)
                .status(Status::General),
        );
        None
    }

    /// The table of nftables with its usual name, whatever was said before.
    // keepalived: vrrp_iptables_handler without iptables
    fn iptables(&mut self, statement: &Statement) {
        let place = &statement.head().place;
        self.global.first.insert("nftables", place.clone());
        self.global.config.firewall.table = Some("keepalived".to_owned());
        self.old_firewall(
            statement,
            "there is no iptables here; nftables is used with a table of its own",
            Status::General,
        );
    }

    fn ipsets(&mut self, statement: &Statement) {
        self.old_firewall(
            statement,
            "there are no ipsets here; nftables is used, which has sets of its own",
            Status::UnknownKeyword,
        );
    }

    fn old_firewall(&mut self, statement: &Statement, sentence: &str, status: Status) {
        let log = statement
            .keyword
            .and_then(|row| row.log)
            .unwrap_or_default();
        self.push(
            Diagnostic::warning(Code::Deprecated, sentence)
                .at(&statement.head().place)
                .hint("replace `vrrp_iptables` and `vrrp_ipsets` by `nftables`")
                .log(log)
                .status(status),
        );
    }
}
