//! What a configuration means, beyond whether it can be read.

mod election;
