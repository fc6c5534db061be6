//! People as a connector makes, changes and ends them.

use guildhall_store::Tx;
use guildhall_wire::scim::{
    ErrorKind, FACEBOOK_STATUS, Map, Operation, Resource, ScimError, apply as apply_operation,
    read as read_resource,
};
use serde_json::Value;

use super::{Done, Link, Match, Trouble, Within, gone, lock, photos, show, sql};
use crate::accounts::sources::scim as source;
use crate::accounts::{
    self, Account, AccountState, Action, Change, Plan, ProfileField as Field, Source, Whom,
};
use crate::ids::{AccountId, SetId};
use crate::sets::{self, Owner};
use crate::{connectors, fold};

type Told<T> = Result<T, Trouble>;

pub(super) fn owner(within: Within<'_>) -> Owner {
    Owner {
        source: Source::Scim,
        id: within.session.connector.id.0,
    }
}

/// The person, if the connector sees them.
async fn visible(within: Within<'_>, tx: &mut Tx, id: &str) -> Told<(Account, Option<Link>)> {
    let id: AccountId = id.parse().map_err(|_| gone("person"))?;
    let workplace = within.session.connector.workplace;
    let account = accounts::get(&mut *tx, workplace, id).await?;
    let account = account
        .filter(|account| !account.former)
        .ok_or_else(|| gone("person"))?;
    let link = sql::link(&mut *tx, &within.session.connector, id).await?;
    if link.as_ref().is_some_and(|link| link.left_at.is_some()) {
        return Err(gone("person"));
    }
    Ok((account, link))
}

async fn manager_name(within: Within<'_>, tx: &mut Tx, account: &Account) -> Told<Option<String>> {
    let Some(id) = account.profile.manager() else {
        return Ok(None);
    };
    let found = accounts::named(tx, within.session.connector.workplace, &[id]).await?;
    Ok(found.into_iter().next().map(|named| named.display_name))
}

/// The resource as the client sees it now.
async fn shown(within: Within<'_>, tx: &mut Tx, account: &Account, link: Option<&Link>) -> Told<Map> {
    let manager = manager_name(within, tx, account).await?;
    let groups: Vec<(SetId, String, bool)> = sets::of_people(
        &mut *tx,
        account.workplace,
        within.session.connector.id.0,
        &[account.id],
    )
    .await?
    .into_iter()
    .map(|(_, id, name, direct)| (id, name, direct))
    .collect();
    Ok(show::person(
        account,
        link,
        manager.as_deref(),
        &groups,
        within.base,
    ))
}

/// One person.
pub async fn read(within: Within<'_>, id: &str) -> Told<Done> {
    let mut tx = within.app.db.snapshot().await?;
    let (account, link) = visible(within, &mut tx, id).await?;
    Ok(Done {
        resource: shown(within, &mut tx, &account, link.as_ref()).await?,
        id: Some(account.id.0),
        version: show::version(&account, link.as_ref()),
        summary: format!("Read {}.", account.name()),
        ..Done::default()
    })
}

fn text(map: &Map, name: &str) -> Option<String> {
    map.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// The e-mail and employee id that the resource gives the person.
fn keys(said: &source::Said) -> (Option<&String>, Option<&String>) {
    (
        said.fields.get(&Field::Email),
        said.fields.get(&Field::EmployeeId),
    )
}

/// Whom a new resource is about, if they are here: by what the connector calls them, then by address and number.
async fn known(
    within: Within<'_>,
    tx: &mut Tx,
    resource: &Map,
    said: &source::Said,
) -> Told<Option<AccountId>> {
    let connector = &within.session.connector;
    if let Some(external) = text(resource, "externalId")
        && let Some(link) = sql::by_external(tx, connector, &external).await?
    {
        return Ok(Some(link));
    }
    if let Some(name) = text(resource, "userName")
        && let Some(link) = sql::by_user_name(tx, connector, &fold::key(&name)).await?
    {
        return Ok(Some(link));
    }
    let (email, employee) = keys(said);
    if let Some(email) = email
        && let Some(account) = accounts::by_email(&mut *tx, connector.workplace, email).await?
    {
        return Ok(Some(account.id));
    }
    if let Some(employee) = employee
        && let Some(account) = accounts::by_employee_id(&mut *tx, connector.workplace, employee).await?
    {
        return Ok(Some(account.id));
    }
    Ok(None)
}

/// Adds a person, or brings one back who had left the view of this connector.
pub async fn create(within: Within<'_>, tx: &mut Tx, body: &Value) -> Told<Done> {
    let mut read = read_resource(Resource::User, body)?;
    let resource = &mut read.resource;
    let said = source::said(resource);
    if !resource.contains_key("userName") {
        let name = text(resource, "externalId").or_else(|| keys(&said).0.cloned());
        let name = name.ok_or_else(|| {
            ScimError::new(
                ErrorKind::InvalidValue,
                "\"userName\" is missing: send what the person is known by.",
            )
        })?;
        resource.insert("userName".to_owned(), name.into());
    }
    lock(tx, within).await?;
    let connector = &within.session.connector;
    let mut whom = Whom::New;
    let mut link = None;
    if let Some(id) = known(within, tx, &read.resource, &said).await? {
        link = sql::link(&mut *tx, connector, id).await?;
        if link.as_ref().is_none_or(|link| link.left_at.is_none()) {
            let named = accounts::named(tx, connector.workplace, &[id]).await?;
            let name = named
                .first()
                .map_or("Somebody", |named| &named.display_name)
                .to_owned();
            return Err(Trouble::Taken(format!(
                "{name} is here already, with the id {id}: find them by userName, and change them instead of adding them \
                 again."
            )));
        }
        whom = Whom::Is(id);
    }
    let manager = manager_of(within, tx, &read.resource).await?;
    let changes = source::arrived(&read.resource, &said, manager, connector.settings.invite);
    let mut run = Run::new(within, whom);
    run.notes.extend(said.notes);
    run.notes
        .extend(read.ignored.iter().map(|name| format!("\"{name}\" is not kept.")));
    for change in &changes {
        run.go(tx, change).await?;
    }
    let Whom::Is(id) = run.whom else {
        return Err(gone("person"));
    };
    let now = within.app.now();
    let awaits = source::manager(&read.resource)
        .filter(|_| manager.is_none())
        .map(fold::key);
    let link = Link {
        account: id,
        external_id: text(&read.resource, "externalId"),
        user_name: text(&read.resource, "userName"),
        resource: read.resource,
        manager_key: awaits,
        left_at: None,
        created_at: link.as_ref().map_or(now, |link| link.created_at),
        updated_at: now,
        version: link.map_or(1, |link| link.version + 1),
    };
    sql::put(tx, connector, &link).await?;
    run.notes
        .extend(photos::follow(within, tx, id, (&Map::new(), &link.resource)).await?);
    let account = accounts::get(&mut *tx, connector.workplace, id)
        .await?
        .ok_or_else(|| gone("person"))?;
    run.reports(tx, &account, &link).await?;
    run.done(tx, &account, &link).await
}

/// Whom the resource names as the manager, if that person is here: by id, or as they are called elsewhere.
async fn manager_of(within: Within<'_>, tx: &mut Tx, resource: &Map) -> Told<Option<AccountId>> {
    let Some(reference) = source::manager(resource) else {
        return Ok(None);
    };
    let connector = &within.session.connector;
    if let Ok(id) = reference.parse::<AccountId>() {
        let here = accounts::present_ids(&mut *tx, connector.workplace, &[id]).await?;
        if let Some(id) = here.first() {
            return Ok(Some(*id));
        }
    }
    if let Some(id) = sql::by_external(tx, connector, reference).await? {
        return Ok(Some(id));
    }
    if let Some(id) = sql::by_user_name(tx, connector, &fold::key(reference)).await? {
        return Ok(Some(id));
    }
    if let Some(account) = accounts::by_email(&mut *tx, connector.workplace, reference).await? {
        return Ok(Some(account.id));
    }
    let account = accounts::by_employee_id(&mut *tx, connector.workplace, reference).await?;
    Ok(account.map(|account| account.id))
}

/// Changes of one person, one after the other, in one transaction.
struct Run<'a> {
    within: Within<'a>,
    whom: Whom,
    notes: Vec<String>,
    did: Vec<&'static str>,
    name: String,
}

fn in_words(action: Action) -> &'static str {
    match action {
        Action::Created => "Added",
        Action::Invited => "Invited",
        Action::Deactivated => "Deactivated",
        Action::Reactivated => "Reactivated",
        Action::Deleted => "Deleted",
        Action::Updated
        | Action::Reminded
        | Action::Revoked
        | Action::Claimed
        | Action::CodeGiven
        | Action::Unclaimed
        | Action::Stripped => "Changed",
        Action::Unchanged => "Nothing to change for",
    }
}

impl<'a> Run<'a> {
    fn new(within: Within<'a>, whom: Whom) -> Self {
        Self {
            within,
            whom,
            notes: Vec::new(),
            did: Vec::new(),
            name: String::new(),
        }
    }

    async fn go(&mut self, tx: &mut Tx, change: &Change) -> Told<Plan> {
        let Within { app, session, .. } = self.within;
        let change = &self.within.says(change.clone());
        let plan = accounts::plan(app, tx, &session.actor, self.whom, change, &session.policy).await?;
        let had_come = plan
            .before
            .as_ref()
            .is_some_and(|account| account.state == AccountState::Claimed);
        if plan.action == Action::Deactivated && had_come {
            connectors::let_go(app, tx, &session.connector).await?;
        }
        accounts::apply(app, tx, &session.actor, &plan).await?;
        if let Some(account) = plan.account() {
            self.whom = Whom::Is(account.id);
            self.name = account.name();
        }
        if !plan.is_unchanged() {
            self.did.push(in_words(plan.action));
        }
        self.notes.extend(plan.notes.iter().cloned());
        Ok(plan)
    }

    /// Those who waited for this manager report to them from now on.
    async fn reports(&mut self, tx: &mut Tx, manager: &Account, link: &Link) -> Told<()> {
        let Within { app, session, .. } = self.within;
        let keys: Vec<String> = [
            Some(manager.id.to_string()),
            link.external_id.as_deref().map(fold::key),
            link.user_name.as_deref().map(fold::key),
            manager.profile.email_key(),
            manager.profile.employee_key(),
        ]
        .into_iter()
        .flatten()
        .collect();
        for report in sql::awaiting(tx, &session.connector, &keys).await? {
            if report == manager.id {
                continue;
            }
            let change = self.within.says(source::reports_to(manager.id));
            let plan = accounts::plan(
                app,
                tx,
                &session.actor,
                Whom::Is(report),
                &change,
                &session.policy,
            )
            .await;
            match plan {
                Ok(plan) => {
                    accounts::apply(app, tx, &session.actor, &plan).await?;
                    sql::manager_came(tx, &session.connector, report).await?;
                    self.notes.push(format!(
                        "{} reports to {} now.",
                        plan.account().map(Account::name).unwrap_or_default(),
                        manager.name()
                    ));
                }
                Err(crate::Error::Refused { message, .. } | crate::Error::Invalid { message, .. }) => {
                    self.notes.push(message);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn done(self, tx: &mut Tx, account: &Account, link: &Link) -> Told<Done> {
        let changed = !self.did.is_empty();
        let what = if changed {
            self.did.join(", then ")
        } else {
            "Nothing to change for".to_owned()
        };
        Ok(Done {
            resource: shown(self.within, tx, account, Some(link)).await?,
            id: Some(account.id.0),
            version: show::version(account, Some(link)),
            summary: format!("{what} {}.", account.name()),
            notes: self.notes,
            changed,
        })
    }
}

/// Makes the person what the resource says; what the connector never said and does not say now stays.
pub async fn replace(within: Within<'_>, tx: &mut Tx, id: &str, body: &Value, seen: &Match) -> Told<Done> {
    let read = read_resource(Resource::User, body)?;
    lock(tx, within).await?;
    let (account, link) = visible(within, tx, id).await?;
    seen.check(&show::version(&account, link.as_ref()))?;
    let mut before = show::body(&account, link.as_ref(), None, within.base);
    if link.is_none() {
        let shown = show::taken_over(&account, &read.resource, within.base);
        before.retain(|name, _| shown.contains_key(name) || !read.resource.contains_key(name));
    }
    let empty = Map::new();
    let said = link.as_ref().map_or(&empty, |link| &link.resource);
    let after = show::kept(&before, said, &read.resource);
    finish(within, tx, (account, link), (before, after), (read.ignored, None)).await
}

/// Changes what the operations name.
pub async fn patch(
    within: Within<'_>,
    tx: &mut Tx,
    id: &str,
    (operations, ignored): (&[Operation], Vec<String>),
    seen: &Match,
) -> Told<Done> {
    lock(tx, within).await?;
    let (account, link) = visible(within, tx, id).await?;
    seen.check(&show::version(&account, link.as_ref()))?;
    let mut before = show::body(&account, link.as_ref(), None, within.base);
    if link.is_none() {
        let shown = show::taken_over(&account, &Map::new(), within.base);
        before.retain(|name, _| shown.contains_key(name));
    }
    let mut after = before.clone();
    for operation in operations {
        apply_operation(&mut after, operation)?;
    }
    let status = show::status_as_written(operations);
    finish(within, tx, (account, link), (before, after), (ignored, status)).await
}

async fn finish(
    within: Within<'_>,
    tx: &mut Tx,
    (account, link): (Account, Option<Link>),
    (before, after): (Map, Map),
    (ignored, status): (Vec<String>, Option<Value>),
) -> Told<Done> {
    let connector = &within.session.connector;
    unique(within, tx, account.id, &before, &after).await?;
    let (said_before, said_after) = (source::said(&before), source::said(&after));
    let had = account.profile.manager();
    let mut awaits = link.as_ref().and_then(|link| link.manager_key.clone());
    let mut run = Run::new(within, Whom::Is(account.id));
    let mut has = had;
    if source::manager(&before) != source::manager(&after) {
        has = manager_of(within, tx, &after).await?;
        awaits = source::manager(&after).filter(|_| has.is_none()).map(fold::key);
        if has == Some(account.id) {
            run.notes
                .push("Nobody is their own manager: that one is not used.".to_owned());
            has = None;
        }
    }
    run.notes.extend(
        said_after
            .notes
            .iter()
            .filter(|note| !said_before.notes.contains(note))
            .cloned(),
    );
    run.notes
        .extend(ignored.iter().map(|name| format!("\"{name}\" is not kept.")));
    for change in source::changed((&before, &after), (&said_before, &said_after), (had, has)) {
        run.go(tx, &change).await?;
    }
    let empty = Map::new();
    let said = link.as_ref().map_or(&empty, |link| &link.resource);
    let mut own = show::owned(said, &before, &after);
    own.insert(
        "userName".to_owned(),
        after.get("userName").cloned().unwrap_or_default(),
    );
    if before.contains_key("active") && !after.contains_key("active") {
        own.insert("active".to_owned(), Value::Null);
    }
    let written = said
        .get(FACEBOOK_STATUS.urn)
        .filter(|value| !says_something(value));
    if let Some(status) = status.or_else(|| written.cloned())
        && !own.contains_key(FACEBOOK_STATUS.urn)
    {
        own.insert(FACEBOOK_STATUS.urn.to_owned(), status);
    }
    let is_same = link
        .as_ref()
        .is_some_and(|link| link.resource == own && link.manager_key == awaits);
    run.notes
        .extend(photos::follow(within, tx, account.id, (said, &own)).await?);
    let account = accounts::get(&mut *tx, connector.workplace, account.id)
        .await?
        .ok_or_else(|| gone("person"))?;
    let now = within.app.now();
    let link = match link {
        Some(link) if is_same => link,
        old => {
            if run.did.is_empty() {
                run.did.push(if old.is_some() { "Changed" } else { "Took over" });
            }
            let new = Link {
                account: account.id,
                external_id: text(&own, "externalId"),
                user_name: text(&own, "userName"),
                resource: own,
                manager_key: awaits,
                left_at: None,
                created_at: old.as_ref().map_or(now, |old| old.created_at),
                updated_at: now,
                version: old.map_or(1, |old| old.version + 1),
            };
            sql::put(tx, connector, &new).await?;
            run.reports(tx, &account, &new).await?;
            new
        }
    };
    run.done(tx, &account, &link).await
}

fn says_something(value: &Value) -> bool {
    value.as_object().is_some_and(|parts| !parts.is_empty())
}

/// Two people of one connector never have the same name or external id.
async fn unique(within: Within<'_>, tx: &mut Tx, id: AccountId, before: &Map, after: &Map) -> Told<()> {
    let connector = &within.session.connector;
    for name in ["externalId", "userName"] {
        let Some(value) = text(after, name) else {
            if name == "userName" {
                let detail = "\"userName\" is required and can't be removed.";
                return Err(ScimError::new(ErrorKind::Mutability, detail).into());
            }
            continue;
        };
        if text(before, name).as_deref() == Some(&value) {
            continue;
        }
        let other = match name {
            "externalId" => sql::by_external(tx, connector, &value).await?,
            _ => sql::by_user_name(tx, connector, &fold::key(&value)).await?,
        };
        if other.is_some_and(|other| other != id) {
            return Err(Trouble::Taken(format!(
                "Somebody else in the view of this connector has the {name} \"{value}\": use another, or change that person."
            )));
        }
    }
    Ok(())
}

/// Ends the person's place in the view of the connector: never claimed, they are removed; else they are deactivated.
pub async fn remove(within: Within<'_>, tx: &mut Tx, id: &str, seen: &Match) -> Told<Done> {
    lock(tx, within).await?;
    let (account, link) = visible(within, tx, id).await?;
    seen.check(&show::version(&account, link.as_ref()))?;
    let mut run = Run::new(within, Whom::Is(account.id));
    let plan = run.go(tx, &source::withdrawn()).await?;
    let summary = match plan.action {
        Action::Deleted => format!("Deleted {}, who never claimed the account.", account.name()),
        _ => format!(
            "Deactivated {}, who left the view of this connector.",
            account.name()
        ),
    };
    if plan.after.is_some() {
        sets::leave_all(within.app, tx, &within.session.actor, owner(within), account.id).await?;
        let now = within.app.now();
        let link = Link {
            left_at: Some(now),
            updated_at: now,
            version: link.as_ref().map_or(1, |link| link.version + 1),
            ..link.unwrap_or_else(|| Link {
                account: account.id,
                external_id: None,
                user_name: account.profile.get(Field::Email).map(str::to_owned),
                resource: Map::new(),
                manager_key: None,
                left_at: None,
                created_at: now,
                updated_at: now,
                version: 0,
            })
        };
        sql::put(tx, &within.session.connector, &link).await?;
        sql::photos::unname(tx, &within.session.connector, account.id).await?;
    }
    Ok(Done {
        id: Some(account.id.0),
        summary,
        notes: run.notes,
        changed: true,
        ..Done::default()
    })
}
