//! Authentication that is none. The loader tells these: the original warns of them too.

use super::Lint;
use crate::diagnostic::Severity;

pub(crate) const IN_VERSION_3: Lint = Lint {
    code: "authentication-in-version-3",
    severity: Severity::Warning,
    title: "VRRP version 3 has no authentication",
    why: "The block is ignored: adverts go out and are accepted without a password.",
    what_to_do: "Remove the `authentication` block. The password never kept an attacker out: it is sent readably in every \
                 advert.",
};

pub(crate) const LONG_PASSWORD: Lint = Lint {
    code: "password-too-long",
    severity: Severity::Warning,
    title: "A password is longer than the 8 bytes of an advert",
    why: "Only the first 8 bytes are used. The routers understand each other as long as those are the same on all of them, \
          which another implementation may see differently.",
    what_to_do: "Write the first 8 bytes only; it means the same.",
};
