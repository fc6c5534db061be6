use guildhall_store::Tx;
use uuid::Uuid;

use super::rules::{self, News};
use super::{
    Domain, DomainState, Look, Method, Standing, Verdict, holds_address, names, of_domain, sql, tell,
};
use crate::accounts::{Account, ProfileField as Field};
use crate::ids::{DomainId, WorkplaceId};
use crate::{Actor, App, Error, Permission, Result, access, accounts, audit, signals, sso, sso_required};

/// The most domains of one workplace: each is looked at daily.
const MOST: usize = 200;
/// Whoever gives or takes a domain holds this lock, whichever workplace it is for.
pub(crate) const EVERYWHERE: Uuid = Uuid::from_u128(0x0064_6f6d_6169_6e73);
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const TOKEN: usize = 30;

/// The domains of the actor's workplace, by name.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Domain>> {
    actor.need(Permission::WorkplaceManage)?;
    sql::list(&app.db, actor.workplace).await
}

/// One of them.
pub async fn get(app: &App, actor: &Actor, id: DomainId) -> Result<Domain> {
    actor.need(Permission::WorkplaceManage)?;
    sql::get(&app.db, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("domain"))
}

/// 30 letters and digits, each as likely as any other.
fn token(app: &App) -> String {
    let mut token = String::with_capacity(TOKEN);
    let mut bytes = [0; 64];
    while token.len() < TOKEN {
        app.entropy.fill(&mut bytes);
        // Of 256 values the first 248 fall evenly on 62 letters.
        let even = bytes
            .iter()
            .filter(|byte| **byte < 248)
            .map(|byte| LETTERS[usize::from(*byte) % 62]);
        token.extend(even.take(TOKEN - token.len()).map(char::from));
    }
    token
}

/// A domain that was only named.
fn new(app: &App, workplace: WorkplaceId, name: String) -> Domain {
    let now = app.now();
    Domain {
        id: DomainId::new(&app.entropy, now),
        workplace,
        name,
        state: DomainState::Pending,
        method: None,
        subdomains: false,
        token: token(app),
        looks: Vec::new(),
        created_at: now,
        verified_at: None,
        watched_since: Some(now),
        next_at: rules::next_look(Some(now), now),
        checked_at: None,
        absent_days: 0,
        counted_at: None,
        elsewhere: false,
    }
}

/// Names a domain, and begins to look for its proof.
pub async fn add(app: &App, actor: &Actor, name: &str) -> Result<Domain> {
    actor.need(Permission::WorkplaceManage)?;
    let domain = new(app, actor.workplace, names::normalise(name)?);
    let mut tx = begin(app, actor).await?;
    let there = sql::list(&mut tx, actor.workplace).await?;
    if there.iter().any(|other| other.name == domain.name) {
        return Err(Error::Conflict {
            code: "domain_exists",
            message: format!("{} is in your list already.", names::shown(&domain.name)),
        });
    }
    if there.len() >= MOST {
        return Err(Error::Refused {
            code: "too_many",
            message: format!("A workplace has at most {MOST} domains: remove one that you don't need."),
        });
    }
    rules::is_free(
        of_domain(&mut tx, actor.workplace, &domain.name).await?,
        &domain.name,
    )?;
    sql::insert(&mut tx, &domain).await?;
    note(app, &mut tx, actor, "add", None, &domain).await?;
    tx.commit().await?;
    Ok(domain)
}

/// Lets the domain of a new workplace's first admin in, whose address was proven; nothing, if nobody may have it.
pub(crate) async fn let_in(app: &App, tx: &mut Tx, account: &Account) -> Result<()> {
    let email = account.profile.get(Field::Email);
    let Some(name) = email
        .and_then(names::of_address)
        .and_then(|name| names::normalise(&name).ok())
    else {
        return Ok(());
    };
    let domain = Domain {
        state: DomainState::AllowListed,
        watched_since: None,
        next_at: None,
        ..new(app, account.workplace, name)
    };
    sql::insert(tx, &domain).await?;
    note(
        app,
        tx,
        &Actor::person(account, None),
        "allow_list",
        None,
        &domain,
    )
    .await
}

/// Takes a domain with all below it as proven, which nobody looks for: the demo's domains are nowhere.
pub(crate) async fn pretend(app: &App, actor: &Actor, name: &str) -> Result<()> {
    let before = add(app, actor, name).await?;
    let look = Look {
        way: Method::Dns,
        verdict: Verdict::Proven,
        said: "This is a demo: nobody looked.".into(),
        found: Vec::new(),
    };
    let now = app.now();
    let next = rules::Next {
        next_at: None,
        ..rules::after(&before, std::slice::from_ref(&look), now)
    };
    let mut tx = begin(app, actor).await?;
    sql::put_look(&mut tx, &before, &[look], &next, now).await?;
    let after = Domain {
        subdomains: true,
        ..own(&mut tx, actor, before.id).await?
    };
    sql::put(&mut tx, &after).await?;
    note(app, &mut tx, actor, "verify", Some(&before), &after).await?;
    tx.commit().await?;
    Ok(())
}

/// A transaction in which no other workplace takes a domain, and nothing else is decided in this one.
pub(super) async fn begin(app: &App, actor: &Actor) -> Result<Tx> {
    let mut tx = app.begin().await?;
    tx.lock(EVERYWHERE).await?;
    tx.lock(actor.workplace.0).await?;
    Ok(tx)
}

pub(super) async fn own(tx: &mut Tx, actor: &Actor, id: DomainId) -> Result<Domain> {
    actor.need(Permission::WorkplaceManage)?;
    sql::get(tx, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("domain"))
}

pub(super) async fn note(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    verb: &'static str,
    before: Option<&Domain>,
    after: &Domain,
) -> Result<()> {
    let told = |domain: &Domain| {
        let method = domain.method.map(|method| format!(" by {}", method.as_str()));
        let below = if domain.subdomains { " with subdomains" } else { "" };
        format!("{}{}{below}", domain.state.as_str(), method.unwrap_or_default())
    };
    let entry = audit::Entry {
        source: accounts::people::source(actor).as_str(),
        verb,
        subject: audit::Subject {
            kind: "domain",
            id: Some(after.id.0),
            name: after.name.clone(),
        },
        run: None,
        changes: vec![audit::FieldChange {
            field: "state".into(),
            before: before.map(told),
            after: (verb != "remove").then(|| told(after)),
            was_from: None,
        }],
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    signals::send(tx, &app.entropy, now, actor.workplace, None, signals::DOMAINS).await
}

/// Lets a domain in without proof: the actor's own confirmed address must be there.
pub async fn allow(app: &App, actor: &Actor, id: DomainId) -> Result<Domain> {
    let mut tx = begin(app, actor).await?;
    access::proven(actor, app.now())?;
    let before = own(&mut tx, actor, id).await?;
    rules::is_free(
        of_domain(&mut tx, actor.workplace, &before.name).await?,
        &before.name,
    )?;
    let holds = match actor.account() {
        Some(id) => {
            let account = accounts::get(&mut tx, actor.workplace, id).await?;
            let account = account.ok_or_else(|| Error::not_found("person"))?;
            holds_address(&mut tx, &account, &before.name).await?
        }
        None => false,
    };
    rules::may_allow(&before, holds)?;
    let after = Domain {
        state: DomainState::AllowListed,
        ..before.clone()
    };
    sql::put(&mut tx, &after).await?;
    note(app, &mut tx, actor, "allow_list", Some(&before), &after).await?;
    tx.commit().await?;
    Ok(after)
}

/// Whether addresses below the domain belong to it, too.
pub async fn include_subdomains(app: &App, actor: &Actor, id: DomainId, yes: bool) -> Result<Domain> {
    let mut tx = begin(app, actor).await?;
    access::proven(actor, app.now())?;
    let before = own(&mut tx, actor, id).await?;
    let served = served(&mut tx, &before).await?;
    if yes {
        rules::may_include(&before)?;
    }
    let after = Domain {
        subdomains: yes,
        ..before.clone()
    };
    if after != before {
        sql::put(&mut tx, &after).await?;
        spare(&mut tx, &after, &served).await?;
        note(app, &mut tx, actor, "update", Some(&before), &after).await?;
    }
    tx.commit().await?;
    Ok(after)
}

/// The names at and below a domain that are ours by now and for whose people an identity provider answers that is on.
async fn served(tx: &mut Tx, domain: &Domain) -> Result<Vec<String>> {
    let mut names = sso::at_and_below(tx, domain.workplace, &domain.name).await?;
    // Those below it of whom nobody has spoken by name.
    names.push(any_below(domain));
    let answered = sso::answered(tx, domain.workplace, &names).await?;
    ours(tx, domain.workplace, answered).await
}

/// Stands for the names below a domain.
fn any_below(domain: &Domain) -> String {
    format!("x.{}", domain.name)
}

async fn ours(tx: &mut Tx, workplace: WorkplaceId, names: Vec<String>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for name in names {
        if of_domain(tx, workplace, &name).await? == Standing::Ours {
            found.push(name);
        }
    }
    Ok(found)
}

/// Refuses a change of a domain by which people lose the only way in that they have. `served`: what was [`served`] before.
async fn spare(tx: &mut Tx, domain: &Domain, served: &[String]) -> Result<()> {
    let still = ours(tx, domain.workplace, served.to_vec()).await?;
    let lost: Vec<String> = served
        .iter()
        .filter(|name| !still.contains(name))
        .map(|name| {
            if *name == any_below(domain) {
                domain.name.clone()
            } else {
                name.clone()
            }
        })
        .collect();
    sso_required::spare(tx, domain.workplace, &lost).await
}

/// Gives a domain up: others may have it from now on. Its people stay.
pub async fn remove(app: &App, actor: &Actor, id: DomainId) -> Result<()> {
    let mut tx = begin(app, actor).await?;
    access::proven(actor, app.now())?;
    let domain = own(&mut tx, actor, id).await?;
    let served = served(&mut tx, &domain).await?;
    sql::remove(&mut tx, &domain).await?;
    spare(&mut tx, &domain, &served).await?;
    note(app, &mut tx, actor, "remove", Some(&domain), &domain).await?;
    tx.commit().await?;
    Ok(())
}

/// Looks for the proof now, and for 72 hours from now on.
pub async fn check(app: &App, actor: &Actor, id: DomainId) -> Result<Domain> {
    let domain = watch(app, actor, id).await?;
    let looks = app.scout.look(&domain.name, &domain.token, app.now()).await;
    note_looks(app, actor, &domain, &looks).await
}

/// Begins the 72 hours anew.
pub async fn watch(app: &App, actor: &Actor, id: DomainId) -> Result<Domain> {
    let now = app.now();
    let mut tx = begin(app, actor).await?;
    let mut domain = own(&mut tx, actor, id).await?;
    rules::is_free(
        of_domain(&mut tx, actor.workplace, &domain.name).await?,
        &domain.name,
    )?;
    if domain.state != DomainState::Verified {
        domain.watched_since = Some(now);
        domain.next_at = rules::next_look(Some(now), now);
        sql::put(&mut tx, &domain).await?;
    }
    tx.commit().await?;
    Ok(domain)
}

/// Writes what was seen of a domain. Whoever verifies first has it: in one transaction with that nobody else has.
///
/// # Errors
/// `domain_taken` when another workplace was quicker.
pub async fn note_looks(app: &App, actor: &Actor, seen: &Domain, looks: &[Look]) -> Result<Domain> {
    let now = app.now();
    let mut tx = begin(app, actor).await?;
    let Some(before) = sql::get(&mut tx, seen.workplace, seen.id).await? else {
        return Err(Error::not_found("domain"));
    };
    // What was looked for is what must be proven: somebody may have removed and added it in between.
    if before.token != seen.token {
        return Ok(before);
    }
    let mut next = rules::after(&before, looks, now);
    let taken = of_domain(&mut tx, before.workplace, &before.name).await? == Standing::Elsewhere;
    if taken {
        (next.state, next.method, next.next_at) = (before.state, before.method, None);
        next.verified_at = before.verified_at;
    }
    sql::put_look(&mut tx, &before, looks, &next, now).await?;
    let after = sql::get(&mut tx, before.workplace, before.id)
        .await?
        .ok_or_else(|| Error::not_found("domain"))?;
    match next.news.filter(|_| !taken) {
        Some(news @ News::Verified) => {
            note(app, &mut tx, actor, "verify", Some(&before), &after).await?;
            sql::drop_code(&mut tx, &after).await?;
            tell::admins(app, &mut tx, &after, news).await?;
            tell::others(app, &mut tx, &after).await?;
        }
        Some(news @ News::Lost) => {
            note(app, &mut tx, actor, "lose", Some(&before), &after).await?;
            tell::admins(app, &mut tx, &after, news).await?;
        }
        Some(news @ News::Narrowed) => {
            note(app, &mut tx, actor, "update", Some(&before), &after).await?;
            tell::admins(app, &mut tx, &after, news).await?;
        }
        Some(news @ (News::Gone { .. } | News::Narrows { .. })) => {
            note(app, &mut tx, actor, "proof_missing", Some(&before), &after).await?;
            tell::admins(app, &mut tx, &after, news).await?;
        }
        None => {
            signals::send(
                &mut tx,
                &app.entropy,
                now,
                after.workplace,
                None,
                signals::DOMAINS,
            )
            .await?;
        }
    }
    tx.commit().await?;
    if taken && looks.iter().any(|look| look.verdict == Verdict::Proven) {
        rules::is_free(Standing::Elsewhere, &after.name)?;
    }
    Ok(after)
}
