//! Health checkers of real servers.
