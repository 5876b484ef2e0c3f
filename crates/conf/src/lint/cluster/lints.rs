//! The rows of what is found when several files are compared.

use crate::diagnostic::Severity;
use crate::lint::Lint;

pub(crate) const ONLY_ON_SOME: Lint = Lint {
    code: "cluster-only-on-some",
    severity: Severity::Warning,
    title: "A virtual router is not on every node",
    why: "Only nodes that have an instance with the same VRID and family can take its addresses over. While the others \
          are the only ones that run, nobody has them.",
    what_to_do: "Give every node the instance, or leave the file of a node that is not meant to have it out of the \
                 comparison.",
};

pub(crate) const OTHER_VRID: Lint = Lint {
    code: "cluster-vrid",
    severity: Severity::Error,
    title: "Instances that look like one virtual router have different VRIDs",
    why: "Adverts are told apart by their VRID. Two instances with the same addresses and different VRIDs do not know of \
          each other: both are master, and both answer for the addresses.",
    what_to_do: "Write the same `virtual_router_id` on all nodes. If they are meant to be different virtual routers, \
                 give them different names and addresses.",
};

pub(crate) const VRID_TAKEN: Lint = Lint {
    code: "cluster-vrid-taken",
    severity: Severity::Error,
    title: "One VRID is used for different addresses",
    why: "On one network a VRID is one virtual router. Two instances with the same VRID take each other's adverts for those \
          of their own peer: only one of them becomes master, and the addresses of the other are nowhere.",
    what_to_do: "Give one of them another `virtual_router_id`, or both the same addresses if they are meant to be one.",
};

pub(crate) const VERSION: Lint = Lint {
    code: "cluster-version",
    severity: Severity::Error,
    title: "The nodes speak different versions of VRRP",
    why: "An advert of another version is dropped. Each node believes that it is alone, and becomes master.",
    what_to_do: "Write the same `version` in the instance, or `vrrp_version` in `global_defs`, on all nodes.",
};

pub(crate) const INTERVAL: Lint = Lint {
    code: "cluster-interval",
    severity: Severity::Error,
    title: "The advert intervals of version 2 differ",
    why: "Version 2 drops adverts whose interval is not its own. Each node believes that it is alone, and becomes master.",
    what_to_do: "Write the same `advert_int` on all nodes, in whole seconds.",
};

pub(crate) const ANOTHER_INTERVAL: Lint = Lint {
    code: "cluster-interval-v3",
    severity: Severity::Warning,
    title: "The advert intervals of version 3 differ",
    why: "A backup takes the interval from the adverts of the master, so that nothing breaks; but how long it takes until \
          a failure is noticed depends on which node is master, and adverts with another interval are logged.",
    what_to_do: "Write the same `advert_int` on all nodes.",
};

pub(crate) const AUTHENTICATION: Lint = Lint {
    code: "cluster-authentication",
    severity: Severity::Error,
    title: "The nodes do not accept each other's authentication",
    why: "An advert with another kind of authentication, another password or an unknown key is dropped. Each node \
          believes that it is alone, and becomes master.",
    what_to_do: "Write the same `authentication` or the same keys of `auth_hmac` on all nodes. Of `auth_pass` the first \
                 8 characters count.",
};

pub(crate) const TRANSPORT: Lint = Lint {
    code: "cluster-transport",
    severity: Severity::Error,
    title: "The nodes send their adverts to different places",
    why: "A node that uses multicast drops unicast adverts and the other way round, and nobody listens to another \
          multicast group than its own. Each node believes that it is alone, and becomes master.",
    what_to_do: "Use `unicast_peer` on all nodes or on none, and the same `mcast_dst_ip` or `vrrp_mcast_group4`.",
};

pub(crate) const PEERS: Lint = Lint {
    code: "cluster-peers",
    severity: Severity::Error,
    title: "A node is not in the list of peers of another",
    why: "Unicast adverts go to the listed peers only. A node that is in no list hears nothing, and becomes master beside \
          the one that is.",
    what_to_do: "List the `unicast_src_ip` of every other node in `unicast_peer`, on all nodes.",
};

pub(crate) const UNKNOWN_PEER: Lint = Lint {
    code: "cluster-unknown-peer",
    severity: Severity::Note,
    title: "A unicast peer is none of the nodes that are compared",
    why: "It may be a node whose file is missing here, a node that is long gone, or a mistyped address.",
    what_to_do: "Compare the files of all nodes, and remove peers that are no longer there.",
};

pub(crate) const SAME_SOURCE: Lint = Lint {
    code: "cluster-same-source",
    severity: Severity::Error,
    title: "Two nodes send from one address",
    why: "An address belongs to one node. The other cannot send from it, or is taken for the first; adverts from the own \
          address are ignored.",
    what_to_do: "Write each node's own address as its `unicast_src_ip` or `mcast_src_ip`.",
};

pub(crate) const ADDRESSES: Lint = Lint {
    code: "cluster-addresses",
    severity: Severity::Warning,
    title: "The virtual addresses differ",
    why: "An address that is in one file only is gone while another node is master. Adverts carry the addresses too: \
          keepalived 2.4 logs a difference and goes on, releases before it and other routers drop such adverts, and then \
          each node becomes master.",
    what_to_do: "Write the same addresses, in the same lists and the same order, on all nodes.",
};

pub(crate) const ADDRESS_PREFIX: Lint = Lint {
    code: "cluster-address-prefix",
    severity: Severity::Warning,
    title: "A virtual address has different prefix lengths",
    why: "The prefix is not in the adverts, so nobody notices; but it decides which route comes with the address. What \
          works on one node may not on the other.",
    what_to_do: "Write the same prefix length on all nodes. Without one, IPv4 has /32 and IPv6 /128.",
};

pub(crate) const ADDRESS_ORDER: Lint = Lint {
    code: "cluster-address-order",
    severity: Severity::Note,
    title: "The virtual addresses are in another order",
    why: "keepalived compares the lists without regard to their order. Routers that compare byte by byte drop the \
          adverts. For IPv6 the first address has to be the link-local one.",
    what_to_do: "Write the addresses in the same order on all nodes.",
};

pub(crate) const ACCEPTS_OTHER_CHECKSUM: Lint = Lint {
    code: "cluster-checksum",
    severity: Severity::Error,
    title: "The nodes compute different checksums",
    why: "With `v3_checksum_as_v2` the checksum of a version 3 advert leaves the pseudo header out. A node without it \
          finds the checksum wrong, drops the advert and becomes master.",
    what_to_do: "Write `v3_checksum_as_v2` on all nodes or on none.",
};

pub(crate) const VMAC: Lint = Lint {
    code: "cluster-vmac",
    severity: Severity::Warning,
    title: "Not all nodes use a virtual MAC address",
    why: "With a virtual MAC address on all nodes hosts notice nothing of a change. With it on some the MAC address \
          changes, and hosts that miss the gratuitous ARP packets send to the old one.",
    what_to_do: "Write `use_vmac` on all nodes or on none.",
};

pub(crate) const ANOTHER_DOWN_TIMER: Lint = Lint {
    code: "cluster-down-timer",
    severity: Severity::Note,
    title: "The nodes wait for different times before they take over",
    why: "`down_timer_adverts` says how many adverts may be missed. A node with a smaller number may take over before one \
          with a higher priority does.",
    what_to_do: "Write the same `down_timer_adverts` on all nodes, unless it is meant.",
};

pub(crate) const NOTIFY_DIFFERS: Lint = Lint {
    code: "cluster-notify",
    severity: Severity::Note,
    title: "The nodes run different notify scripts",
    why: "What is done when one node becomes master is not done on the other.",
    what_to_do: "Look whether the difference is meant.",
};

pub(crate) const TRACKERS_DIFFER: Lint = Lint {
    code: "cluster-trackers",
    severity: Severity::Note,
    title: "The nodes track different things",
    why: "A failure that makes one node give up its addresses goes unnoticed on the other.",
    what_to_do: "Look whether the difference is meant.",
};

pub(crate) const OWNERS: Lint = Lint {
    code: "cluster-owners",
    severity: Severity::Error,
    title: "Two nodes have priority 255",
    why: "Priority 255 says that the addresses are the node's own, and does not yield to anybody. Two of them are master \
          at once, at every start.",
    what_to_do: "Give priorities of 1 to 254. `state MASTER` without `priority` means 255, too: write the priority.",
};

pub(crate) const EQUAL_PRIORITIES: Lint = Lint {
    code: "cluster-equal-priorities",
    severity: Severity::Warning,
    title: "The nodes have the same priority",
    why: "A backup with the same priority does not take over, so whoever began first is master, and nothing moves the \
          addresses back. When both begin together the higher address decides, after both have been master for a \
          moment. A tracker with a weight moves the addresses by the least that it lowers.",
    what_to_do: "Give the node that is to be master a higher priority. If it does not matter who it is, give all \
                 `nopreempt` and still different priorities.",
};

pub(crate) const STATE: Lint = Lint {
    code: "cluster-state",
    severity: Severity::Warning,
    title: "state MASTER is on a node that is not master",
    why: "`state` is only what an instance begins with; a moment later the priorities decide.",
    what_to_do: "Write `state MASTER` on the node with the highest priority, or `state BACKUP` on all.",
};

pub(crate) const ALL_MASTER: Lint = Lint {
    code: "cluster-all-master",
    severity: Severity::Note,
    title: "Several nodes say state MASTER",
    why: "`state` is only what an instance begins with. Whoever reads one of the files believes that its node is master.",
    what_to_do: "Write `state MASTER` on the node with the highest priority only, or `state BACKUP` on all.",
};

pub(crate) const NOPREEMPT: Lint = Lint {
    code: "cluster-nopreempt",
    severity: Severity::Warning,
    title: "nopreempt is not on the node that would preempt",
    why: "`nopreempt` keeps a returning node with a higher priority from taking the addresses back. On a node with a \
          lower priority it only keeps it from taking over when the priority of the master falls.",
    what_to_do: "Write `nopreempt` on all nodes, with `state BACKUP`, or on none.",
};

pub(crate) const PREEMPT_DELAY: Lint = Lint {
    code: "cluster-preempt-delay",
    severity: Severity::Note,
    title: "preempt_delay is not on the node that comes back",
    why: "`preempt_delay` makes a node with a higher priority wait before it takes the addresses from a lower one. On the \
          node that has the lower priority it only delays its take-over when a tracker lowers the master's.",
    what_to_do: "Write it on the node with the highest priority, or on all.",
};

pub(crate) const NO_FAILOVER: Lint = Lint {
    code: "cluster-no-failover",
    severity: Severity::Warning,
    title: "A tracker lowers the priority, but not enough",
    why: "A backup takes over only if its priority is higher than what is left of the master's. If the weight is smaller \
          than the difference of the priorities the check fails and nothing happens. In a sync group all members have to \
          fall below their peers.",
    what_to_do: "Use a weight larger than the difference of the priorities, or none: then a failure puts the instance \
                 into FAULT, and the addresses always move.",
};

pub(crate) const NEEDS_SEVERAL: Lint = Lint {
    code: "cluster-needs-several-failures",
    severity: Severity::Note,
    title: "No single failure moves the addresses, several together do",
    why: "Each weight is smaller than the difference of the priorities, but not their sum. This may be meant.",
    what_to_do: "If one failure is to be enough, use a weight larger than the difference of the priorities.",
};

pub(crate) const NOPREEMPT_TRACKER: Lint = Lint {
    code: "cluster-nopreempt-tracker",
    severity: Severity::Warning,
    title: "A tracker lowers the priority, but nobody preempts",
    why: "A backup with `nopreempt` takes nothing from a master that it hears, however low the master's priority is. A \
          weight never moves the addresses then.",
    what_to_do: "Track without a weight, so that a failure is a fault and the master goes away; or remove `nopreempt`.",
};

pub(crate) const GROUP_MEMBERS: Lint = Lint {
    code: "cluster-group-members",
    severity: Severity::Warning,
    title: "The sync groups of the nodes have other members",
    why: "A sync group keeps its instances together. Where the groups differ, one node may be master of a part while the \
          other holds the rest, and the traffic goes in by one and out by the other.",
    what_to_do: "Give the groups the same members on all nodes.",
};

pub(crate) const GROUP_SPLIT: Lint = Lint {
    code: "cluster-group-split",
    severity: Severity::Warning,
    title: "The priorities would give the members of a sync group to different nodes",
    why: "A sync group becomes master only if each of its members can. If one member has the higher priority here and \
          another there, no node can take the group from the other: who is master is decided by who begins first.",
    what_to_do: "Give all members of a group the same priority on each node.",
};

pub(crate) const VIRTUAL_SERVERS: Lint = Lint {
    code: "cluster-virtual-server",
    severity: Severity::Warning,
    title: "A virtual server is not on every node",
    why: "The addresses move to the other node, but there nothing answers behind them.",
    what_to_do: "Give all nodes the same virtual servers, most easily by a file that all include.",
};

pub(crate) const REAL_SERVERS: Lint = Lint {
    code: "cluster-real-servers",
    severity: Severity::Warning,
    title: "A virtual server has other real servers on another node",
    why: "When the addresses move, connections go to another set of real servers, and those of the sync daemon to servers \
          that are not there.",
    what_to_do: "Give all nodes the same real servers, most easily by a file that all include.",
};

pub(crate) const REAL_SERVER_WEIGHTS: Lint = Lint {
    code: "cluster-real-server-weight",
    severity: Severity::Note,
    title: "A real server has another weight or method on another node",
    why: "When the addresses move the load is spread in another way.",
    what_to_do: "Look whether the difference is meant.",
};

pub(crate) const SERVER_SETTINGS: Lint = Lint {
    code: "cluster-virtual-server-settings",
    severity: Severity::Note,
    title: "A virtual server has other settings on another node",
    why: "When the addresses move the service behaves in another way.",
    what_to_do: "Look whether the difference is meant.",
};

pub(crate) const NOT_COMPARED: Lint = Lint {
    code: "cluster-not-compared",
    severity: Severity::Warning,
    title: "The files were not compared",
    why: "While braces or quotes are wrong in one of them it is not sure what belongs to what, and differences would be told \
          that are none.",
    what_to_do: "Correct that first.",
};

pub(crate) const ELECTION: Lint = Lint {
    code: "cluster-election",
    severity: Severity::Note,
    title: "Who is master, and who takes over",
    why: "This is what the priorities come to when everything that is tracked works.",
    what_to_do: "Look whether it is what you want.",
};
