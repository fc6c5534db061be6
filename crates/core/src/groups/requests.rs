//! Asking to be let into a closed group, and what its owners say.

use guildhall_store::{Db, Tx};

use super::joining::oneself;
use super::prepare::mine;
use super::{Group, note, read, rules, sql};
use crate::accounts::people::Named;
use crate::accounts::{self, Account, AccountState};
use crate::ids::{AccountId, GroupId, GroupRequestId};
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Moment, Permission, Result, audit, joining, roles};

/// Requests that are shown or decided at a time.
const MOST: usize = 200;
/// Owners who are told that somebody asks.
const TOLD: i64 = 20;

/// What becomes of a request that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupRequestState {
    Approved,
    Declined,
    Withdrawn,
}

impl GroupRequestState {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Somebody would like to be in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRequest {
    pub id: GroupRequestId,
    pub account: AccountId,
    pub note: Option<String>,
    pub created_at: Moment,
}

/// A request with whose it is.
#[derive(Clone, Debug)]
pub struct Asked {
    pub request: GroupRequest,
    pub person: Named,
}

/// A group where somebody waits for the word of its owners.
#[derive(Clone, Debug)]
pub struct Waits {
    pub group: Group,
    pub waiting: i64,
}

/// The actor asks to be let into a closed group. Its owners are told; where it has none, who manages groups. Asked again,
/// nothing happens.
pub async fn ask(app: &App, actor: &Actor, id: GroupId, words: Option<&str>) -> Result<()> {
    let account = oneself(actor)?;
    let words = joining::rules::note(words)?;
    let (group, standing) = read(&app.db, actor, id).await?;
    if standing.member {
        return Ok(());
    }
    if !rules::view(&group, standing).can_ask {
        return Err(Error::Refused {
            code: "not_closed",
            message: "Only closed groups are asked: open ones are joined, and nobody asks into one that is archived."
                .into(),
        });
    }
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let now = app.now();
    let request = GroupRequest {
        id: GroupRequestId::new(&app.entropy, now),
        account,
        note: words,
        created_at: now,
    };
    if sql::insert_request(&mut tx, &group, &request).await? {
        note(app, &mut tx, actor, &group, "ask", Vec::new()).await?;
        tell_owners(app, &mut tx, actor, &group, request.note).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn tell_owners(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    group: &Group,
    message: Option<String>,
) -> Result<()> {
    let owners = sql::owners(tx, group, TOLD).await?;
    let mut told = accounts::load_ids(tx, actor.workplace, &owners).await?;
    told.retain(|account| account.state == AccountState::Claimed);
    if told.is_empty() {
        told = roles::holders(tx, actor.workplace, Permission::GroupsManage).await?;
    }
    let workplace = workplaces::read(&mut *tx, actor.workplace).await?;
    for account in told {
        let content = Content::Brief {
            topic: LetterKind::GroupAsked,
            about: group.name.clone(),
            by: Some(actor.name.clone()),
            message: message.clone(),
            count: 0,
            expires_at: None,
        };
        post(app, tx, &workplace, &account, content).await?;
    }
    Ok(())
}

async fn post(
    app: &App,
    tx: &mut Tx,
    workplace: &Workplace,
    account: &Account,
    content: Content,
) -> Result<()> {
    let note = Note {
        content,
        invitation: None,
        secret: None,
    };
    outbox::post(app, tx, workplace, account, note).await?;
    Ok(())
}

/// The actor takes the request back.
pub async fn take_back(app: &App, actor: &Actor, id: GroupId) -> Result<()> {
    let account = oneself(actor)?;
    let (group, _) = read(&app.db, actor, id).await?;
    let mut tx = app.begin().await?;
    let state = GroupRequestState::Withdrawn;
    if sql::decide_of(&mut tx, &group, &[account], state, (None, app.now())).await? > 0 {
        note(app, &mut tx, actor, &group, "take_back", Vec::new()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The groups that the actor waits to be let into.
pub async fn asked_by(db: &Db, actor: &Actor) -> Result<Vec<GroupId>> {
    match actor.account() {
        Some(account) => sql::asked_by(db, actor.workplace, account).await,
        None => Ok(Vec::new()),
    }
}

/// Who waits to be let into a group, the first who asked first; for its owners, and who manages groups.
pub async fn waiting(db: &Db, actor: &Actor, id: GroupId) -> Result<Vec<Asked>> {
    let group = mine(db, actor, id).await?;
    let requests = sql::requests(db, &group, MOST as i64).await?;
    let ids: Vec<AccountId> = requests.iter().map(|request| request.account).collect();
    let people = accounts::named(db, actor.workplace, &ids).await?;
    let with_whom = |request: GroupRequest| {
        let person = people.iter().find(|person| person.id == request.account)?.clone();
        Some(Asked { request, person })
    };
    Ok(requests.into_iter().filter_map(with_whom).collect())
}

/// The groups that the actor owns where somebody waits.
pub async fn waiting_for(db: &Db, actor: &Actor) -> Result<Vec<Waits>> {
    match actor.account() {
        Some(account) => sql::waiting_for(db, actor.workplace, account).await,
        None => Ok(Vec::new()),
    }
}

/// Lets people in who asked. Gives how many.
pub async fn approve(app: &App, actor: &Actor, id: GroupId, people: &[AccountId]) -> Result<i64> {
    decide(app, actor, id, people, GroupRequestState::Approved).await
}

/// Does not let people in who asked. Gives how many.
pub async fn decline(app: &App, actor: &Actor, id: GroupId, people: &[AccountId]) -> Result<i64> {
    decide(app, actor, id, people, GroupRequestState::Declined).await
}

async fn decide(
    app: &App,
    actor: &Actor,
    id: GroupId,
    people: &[AccountId],
    state: GroupRequestState,
) -> Result<i64> {
    if people.len() > MOST {
        return Err(Error::invalid(
            "ids",
            format!("Decide on at most {MOST} people at a time."),
        ));
    }
    let group = mine(&app.db, actor, id).await?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let waiting = sql::waiting_of(&mut tx, &group, people).await?;
    if state == GroupRequestState::Approved {
        super::add_within(app, &mut tx, actor, &group, &waiting, false).await?;
    } else {
        close(app, &mut tx, actor, &group, &waiting, state).await?;
    }
    tx.commit().await?;
    Ok(waiting.len() as i64)
}

/// Whoever was put in waits no more, and is told.
pub(super) async fn settle(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    group: &Group,
    people: &[AccountId],
) -> Result<()> {
    let waiting = sql::waiting_of(tx, group, people).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    close(app, tx, actor, group, &waiting, GroupRequestState::Approved).await
}

async fn close(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    group: &Group,
    people: &[AccountId],
    state: GroupRequestState,
) -> Result<()> {
    let by = (actor.account(), app.now());
    if sql::decide_of(tx, group, people, state, by).await? == 0 {
        return Ok(());
    }
    let told = accounts::load_ids(tx, actor.workplace, people).await?;
    let names: Vec<String> = told.iter().map(Account::name).collect();
    let change = audit::FieldChange {
        field: "request".into(),
        before: Some(names.join(", ")),
        after: Some(state.as_str().into()),
        was_from: None,
    };
    note(app, tx, actor, group, "decide_request", vec![change]).await?;
    let topic = match state {
        GroupRequestState::Approved => LetterKind::GroupApproved,
        _ => LetterKind::GroupDeclined,
    };
    let workplace = workplaces::read(&mut *tx, actor.workplace).await?;
    for account in told
        .iter()
        .filter(|account| account.state == AccountState::Claimed)
    {
        let content = Content::brief(topic, &group.name);
        post(app, tx, &workplace, account, content).await?;
    }
    Ok(())
}
