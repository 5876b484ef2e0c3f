//! BFD sessions.
