use guildhall_store::Tx;

use super::rules::{self, Way};
use super::{Filter, Outcome, Request, RequestState, judge, sql, tell};
use crate::accounts::{self, Change, Patch, ProfileField as Field, Source, Verb, Whom};
use crate::ids::RequestId;
use crate::mail::LetterKind;
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Page, Permission, Result, audit, signals};

/// Addresses at a time, and a day.
const MOST_AT_ONCE: usize = 50;
const MOST_A_DAY: i64 = 200;
const DAY: i64 = 24 * 60 * 60;
/// Requests that are decided at a time.
const MOST_DECIDED: usize = 500;

/// What became of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    pub email: String,
    pub outcome: Outcome,
    /// For whoever invited.
    pub said: String,
}

/// Somebody who is here gives the addresses of others: they are invited, or admins are asked, as the workplace has set.
pub async fn invite(app: &App, actor: &Actor, emails: &[String], note: Option<&str>) -> Result<Vec<Invited>> {
    let asker = actor.account().ok_or_else(|| Error::Refused {
        code: "no_account",
        message: "Only people invite: programs add people, and invite them so.".into(),
    })?;
    let note = rules::note(note)?;
    let (right, wrong) = rules::addresses(emails);
    if let Some(wrong) = wrong.first() {
        return Err(Error::invalid(
            "emails",
            format!("\"{wrong}\" is no e-mail address: correct it or take it out."),
        ));
    }
    if right.is_empty() || right.len() > MOST_AT_ONCE {
        return Err(Error::invalid(
            "emails",
            format!("Give the addresses of one to {MOST_AT_ONCE} people."),
        ));
    }
    let by_admin = actor.may(Permission::PeopleInvite);
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let workplace = workplaces::read(&mut tx, actor.workplace).await?;
    let since = app.now().plus_seconds(-DAY);
    let today = sql::asked_since(&mut tx, (actor.workplace, asker), since).await?;
    if !by_admin && today + right.len() as i64 > MOST_A_DAY {
        return Err(Error::Refused {
            code: "too_many",
            message: format!(
                "You can invite {MOST_A_DAY} people a day: go on tomorrow, or ask an admin to take a list in."
            ),
        });
    }
    let mut all = Vec::new();
    for email in right {
        let one = invite_one(
            app,
            &mut tx,
            actor,
            &workplace,
            (&email, note.as_deref()),
            by_admin,
        )
        .await?;
        all.push(one);
    }
    tx.commit().await?;
    Ok(all)
}

async fn invite_one(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    workplace: &Workplace,
    (email, note): (&str, Option<&str>),
    by_admin: bool,
) -> Result<Invited> {
    let (outcome, existing) = judge(tx, workplace, email, Way::Invited { by_admin }).await?;
    let name = existing.as_ref().map(accounts::Account::name);
    let said = match outcome {
        Outcome::Member => format!("{} is here already.", name.as_deref().unwrap_or(email)),
        Outcome::Waits => format!("{email} is invited already."),
        Outcome::Refused(why) => why.error(&workplace.name).to_string(),
        Outcome::Invite | Outcome::Join => {
            let request = new_request(app, actor, email, note, RequestState::Approved);
            sql::insert(tx, &request).await?;
            bring(app, tx, actor, &request, existing.as_ref()).await?;
            format!("An invitation to {email} is on its way.")
        }
        Outcome::Ask => {
            if sql::waiting_for(tx, workplace.id, &crate::fold::key(email))
                .await?
                .is_some()
            {
                format!("{email} waits for an admin's word already.")
            } else {
                let request = new_request(app, actor, email, note, RequestState::Waiting);
                file(app, tx, actor, workplace, &request).await?;
                format!("An admin decides whether {email} is invited. You will be told.")
            }
        }
    };
    Ok(Invited {
        email: email.to_owned(),
        outcome,
        said,
    })
}

fn new_request(app: &App, actor: &Actor, email: &str, note: Option<&str>, state: RequestState) -> Request {
    let now = app.now();
    Request {
        id: RequestId::new(&app.entropy, now),
        workplace: actor.workplace,
        email: email.to_owned(),
        name: None,
        asked_by: actor.account(),
        note: note.map(str::to_owned),
        fields: Vec::new(),
        group: None,
        state,
        created_at: now,
        decided_at: (state != RequestState::Waiting).then_some(now),
        decided_by: None,
        reason: None,
    }
}

/// Puts a request into the queue, and tells the admins.
pub(super) async fn file(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    workplace: &Workplace,
    request: &Request,
) -> Result<()> {
    sql::insert(tx, request).await?;
    note(app, tx, actor, request, "ask").await?;
    tell::admins(app, tx, workplace).await
}

async fn note(app: &App, tx: &mut Tx, actor: &Actor, request: &Request, verb: &'static str) -> Result<()> {
    let reason = request.reason.as_ref().or(request.note.as_ref());
    let entry = audit::Entry {
        source: if verb == "ask" { "self" } else { "admin" },
        verb,
        subject: audit::Subject {
            kind: "access_request",
            id: Some(request.id.0),
            name: request.email.clone(),
        },
        run: None,
        changes: vec![audit::FieldChange {
            field: "state".into(),
            before: (verb != "ask").then(|| RequestState::Waiting.as_str().to_owned()),
            after: Some(match reason {
                Some(reason) => format!("{}: {reason}", request.state.as_str()),
                None => request.state.as_str().to_owned(),
            }),
            was_from: None,
        }],
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    signals::send(tx, &app.entropy, now, actor.workplace, None, signals::REQUESTS).await
}

/// Makes the account that was asked for, or takes the one that is prepared, and invites.
async fn bring(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    request: &Request,
    existing: Option<&accounts::Account>,
) -> Result<()> {
    let workplace = workplaces::read(&mut *tx, actor.workplace).await?;
    let policy = workplace.policy();
    let account = if let Some(account) = existing {
        account.id
    } else {
        let local = request.email.split('@').next().unwrap_or_default();
        let name = request.name.clone();
        let mut patch: Patch = vec![
            (
                Field::DisplayName,
                Some(name.unwrap_or_else(|| local.replace(['.', '_'], " "))),
            ),
            (Field::Email, Some(request.email.clone())),
        ];
        patch.extend(
            request
                .fields
                .iter()
                .map(|(field, value)| (*field, Some(value.clone()))),
        );
        let made = Verb::Provision {
            patch,
            invite: false,
            role: None,
        };
        let change = Change::new(Source::Admin, made);
        let plan = accounts::plan(app, tx, actor, Whom::New, &change, &policy).await?;
        accounts::apply(app, tx, actor, &plan).await?;
        plan.after.ok_or_else(|| Error::not_found("person"))?.id
    };
    let message = request.note.clone();
    let change = Change::new(Source::Admin, Verb::Invite { message });
    let plan = accounts::plan(app, tx, actor, Whom::Is(account), &change, &policy).await?;
    accounts::apply(app, tx, actor, &plan).await?;
    if let Some(group) = request.group {
        crate::groups::add_by_link(app, tx, (actor.workplace, account), group).await?;
    }
    Ok(())
}

/// The requests that match, newest first.
pub async fn list(app: &App, actor: &Actor, filter: &Filter) -> Result<Page<Request>> {
    actor.need(Permission::PeopleInvite)?;
    sql::list(&app.db, actor.workplace, filter).await
}

/// How many wait for an admin's word.
pub async fn waiting(app: &App, actor: &Actor) -> Result<i64> {
    actor.need(Permission::PeopleInvite)?;
    sql::waiting(&app.db, actor.workplace).await
}

async fn take(tx: &mut Tx, actor: &Actor, id: RequestId) -> Result<Request> {
    let request = sql::get(tx, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("request"))?;
    if request.state == RequestState::Waiting {
        return Ok(request);
    }
    Err(Error::Conflict {
        code: "decided",
        message: format!("Somebody else decided on {} in the meantime.", request.email),
    })
}

/// Says yes to some: each is invited. `fields` are filled in for all of them, where they did not say.
///
/// # Errors
/// `fields_missing` while a field that the workplace requires is empty; then none is invited.
pub async fn approve(app: &App, actor: &Actor, ids: &[RequestId], fields: &[(Field, String)]) -> Result<()> {
    actor.need(Permission::PeopleInvite)?;
    few(ids)?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let workplace = workplaces::read(&mut tx, actor.workplace).await?;
    let required = &workplace.settings.required_fields;
    for id in ids {
        let mut request = take(&mut tx, actor, *id).await?;
        for (field, value) in fields {
            let filled = request.fields.iter().any(|(other, _)| other == field);
            if !filled && rules::may_be_required(*field) && !value.trim().is_empty() {
                request.fields.push((*field, value.trim().to_owned()));
            }
        }
        let (outcome, existing) = judge(
            &mut tx,
            &workplace,
            &request.email,
            Way::Invited { by_admin: true },
        )
        .await?;
        let missing = rules::missing(required, &request.fields);
        if let (None, Some(field)) = (&existing, missing.first()) {
            return Err(Error::Refused {
                code: "fields_missing",
                message: format!(
                    "The {} of {} is missing: fill it in first.",
                    accounts::label(*field),
                    request.email
                ),
            });
        }
        request.state = RequestState::Approved;
        (request.decided_at, request.decided_by) = (Some(app.now()), actor.account());
        if !sql::decide(&mut tx, &request).await? {
            continue;
        }
        match outcome {
            Outcome::Refused(why) => return Err(about(&request, why.error(&workplace.name), ids.len())),
            Outcome::Invite | Outcome::Ask | Outcome::Join => {
                bring(app, &mut tx, actor, &request, existing.as_ref()).await?;
            }
            Outcome::Member | Outcome::Waits => {}
        }
        note(app, &mut tx, actor, &request, "approve").await?;
        tell::asker(app, &mut tx, &workplace, &request, LetterKind::RequestApproved).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Says whose request, of so many, can't be approved.
fn about(request: &Request, why: Error, of: usize) -> Error {
    let others = if of > 1 {
        " Nobody was let in: leave that request out, or decline it, then approve the others."
    } else {
        ""
    };
    match why {
        Error::Refused { code, message } => Error::Refused {
            code,
            message: format!("{}: {message}{others}", request.email),
        },
        other => other,
    }
}

fn few(ids: &[RequestId]) -> Result<()> {
    if ids.is_empty() || ids.len() > MOST_DECIDED {
        return Err(Error::invalid(
            "ids",
            format!("Choose one to {MOST_DECIDED} requests."),
        ));
    }
    Ok(())
}

/// Says no to some; whoever asked is told, with the reason if one is given.
pub async fn decline(app: &App, actor: &Actor, ids: &[RequestId], reason: Option<&str>) -> Result<()> {
    actor.need(Permission::PeopleInvite)?;
    few(ids)?;
    let reason = rules::note(reason)?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let workplace = workplaces::read(&mut tx, actor.workplace).await?;
    for id in ids {
        let mut request = take(&mut tx, actor, *id).await?;
        request.state = RequestState::Declined;
        request.reason.clone_from(&reason);
        (request.decided_at, request.decided_by) = (Some(app.now()), actor.account());
        if sql::decide(&mut tx, &request).await? {
            note(app, &mut tx, actor, &request, "decline").await?;
            tell::asker(app, &mut tx, &workplace, &request, LetterKind::RequestDeclined).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}
