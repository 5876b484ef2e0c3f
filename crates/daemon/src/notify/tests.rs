use conf::{Group, Instance};
use vrrp::{GroupId, InstanceId};

use super::*;
use crate::testing::TempDir;

fn command(program: &str) -> Option<Command> {
    Some(Command {
        program: program.into(),
        args: vec!["own arg".into()],
        user: None,
    })
}

fn notify() -> Notify {
    Notify {
        any: command("any"),
        master: command("master"),
        backup: command("backup"),
        fault: command("fault"),
        stop: command("stop"),
        deleted: command("deleted"),
        notify_deleted: false,
        master_rx_lower_pri: command("lower"),
    }
}

fn report(notify: Notify) -> Report {
    let mut config = conf::Config::default();
    config.router.instances = vec![crate::testing::instance()];
    config.instances = vec![Instance {
        notify: notify.clone(),
        ..Instance::default()
    }];
    config.router.groups = vec![crate::testing::group("VG_1")];
    config.groups = vec![Group {
        notify,
        ..Group::default()
    }];
    crate::testing::report(config)
}

const VI_1: Subject = Subject::Instance(InstanceId(0));

fn lines(report: &Report, subject: Subject, state: NotifyState) -> Vec<String> {
    let (_, invocations) = invocations(report, subject, state, 150).unwrap();
    let line = |i: &Invocation| format!("{} {}", i.program.display(), i.args.join("|"));
    invocations.iter().map(line).collect()
}

#[test]
fn own_script_first_and_only_the_general_one_gets_words() {
    let report = report(notify());
    let of = |state| lines(&report, VI_1, state);
    let master = ["master own arg", "any own arg|INSTANCE|VI_1|MASTER|150"];
    assert_eq!(of(NotifyState::Master), master);
    assert_eq!(of(NotifyState::Backup)[0], "backup own arg");
    assert_eq!(
        of(NotifyState::Fault)[1],
        "any own arg|INSTANCE|VI_1|FAULT|150"
    );
    assert_eq!(
        of(NotifyState::Stop),
        ["stop own arg", "any own arg|INSTANCE|VI_1|STOP|150"]
    );
    assert_eq!(of(NotifyState::MasterRxLowerPri), ["lower own arg"]);
}

#[test]
fn groups() {
    let report = report(notify());
    let (key, scripts) =
        invocations(&report, Subject::Group(GroupId(0)), NotifyState::Backup, 0).unwrap();
    assert_eq!(key, "GROUP VG_1");
    assert_eq!(scripts[1].args, ["own arg", "GROUP", "VG_1", "BACKUP", "0"]);
}

#[test]
fn deleted_is_fault_unless_asked_for() {
    let of = |notify| lines(&report(notify), VI_1, NotifyState::Deleted);
    let plain = of(notify());
    assert_eq!(
        plain,
        ["fault own arg", "any own arg|INSTANCE|VI_1|FAULT|150"]
    );
    let asked = of(Notify {
        notify_deleted: true,
        ..notify()
    });
    assert_eq!(
        asked,
        ["deleted own arg", "any own arg|INSTANCE|VI_1|DELETED|150"]
    );
}

#[test]
fn nothing_configured_and_ids_of_nobody() {
    let report = report(Notify::default());
    assert!(lines(&report, VI_1, NotifyState::Master).is_empty());
    let nobody = Subject::Instance(InstanceId(9));
    assert!(invocations(&report, nobody, NotifyState::Master, 1).is_none());
}

/// The first script ends last: only the queue puts their lines in order.
#[test]
fn scripts_of_one_subject_run_in_order() {
    let dir = TempDir::new();
    let log = dir.path().join("log");
    let work = r#"i=0; [ "$3" = MASTER ] && while [ $i -lt 30000 ]; do i=$((i+1)); done"#;
    let text = format!(r#"{work}; echo "$3 $4" >> {}"#, log.display());
    let script = Command {
        program: "sh".into(),
        args: vec!["-c".into(), text, "sh".into()],
        user: None,
    };
    let report = report(Notify {
        any: Some(script),
        ..Notify::default()
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (mut notifier, mut ended) = Notifier::new();
        notifier.notify(&report, VI_1, NotifyState::Master, 100);
        notifier.notify(&report, VI_1, NotifyState::Backup, 90);
        notifier.notify(&report, VI_1, NotifyState::Fault, 0);
        while !notifier.is_idle() {
            notifier.on_ended(ended.recv().await.unwrap());
        }
    });
    assert_eq!(
        std::fs::read_to_string(log).unwrap(),
        "MASTER 100\nBACKUP 90\nFAULT 0\n"
    );
}
