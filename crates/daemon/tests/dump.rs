//! `keepalived dump`.

#[allow(dead_code, reason = "each test file needs some of it")]
mod scratch;

use std::process::{Command, Output};

use scratch::Scratch;

const MAIN: &str = "\
$IF=eth0
include part.conf
@left vrrp_instance L { interface $IF }
@right vrrp_instance R { interface $IF }
nonsense
";

fn dump(scratch: &Scratch, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keepalived"));
    command
        .current_dir(scratch.path())
        .arg("dump")
        .args(line.split_whitespace());
    command.output().expect("the executable runs")
}

fn files() -> Scratch {
    let scratch = Scratch::new("dump");
    scratch.write("a.conf", MAIN);
    let part =
        "vrrp_instance V {\nauthentication {\nauth_type PASS\n  auth_pass   abc # why\n}\n}\n";
    scratch.write("part.conf", part);
    scratch
}

#[test]
fn a_file_is_printed_as_it_is_understood() {
    let scratch = files();
    let shown = dump(&scratch, "a.conf --config-id left");
    let want = "\
vrrp_instance V {
    authentication {
        auth_type PASS
        auth_pass abc
    }
}

vrrp_instance L {
    interface eth0
}
# unknown here, left out: nonsense
";
    assert_eq!(String::from_utf8_lossy(&shown.stdout), want);
    let told = String::from_utf8_lossy(&shown.stderr);
    assert!(told.contains("a.conf:5:1"), "{told}");
    assert_eq!(shown.status.code(), Some(0));

    let masked = dump(&scratch, "--mask -i left a.conf");
    let masked = String::from_utf8_lossy(&masked.stdout);
    assert_eq!(masked, want.replace("abc", "***"));

    let missing = dump(&scratch, "missing.conf");
    assert_eq!((missing.status.code(), missing.stdout.len()), (Some(3), 0));
}

#[test]
fn what_is_masked_keeps_its_line() {
    let scratch = Scratch::new("dump-mask");
    let text = "vrrp_instance V {\nauth_passs abc\npriority 90\n}\nauth_pass abc\nrouter_id\n";
    scratch.write("a.conf", text);
    let masked = dump(&scratch, "--mask a.conf");
    let want = "\
vrrp_instance V {
    # unknown here, left out: auth_passs ***
    priority 90
}
# unknown here, left out: auth_pass ***
# unknown here, left out: router_id
";
    assert_eq!(String::from_utf8_lossy(&masked.stdout), want);
}
