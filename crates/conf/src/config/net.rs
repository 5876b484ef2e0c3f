//! Addresses, routes and rules.
