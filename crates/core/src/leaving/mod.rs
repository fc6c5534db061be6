//! Proof of leaving: for everybody who was deactivated what ended and when, who ended it, and when the last request was
//! let in. Written in the transaction that deactivates; what only the running servers know is added by them within a
//! second.

mod ends;
pub mod rules;
mod sql;
mod watch;

use guildhall_store::Tx;
use guildhall_wire::sheet::{CsvOptions, CsvWriter};

use crate::accounts::{Account, Plan, Source};
use crate::audit::AuditActorKind;
use crate::ids::{AccountId, LeavingId, SessionId, WorkplaceId};
use crate::words::words;
use crate::{Actor, App, Error, Moment, Page, Permission, Result, sessions};

pub use ends::end_what_is_theirs;
pub use sql::{back, forget, strip};
pub use watch::Watch;

words! {
    /// What kind of thing ended.
    EndKind {
        /// A browser or device that was logged in.
        Session = "session",
        /// An open page that was told what happens, cut by the server that held it.
        Stream = "stream",
        /// An API token that the person had made.
        ApiToken = "api_token",
        /// The link of their invitation.
        Invitation = "invitation",
        /// A link to choose a new password.
        ResetLink = "reset_link",
        /// A code by which they could come in without an e-mail address.
        AccessCode = "access_code",
        /// A link that shows that an address is theirs.
        AddressLink = "address_link",
        /// A link by which others could join, which they had made.
        JoinLink = "join_link",
        /// Letters to them that had not gone out.
        Letters = "letters",
        /// A token that they had made for a connector. It is the connector's, and goes on.
        ConnectorToken = "connector_token",
    }
}

/// One thing that ended, or goes on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct End {
    pub kind: EndKind,
    /// Which one, in words: the device, the name of the token.
    pub what: String,
    pub id: Option<uuid::Uuid>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub began_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Moment>,
    /// Null: it goes on, and somebody must look after it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Moment>,
}

/// Somebody left: one line of the list.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Leaving {
    pub id: LeavingId,
    #[serde(skip)]
    pub workplace: WorkplaceId,
    pub account_id: AccountId,
    pub name: String,
    pub state_before: crate::accounts::AccountState,
    /// When it was done.
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
    pub source: Source,
    pub actor_kind: AuditActorKind,
    pub actor_id: Option<uuid::Uuid>,
    pub actor_name: String,
    pub run_id: Option<uuid::Uuid>,
    pub request_id: Option<String>,
    /// When the person was last seen before, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen_at: Option<Moment>,
    /// The last request of theirs that a running server let in, to the millisecond; null: none in the day before.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_accepted_at: Option<Moment>,
    /// When the last of their open streams was cut; null: there was none.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_byte_at: Option<Moment>,
    /// They came back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub back_at: Option<Moment>,
}

/// What can be shown of somebody who left.
#[derive(Clone, Debug, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Proof {
    #[serde(flatten)]
    pub leaving: Leaving,
    /// Seconds from the act to the last request that was let in: 0 when none was after it.
    pub seconds_to_last_request: f64,
    /// Seconds from the act to the last byte of an open stream: 0 when none was open.
    pub seconds_to_last_byte: f64,
    pub ended: Vec<End>,
    /// What goes on and is to be looked after by a person.
    pub goes_on: Vec<End>,
    /// Sessions and API tokens of theirs that work at the moment of reading; more than 0 only when they are back.
    pub open_now: i64,
    /// When this was read.
    #[schema(value_type = String, format = DateTime)]
    pub read_at: Moment,
}

/// Which leavers, newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub account: Option<AccountId>,
    /// The beginning of a name.
    pub name: Option<String>,
    pub source: Option<Source>,
    pub from: Option<Moment>,
    pub to: Option<Moment>,
    /// Only those who have not come back.
    pub gone: bool,
    pub after: Option<(Moment, LeavingId)>,
    pub limit: i64,
}

/// The leavers that match, newest first, a page at a time.
///
/// # Errors
/// `forbidden`: it takes `people.read`.
pub async fn list(app: &App, actor: &Actor, filter: &Filter) -> Result<Page<Leaving>> {
    actor.need(Permission::PeopleRead)?;
    sql::list(&app.db, actor.workplace, filter).await
}

/// The proof for one leaver.
///
/// # Errors
/// `forbidden`: it takes `people.read`. `not_found`.
pub async fn proof(app: &App, actor: &Actor, id: LeavingId) -> Result<Proof> {
    actor.need(Permission::PeopleRead)?;
    let leaving = sql::get(&app.db, actor.workplace, id).await?;
    let leaving = leaving.ok_or_else(|| Error::not_found("proof of leaving"))?;
    Ok(proofs(app, actor, vec![leaving]).await?.remove(0))
}

/// The proofs for these leavers, in their order.
///
/// # Errors
/// `forbidden`: it takes `people.read`.
pub async fn proofs(app: &App, actor: &Actor, leavings: Vec<Leaving>) -> Result<Vec<Proof>> {
    actor.need(Permission::PeopleRead)?;
    let (db, now) = (&app.db, app.now());
    let ids: Vec<LeavingId> = leavings.iter().map(|leaving| leaving.id).collect();
    let mut ends = sql::ends(db, actor.workplace, &ids).await?;
    let mut proofs = Vec::with_capacity(leavings.len());
    for leaving in leavings {
        let (ended, goes_on) = ends
            .remove(&leaving.id)
            .unwrap_or_default()
            .into_iter()
            .partition(|end: &End| end.ended_at.is_some());
        let whose = (leaving.workplace, leaving.account_id);
        let sessions = sessions::list(db, whose.0, whose.1, now).await?.len();
        let tokens = crate::tokens::made_by(db, whose, now).await?;
        let tokens = tokens.iter().filter(|token| token.connector.is_none()).count();
        proofs.push(Proof {
            seconds_to_last_request: rules::seconds(leaving.at, leaving.last_accepted_at),
            seconds_to_last_byte: rules::seconds(leaving.at, leaving.last_byte_at),
            leaving,
            ended,
            goes_on,
            open_now: (sessions + tokens) as i64,
            read_at: now,
        });
    }
    Ok(proofs)
}

/// The proof as CSV with a heading, for a spreadsheet.
///
/// # Errors
/// None that happen: it is written in memory.
pub fn table(proof: &Proof) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut writer = CsvWriter::new(&mut text, CsvOptions::default())?;
    writer.row(rules::COLUMNS)?;
    for line in rules::lines(proof) {
        writer.row(line)?;
    }
    writer.flush()?;
    drop(writer);
    Ok(text)
}

/// Writes that somebody leaves, with what ended.
pub(crate) async fn note(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    plan: &Plan,
    account: &Account,
    ends: &[End],
) -> Result<()> {
    let now = app.now();
    let whose = (account.workplace, account.id);
    let leaving = Leaving {
        id: LeavingId::new(&app.entropy, now),
        workplace: account.workplace,
        account_id: account.id,
        name: account.name(),
        state_before: plan.state_before().unwrap_or(account.state),
        at: account.deactivated_at.unwrap_or(now),
        source: plan.source,
        actor_kind: AuditActorKind::parse(actor.kind.as_str()).unwrap_or(AuditActorKind::System),
        actor_id: actor.kind.id(),
        actor_name: actor.name.clone(),
        run_id: plan.run.map(|run| run.0),
        request_id: actor.request_id.clone(),
        last_seen_at: ends::last_seen(tx, whose, ends).await?,
        last_accepted_at: None,
        last_byte_at: None,
        back_at: None,
    };
    sql::insert(tx, &leaving).await?;
    sql::insert_ends(app, tx, &leaving, ends).await
}

/// The sessions of a person ended: if they left, adds when this server let their last request in. Called once by each
/// server, shortly after.
pub async fn report(app: &App, workplace: WorkplaceId, account: AccountId) -> Result<()> {
    let Some(last) = app.watch.take(account) else {
        return Ok(());
    };
    let mut tx = app.begin().await?;
    if let Some(leaving) = sql::open(&mut tx, (workplace, account)).await? {
        sql::note_accepted(&mut tx, &leaving, last).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A stream of a session was cut: if its person left, adds that and when.
pub async fn note_cut(
    app: &App,
    whose: (WorkplaceId, AccountId),
    session: SessionId,
    opened: Moment,
) -> Result<()> {
    let now = app.now();
    let mut tx = app.begin().await?;
    if let Some(leaving) = sql::open(&mut tx, whose).await? {
        let end = End {
            kind: EndKind::Stream,
            what: String::new(),
            id: Some(session.0),
            began_at: Some(opened),
            last_used_at: None,
            ended_at: Some(now),
        };
        sql::insert_ends(app, &mut tx, &leaving, &[end]).await?;
        sql::note_cut(&mut tx, &leaving, now).await?;
    }
    tx.commit().await?;
    Ok(())
}
