use std::net::IpAddr;

use guildhall_store::Tx;

use super::rules::{self, Way};
use super::{JoinLink, Outcome, Request, RequestState, judge, requests, sql, tell};
use crate::access::{self, Entered, Origin, PasswordHasher};
use crate::accounts::{self, Account, Change, Patch, ProfileField as Field, Source, Verb, Whom};
use crate::addresses::{self, Proof, Purpose, Wanted};
use crate::ids::{GroupId, JoinLinkId, RequestId};
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::sign_ins::SignInMethod;
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Result, domains, groups, invitations, roles};

/// Workplaces that one letter each is written for, where none has verified the domain.
const MOST_WORKPLACES: usize = 3;

/// What the link of a letter opens.
#[derive(Clone, Debug)]
pub struct Opened {
    pub workplace: Workplace,
    /// The proven address.
    pub email: String,
    pub outcome: Outcome,
    /// The account that is prepared, or that the person has.
    pub account: Option<Account>,
    pub group: Option<GroupId>,
    proof: Proof,
    link: Option<JoinLink>,
}

/// What somebody says who joins.
#[derive(Clone, Debug, Default)]
pub struct Join {
    pub display_name: String,
    pub password: String,
    pub accept_terms: bool,
    pub groups: Vec<GroupId>,
}

/// What somebody says who asks to be let in.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub display_name: String,
    pub note: Option<String>,
    pub fields: Vec<(Field, String)>,
}

/// Sends a letter to an address that somebody gave, for each workplace that knows its domain. Nobody learns from the
/// answer whether there is one.
pub async fn ask(app: &App, email: &str, from: IpAddr) -> Result<()> {
    let email = addresses::read(email)?;
    let mut tx = app.begin().await?;
    let known = match domains::names::of_address(&email) {
        Some(domain) => domains::known_to(&mut tx, &domain).await?,
        None => Vec::new(),
    };
    for workplace in known.into_iter().take(MOST_WORKPLACES) {
        let workplace = workplaces::read(&mut tx, workplace).await?;
        send(app, &mut tx, &workplace, &email, None, from).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// [`ask`] by a link that goes round, for its workplace.
pub async fn ask_by_link(app: &App, link: &JoinLink, email: &str, from: IpAddr) -> Result<()> {
    let email = addresses::read(email)?;
    let mut tx = app.begin().await?;
    let workplace = workplaces::read(&mut tx, link.workplace).await?;
    send(app, &mut tx, &workplace, &email, Some(link.id), from).await?;
    tx.commit().await?;
    Ok(())
}

async fn send(
    app: &App,
    tx: &mut Tx,
    workplace: &Workplace,
    email: &str,
    link: Option<JoinLinkId>,
    from: IpAddr,
) -> Result<()> {
    let wanted = Wanted {
        purpose: Purpose::Join,
        workplace: Some(workplace.id),
        account: None,
        about: link.map(|id| id.0),
        from: Some(from),
    };
    let Some((secret, until)) = addresses::begin(app, tx, email, wanted).await? else {
        return Ok(());
    };
    let content = Content::Brief {
        topic: LetterKind::JoinWorkplace,
        about: workplace.name.clone(),
        by: None,
        message: None,
        count: 0,
        expires_at: Some(until.timestamp()),
    };
    let note = Note {
        content,
        invitation: None,
        secret: Some(secret),
    };
    outbox::post_to(app, tx, workplace, tell::to_address(email, ""), note).await?;
    Ok(())
}

/// What the link of the letter opens, and what becomes of whoever has it.
pub async fn open(app: &App, token: &str) -> Result<Opened> {
    let proof = addresses::find(&app.db, token, Purpose::Join, app.now()).await?;
    let mut tx = app.begin().await?;
    opened(app, &mut tx, proof).await
}

async fn opened(app: &App, tx: &mut Tx, proof: Proof) -> Result<Opened> {
    let workplace = proof.workplace.ok_or_else(|| Error::not_found("workplace"))?;
    let workplace = workplaces::read(&mut *tx, workplace).await?;
    let link = match proof.about {
        Some(id) => sql::link(&mut *tx, workplace.id, JoinLinkId(id)).await?,
        None => None,
    };
    let link = link.filter(|link| link.works(app.now()));
    let way = match &link {
        Some(link) => Way::Link {
            by_admin: may_invite(tx, &workplace, link).await?,
        },
        None => Way::Own,
    };
    let (outcome, account) = judge(tx, &workplace, &proof.email, way).await?;
    Ok(Opened {
        email: proof.email.clone(),
        group: link.as_ref().and_then(|link| link.group),
        workplace,
        outcome,
        account,
        proof,
        link,
    })
}

/// Whether the link's maker may invite, still.
async fn may_invite(tx: &mut Tx, workplace: &Workplace, link: &JoinLink) -> Result<bool> {
    let maker = accounts::get(&mut *tx, workplace.id, link.created_by).await?;
    let Some(maker) = maker.filter(super::is_in) else {
        return Ok(false);
    };
    let may = roles::permissions_of(tx, workplace.id, &maker.role).await?;
    Ok(may.contains(&crate::Permission::PeopleInvite))
}

/// The person joins: the account is made or taken, and they are in. Of many at once with one address, one does.
pub async fn come(
    app: &App,
    hasher: &PasswordHasher,
    token: &str,
    join: &Join,
    origin: Origin<'_>,
) -> Result<Entered> {
    let now = app.now();
    let before = open(app, token).await?;
    refuse_unless(&before, Outcome::Join)?;
    if !join.accept_terms {
        return Err(Error::invalid(
            "accept_terms",
            "Agree to the terms first: tick the box above the button.",
        ));
    }
    let hints = [
        join.display_name.as_str(),
        before.email.as_str(),
        before.workplace.name.as_str(),
    ];
    access::rules::judge_password(&join.password, &hints).map_err(|why| Error::invalid("password", why))?;
    let hash = hasher.hash(&app.entropy, &join.password).await?;
    let mut tx = app.begin().await?;
    tx.lock(before.workplace.id.0).await?;
    addresses::use_up(&mut tx, &before.proof, now).await?;
    // What was so when the page was shown need not be so now.
    let opened = opened(app, &mut tx, before.proof).await?;
    refuse_unless(&opened, Outcome::Join)?;
    let mut patch: Patch = Vec::new();
    let named = opened.account.as_ref().map(Account::name);
    if named.as_deref() != Some(join.display_name.trim()) {
        patch.push((Field::DisplayName, Some(join.display_name.trim().to_owned())));
    }
    let whom = opened
        .account
        .as_ref()
        .map_or(Whom::New, |account| Whom::Is(account.id));
    if whom == Whom::New {
        patch.push((Field::Email, Some(opened.email.clone())));
    }
    let actor = Actor {
        kind: crate::ActorKind::System,
        name: join.display_name.trim().to_owned(),
        permissions: std::collections::BTreeSet::new(),
        ..Actor::command_line(opened.workplace.id)
    };
    let change = Change::new(Source::SelfService, Verb::Join { patch });
    let policy = opened.workplace.policy();
    let plan = accounts::plan(app, &mut tx, &actor, whom, &change, &policy).await?;
    accounts::apply(app, &mut tx, &actor, &plan).await?;
    let account = plan.after.ok_or_else(|| Error::not_found("person"))?;
    access::may_have_password(&mut tx, &account).await?;
    let whose = (account.workplace, account.id);
    addresses::note_confirmed(&mut tx, &account, now).await?;
    if let Some(link) = &opened.link {
        if !sql::use_link(&mut tx, link, now).await? {
            return Err(Error::NotFound(
                "This link takes nobody any more: ask for another.".into(),
            ));
        }
        if let Some(group) = link.group {
            groups::add_by_link(app, &mut tx, whose, group).await?;
        }
    }
    let person = Actor::person(&account, None);
    groups::join_chosen(app, &mut tx, &person, &join.groups).await?;
    access::keep_password(&mut tx, whose, &hash, now).await?;
    invitations::welcome(app, &mut tx, &opened.workplace, &account).await?;
    let entered = access::come_in(app, &mut tx, account, SignInMethod::Join.into(), origin).await?;
    tx.commit().await?;
    Ok(entered)
}

fn refuse_unless(opened: &Opened, wanted: Outcome) -> Result<()> {
    match opened.outcome {
        outcome if outcome == wanted => Ok(()),
        Outcome::Refused(why) => Err(why.error(&opened.workplace.name)),
        Outcome::Member => Err(Error::Refused {
            code: "already_claimed",
            message: "You have an account with this address already: log in instead.".into(),
        }),
        _ => Err(Error::Refused {
            code: "changed",
            message: "The workplace changed who may come in the meantime: open the link of the letter again."
                .into(),
        }),
    }
}

/// The person asks to be let in: admins decide.
pub async fn plead(app: &App, token: &str, asked: &Asked) -> Result<Workplace> {
    let now = app.now();
    let before = open(app, token).await?;
    refuse_unless(&before, Outcome::Ask)?;
    let name = accounts::normalise(Field::DisplayName, &asked.display_name)?
        .ok_or_else(|| Error::invalid("display_name", "Say who you are."))?;
    let mut fields = Vec::new();
    for (field, value) in asked
        .fields
        .iter()
        .filter(|(field, _)| rules::may_be_required(*field))
    {
        if let Some(value) = accounts::normalise(*field, value)? {
            fields.push((*field, value));
        }
    }
    if let Some(field) = rules::missing(&before.workplace.settings.required_fields, &fields).first() {
        let message = format!(
            "Give your {}: {} needs it.",
            accounts::label(*field),
            before.workplace.name
        );
        return Err(Error::invalid(field.as_str(), message));
    }
    let note = rules::note(asked.note.as_deref())?;
    let mut tx = app.begin().await?;
    tx.lock(before.workplace.id.0).await?;
    addresses::use_up(&mut tx, &before.proof, now).await?;
    let opened = opened(app, &mut tx, before.proof).await?;
    refuse_unless(&opened, Outcome::Ask)?;
    let key = crate::fold::key(&opened.email);
    if sql::waiting_for(&mut tx, opened.workplace.id, &key)
        .await?
        .is_none()
    {
        let request = Request {
            id: RequestId::new(&app.entropy, now),
            workplace: opened.workplace.id,
            email: opened.email.clone(),
            name: Some(name.clone()),
            asked_by: None,
            note,
            fields,
            group: opened.group,
            state: RequestState::Waiting,
            created_at: now,
            decided_at: None,
            decided_by: None,
            reason: None,
        };
        let actor = Actor {
            kind: crate::ActorKind::System,
            name,
            permissions: std::collections::BTreeSet::new(),
            ..Actor::command_line(opened.workplace.id)
        };
        requests::file(app, &mut tx, &actor, &opened.workplace, &request).await?;
    }
    tx.commit().await?;
    Ok(opened.workplace)
}
