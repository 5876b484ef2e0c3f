//! Virtual servers, real servers and their groups.
