//! The connection by which a source code service reaches its repository.

use evidence_schema::{
    Body,
    record::{Connection, ConnectionStatus, Origin},
};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{text_of, time_of},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const LIST_CONNECTIONS: &str = "apprunner:ListConnections";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "connections",
    gives: "the connection to the source code provider and its status",
    calls: &[call(LIST_CONNECTIONS, "*")],
};

/// Lists all connections, for there is no call for one, and keeps the one that is used.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let Some(service) = context.service else {
        return Err(Outcome::not_asked("the service could not be described"));
    };
    if !matches!(service.source.origin, Origin::Code(_)) {
        return Err(Outcome::not_asked(
            "the service does not deploy source code",
        ));
    }
    let Some(used) = service.source.connection_arn.as_deref() else {
        return Err(Outcome::not_asked("the service names no connection"));
    };
    out.begin(Some(used));
    let mut found = false;
    let mut others = 0_u64;
    let mut pages = Pages::default();
    loop {
        out.call(LIST_CONNECTIONS);
        let page = context
            .aws
            .apprunner
            .list_connections()
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(LIST_CONNECTIONS, error))?;
        for it in page.connection_summary_list {
            let Some(arn) = text_of(it.connection_arn.as_ref()) else {
                continue;
            };
            if arn != used {
                others += 1;
                continue;
            }
            found = true;
            out.push(Body::Connection(Connection {
                name: text_of(it.connection_name.as_ref()).unwrap_or_default(),
                arn,
                provider: text_of(it.provider_type.as_ref()),
                status: ConnectionStatus::from(text_of(it.status.as_ref()).unwrap_or_default()),
                created_at: time_of(it.created_at.as_ref()),
            }));
        }
        if !pages.advance(page.next_token)? {
            break;
        }
    }
    if others > 0 {
        out.note(&format!(
            "{others} other connections of the account were left out"
        ));
    }
    if found {
        Ok(())
    } else {
        Err(Outcome::absent(
            "the connection that the service names does not exist",
        ))
    }
}
