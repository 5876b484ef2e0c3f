//! Health checkers of real servers.

use serde::{Deserialize, Serialize};

/// One check of a real server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checker {}
