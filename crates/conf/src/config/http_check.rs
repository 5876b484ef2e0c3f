//! `HTTP_GET` and `SSL_GET`.

use serde::{Deserialize, Serialize};

/// `HTTP_GET` or `SSL_GET`: its URLs are asked for one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpCheck {
    /// `SSL_GET`.
    pub tls: bool,
    /// `http_protocol`, default 1.0.
    pub protocol: HttpProtocol,
    /// `virtualhost`: the Host header of URLs that have none.
    pub virtualhost: Option<String>,
    /// That of the real server, else of the virtual server: the Host header where neither URL nor checker has one.
    pub server_virtualhost: Option<Box<str>>,
    /// `enable_sni`, `sni_name`: the name of the server is told while the TLS session is made.
    pub enable_sni: bool,
    /// `sni_name`: the name that is told; `None`: see [`HttpCheck::sni`].
    pub sni_name: Option<String>,
    /// `virtualhost` of the virtual server: the last resort for SNI.
    pub service_virtualhost: Option<Box<str>>,
    /// `fast_recovery`: no pause between URLs until there is a verdict.
    pub fast_recovery: bool,
    /// `tls_compliant`: the peer's close_notify is waited for.
    pub tls_compliant: bool,
    /// `url`s, at least one.
    pub urls: Vec<Url>,
}

impl HttpCheck {
    /// The Host header of a URL; `None`: the address that is connected to.
    // keepalived: http_request_thread
    pub fn host<'a>(&'a self, url: &'a Url) -> Option<&'a str> {
        let own = url.virtualhost.as_deref().or(self.virtualhost.as_deref());
        own.or(self.server_virtualhost.as_deref())
    }

    /// The name told by SNI for a URL; `None`: nothing is told.
    // keepalived: ssl_connect
    pub fn sni<'a>(&'a self, url: &'a Url) -> Option<&'a str> {
        if !self.enable_sni {
            return None;
        }
        let own = self.sni_name.as_deref().or(url.virtualhost.as_deref());
        own.or(self.virtualhost.as_deref())
            .or(self.service_virtualhost.as_deref())
    }
}

/// The version of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HttpProtocol {
    /// `1.0`.
    #[default]
    #[serde(rename = "1.0")]
    Http10,
    /// `1.0C`: 1.0 with `Connection: close`.
    #[serde(rename = "1.0C")]
    Http10Close,
    /// `1.1`: with `Connection: close`.
    #[serde(rename = "1.1")]
    Http11,
}

/// `url`: one request and what its answer must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Url {
    /// `path`.
    pub path: String,
    /// `virtualhost`.
    pub virtualhost: Option<String>,
    /// `digest`: MD5 of the body.
    pub digest: Option<[u8; 16]>,
    /// `status_code`: in order, apart from each other, within 100..=599. Default 200..=299.
    pub status_codes: Vec<StatusCodes>,
    /// `regex` and what goes with it.
    pub regex: Option<Box<Regex>>,
    /// `tls_compliant`, of the URL or of the checker.
    pub tls_compliant: bool,
}

/// The codes from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StatusCodes {
    /// The first one.
    pub first: u16,
    /// The last one.
    pub last: u16,
}

/// `regex`: what the body is searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regex {
    /// The pattern, as PCRE2 takes it.
    pub pattern: String,
    /// `regex_options`.
    pub options: Vec<RegexOption>,
    /// `regex_no_match`: a match is a failure.
    pub no_match: bool,
    /// `regex_min_offset`: bytes before the first place where a match may begin, default 0.
    pub min_offset: u64,
    /// `regex_max_offset`: the last place where a match may begin.
    pub max_offset: Option<u64>,
    /// `regex_stack`: bytes of stack for the compiled pattern.
    pub stack: Option<RegexStack>,
}

/// `regex_stack`: all patterns share one stack, which has the largest of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegexStack {
    /// At the start.
    pub start: u64,
    /// At the most.
    pub max: u64,
}

/// An option of PCRE2 for a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of PCRE2")]
pub enum RegexOption {
    AllowEmptyClass,
    AltBsux,
    AutoCallout,
    Caseless,
    DollarEndonly,
    Dotall,
    Dupnames,
    Extended,
    Firstline,
    MatchUnsetBackref,
    Multiline,
    NeverUcp,
    NeverUtf,
    NoAutoCapture,
    NoAutoPossess,
    NoDotstarAnchor,
    NoStartOptimize,
    Ucp,
    Ungreedy,
    Utf,
    NeverBackslashC,
    AltCircumflex,
    AltVerbnames,
    UseOffsetLimit,
}

impl RegexOption {
    /// All of them, with their words.
    pub const ALL: [(&'static str, Self); 24] = [
        ("allow_empty_class", Self::AllowEmptyClass),
        ("alt_bsux", Self::AltBsux),
        ("auto_callout", Self::AutoCallout),
        ("caseless", Self::Caseless),
        ("dollar_endonly", Self::DollarEndonly),
        ("dotall", Self::Dotall),
        ("dupnames", Self::Dupnames),
        ("extended", Self::Extended),
        ("firstline", Self::Firstline),
        ("match_unset_backref", Self::MatchUnsetBackref),
        ("multiline", Self::Multiline),
        ("never_ucp", Self::NeverUcp),
        ("never_utf", Self::NeverUtf),
        ("no_auto_capture", Self::NoAutoCapture),
        ("no_auto_possess", Self::NoAutoPossess),
        ("no_dotstar_anchor", Self::NoDotstarAnchor),
        ("no_start_optimize", Self::NoStartOptimize),
        ("ucp", Self::Ucp),
        ("ungreedy", Self::Ungreedy),
        ("utf", Self::Utf),
        ("never_backslash_c", Self::NeverBackslashC),
        ("alt_circumflex", Self::AltCircumflex),
        ("alt_verbnames", Self::AltVerbnames),
        ("use_offset_limit", Self::UseOffsetLimit),
    ];
}
