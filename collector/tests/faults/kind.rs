//! The ways in which a call can fail.

use samples::Endpoint;

/// A way to fail.
#[derive(Debug)]
pub(crate) struct Kind {
    /// What the report of the matrix calls it.
    pub(crate) name: &'static str,
    /// The kind of the fault in an account.
    pub(crate) fault: &'static str,
    /// Whether it strikes once or for ever.
    pub(crate) lasts: Lasts,
    /// The codes of which the ledger must name one; none for what must leave no trace.
    pub(crate) codes: &'static [&'static str],
}

/// How long a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasts {
    Once,
    ForEver,
}

const THROTTLED: &[&str] = &[
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// What a source that took its share of the deadline is told by.
const DEADLINE: &str = "deadline";

const fn for_ever(fault: &'static str, codes: &'static [&'static str]) -> Kind {
    Kind {
        name: fault,
        fault,
        lasts: Lasts::ForEver,
        codes,
    }
}

const fn once(name: &'static str, fault: &'static str) -> Kind {
    Kind {
        name,
        fault,
        lasts: Lasts::Once,
        codes: &[],
    }
}

/// Every way.
pub(crate) const KINDS: &[Kind] = &[
    for_ever(
        "denied",
        &[
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedOperation",
        ],
    ),
    for_ever("throttled", THROTTLED),
    for_ever(
        "error",
        // CloudWatch goes by the code that it had as a Query service.
        &["InternalServiceErrorException", "InternalServiceError"],
    ),
    for_ever("reset", &["connection", DEADLINE]),
    for_ever("hang", &["timeout", DEADLINE]),
    for_ever("cut-body", &["connection", "response", "timeout", DEADLINE]),
    for_ever("malformed-body", &["response", "unknown", DEADLINE]),
    // Nothing may be lost by a page without items, and nobody need hear of it.
    for_ever("empty-page", &[]),
    for_ever("repeated-token", &["repeated-token"]),
    once("throttled once", "throttled"),
    once("error once", "error"),
    once("reset once", "reset"),
    once("hang once", "hang"),
];

impl Kind {
    /// Whether a call can fail like that: without pages there are no tokens.
    pub(crate) fn applies(&self, action: &str) -> bool {
        let (service, operation) = action.split_once(':').expect("service:Operation");
        match self.fault {
            "empty-page" | "repeated-token" => Endpoint::pages(service, operation),
            _ => true,
        }
    }

    /// Whether the call must end as if nothing had been.
    pub(crate) fn leaves_no_trace(&self) -> bool {
        self.codes.is_empty()
    }

    /// The fault as an account states it.
    pub(crate) fn toml(&self, action: &str) -> String {
        let times = match self.lasts {
            Lasts::Once => "times = 1\n",
            Lasts::ForEver => "",
        };
        let fault = self.fault;
        format!("\n[[fault]]\ncall = \"{action}\"\nkind = \"{fault}\"\n{times}")
    }
}
