//! What is changed in a good pair.

use super::{DUAL, GATEWAY};

/// The name, the pair, and the changes: in which file, what, by what.
type Case = (
    &'static str,
    &'static [&'static str; 2],
    &'static [(usize, &'static str, &'static str)],
);

/// A check in the first file of the dual masters, with this weight.
const CHECK: &str =
    "vrrp_script chk_nginx {\n    script /bin/ok\n    weight -2\n}\n\nglobal_defs {";
/// A check that lifts the priority while it is good.
const BONUS: &str = "vrrp_script chk_nginx {\n    script /bin/ok\n    weight 2\n}\n\nglobal_defs {";
const TRACKED: &str = "track_script {\n        chk_nginx\n    }\n    virtual_ipaddress {";
const UNICAST: [&str; 3] = [
    "unicast_src_ip 10.10.0.1\n    unicast_peer {\n        10.10.0.2\n    }\n    virtual_ipaddress {",
    "unicast_src_ip 10.10.0.2\n    unicast_peer {\n        10.10.0.1\n    }\n    virtual_ipaddress {",
    "unicast_src_ip 10.10.0.3\n    unicast_peer {\n        10.10.0.1\n    }\n    virtual_ipaddress {",
];
const SERVER: &str = "virtual_server 10.10.0.101 80 {\n    protocol TCP\n    lb_algo rr\n    real_server 10.10.1.1 80 {\n        weight 1\n        TCP_CHECK {\n        }\n    }\n    real_server 10.10.1.2 80 {\n        weight 1\n        TCP_CHECK {\n        }\n    }\n}\n\nglobal_defs {";
const OTHER_SERVER: &str = "virtual_server 10.10.0.101 80 {\n    protocol TCP\n    lb_algo wlc\n    real_server 10.10.1.1 80 {\n        weight 3\n        TCP_CHECK {\n        }\n    }\n    real_server 10.10.1.3 80 {\n        weight 1\n        TCP_CHECK {\n        }\n    }\n}\n\nglobal_defs {";

pub(crate) const CASES: &[Case] = &[
    ("good", &DUAL, &[]),
    ("good-gateway", &GATEWAY, &[]),
    (
        "equal-priorities",
        &DUAL,
        &[(1, "    priority 100", "    priority 99")],
    ),
    (
        "both-owners",
        &DUAL,
        &[
            (1, "    priority 100", "    priority 255"),
            (2, "    priority 99", "    priority 255"),
        ],
    ),
    (
        "both-state-master",
        &DUAL,
        &[(2, "state BACKUP", "state MASTER")],
    ),
    (
        "state-master-on-the-lower",
        &DUAL,
        &[
            (1, "state MASTER", "state BACKUP"),
            (2, "state BACKUP", "state MASTER"),
        ],
    ),
    ("interval-v2", &DUAL, &[(1, "advert_int 1", "advert_int 2")]),
    (
        "interval-v3",
        &GATEWAY,
        &[(1, "advert_int 0.5", "advert_int 1")],
    ),
    (
        "version",
        &GATEWAY,
        &[(2, "vrrp_version 3", "vrrp_version 2")],
    ),
    (
        "password",
        &DUAL,
        &[(1, "auth_pass k4tr9mZq", "auth_pass k5tr9mZq")],
    ),
    (
        "no-authentication",
        &DUAL,
        &[(1, "auth_type PASS\n        auth_pass k4tr9mZq", "")],
    ),
    (
        "vrid",
        &DUAL,
        &[(2, "virtual_router_id 51", "virtual_router_id 61")],
    ),
    (
        "vrid-taken",
        &DUAL,
        &[
            (2, "vrrp_instance VI_1", "vrrp_instance MAIL"),
            (2, "        10.10.0.101", "        10.10.0.201"),
        ],
    ),
    (
        "only-on-one",
        &DUAL,
        &[
            (2, "virtual_router_id 51", "virtual_router_id 61"),
            (2, "        10.10.0.101", "        10.10.0.201"),
        ],
    ),
    (
        "addresses",
        &DUAL,
        &[(
            1,
            "10.10.0.101/24\n",
            "10.10.0.101/16\n        10.10.0.103/24\n        10.10.0.104/24\n",
        )],
    ),
    (
        "address-excluded",
        &DUAL,
        &[(
            1,
            "    virtual_ipaddress {\n        10.10.0.101/24\n    }",
            "    virtual_ipaddress_excluded {\n        10.10.0.101/24\n    }",
        )],
    ),
    (
        "address-order",
        &GATEWAY,
        &[(
            2,
            "192.0.2.100/24\n        192.0.2.101/24",
            "192.0.2.101/24\n        192.0.2.100/24",
        )],
    ),
    (
        "unicast-and-multicast",
        &DUAL,
        &[(2, "virtual_ipaddress {", UNICAST[1])],
    ),
    (
        "multicast-group",
        &DUAL,
        &[(
            1,
            "global_defs {",
            "global_defs {\n    vrrp_mcast_group4 224.0.0.19",
        )],
    ),
    (
        "unicast-peer-missing",
        &DUAL,
        &[
            (1, "virtual_ipaddress {", UNICAST[0]),
            (2, "virtual_ipaddress {", UNICAST[2]),
        ],
    ),
    (
        "same-source",
        &DUAL,
        &[
            (1, "virtual_ipaddress {", UNICAST[0]),
            (2, "virtual_ipaddress {", UNICAST[0]),
        ],
    ),
    (
        "weight-too-small",
        &DUAL,
        &[
            (1, "global_defs {", CHECK),
            (1, "virtual_ipaddress {", TRACKED),
            (1, "    priority 100", "    priority 103"),
        ],
    ),
    (
        "weight-too-small-on-both",
        &DUAL,
        &[
            (1, "global_defs {", BONUS),
            (1, "virtual_ipaddress {", TRACKED),
            (1, "    priority 100", "    priority 110"),
            (2, "global_defs {", BONUS),
            (2, "virtual_ipaddress {", TRACKED),
        ],
    ),
    (
        "weight-is-enough",
        &DUAL,
        &[
            (1, "global_defs {", CHECK),
            (1, "virtual_ipaddress {", TRACKED),
            (2, "global_defs {", CHECK),
            (2, "virtual_ipaddress {", TRACKED),
        ],
    ),
    (
        "needs-several",
        &DUAL,
        &[
            (
                1,
                "virtual_ipaddress {",
                "track_interface {\n        eth1 weight -10\n        eth2 weight -10\n    }\n    virtual_ipaddress {",
            ),
            (1, "    priority 100", "    priority 110"),
        ],
    ),
    (
        "nopreempt-and-weight",
        &DUAL,
        &[
            (1, "global_defs {", CHECK),
            (1, "virtual_ipaddress {", TRACKED),
            (1, "state MASTER", "state BACKUP\n    nopreempt"),
            (2, "state BACKUP", "state BACKUP\n    nopreempt"),
        ],
    ),
    (
        "nopreempt-on-the-lower",
        &DUAL,
        &[(2, "state BACKUP", "state BACKUP\n    nopreempt")],
    ),
    (
        "preempt-delay-on-the-lower",
        &DUAL,
        &[(2, "state BACKUP", "state BACKUP\n    preempt_delay 30")],
    ),
    (
        "preempt-delay",
        &DUAL,
        &[(1, "state MASTER", "state BACKUP\n    preempt_delay 30")],
    ),
    ("group-members", &GATEWAY, &[(2, "        OUTSIDE\n", "")]),
    (
        "group-missing",
        &GATEWAY,
        &[(
            2,
            "    group {\n        OUTSIDE\n        INSIDE\n    }",
            "    group {\n    }",
        )],
    ),
    (
        "group-split",
        &GATEWAY,
        &[(
            1,
            "virtual_router_id 72\n    priority 110",
            "virtual_router_id 72\n    priority 90",
        )],
    ),
    (
        "group-weight-of-one",
        &GATEWAY,
        &[
            (
                1,
                "vrrp_sync_group GATEWAY {",
                "vrrp_sync_group GATEWAY {\n    sync_group_tracking_weight",
            ),
            (1, "        eth2\n", "        eth2 weight -50\n"),
            (1, "    weight -20", "    weight -20"),
        ],
    ),
    (
        "group-weight-too-small",
        &GATEWAY,
        &[
            (1, "    weight -20", "    weight -5"),
            (2, "    weight -20", "    weight -5"),
        ],
    ),
    (
        "trackers-and-notify",
        &GATEWAY,
        &[
            (
                1,
                "        eth2\n    }",
                "        eth2\n    }\n    notify_master /bin/ok",
            ),
            (2, "    track_interface {\n        eth2\n    }", ""),
        ],
    ),
    (
        "down-timer",
        &DUAL,
        &[(2, "advert_int 1", "advert_int 1\n    down_timer_adverts 5")],
    ),
    (
        "virtual-server-on-one",
        &DUAL,
        &[(1, "global_defs {", SERVER)],
    ),
    (
        "real-servers",
        &DUAL,
        &[
            (1, "global_defs {", SERVER),
            (2, "global_defs {", OTHER_SERVER),
        ],
    ),
];
