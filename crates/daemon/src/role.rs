//! What the roles are: processes of this executable that the supervisor starts.

pub(crate) mod vrrp;
