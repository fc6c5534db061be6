//! The only file that touches accounts, account_terms and account_counts.

pub mod bulk;
pub mod frontline;
pub mod list;
mod search;

use std::collections::BTreeMap;

use guildhall_store::{Conn, Db, FromRow, Growing, Insert, Sql, Tx, Value, sql};

use super::claims::{Claims, Kept};
use super::terms;
use super::types::{Account, AccountState, Origin, Profile, ProfileField as Field, Source, Voice};
use crate::ids::{AccountId, FileId, WorkplaceId};
use crate::{Error, Moment, Result, fold};

const COLUMNS: &str = "id, workplace_id, state, resting_state, ended_by, former, role, display_name, given_name, \
    middle_name, family_name, email, employee_id, phone, title, department, division, organization, cost_center, \
    location, locale, time_zone, manager_id, start_date, end_date, frontline, login_method, photo_file, \
    field_sources, created_source, created_at, updated_at, invited_at, claimed_at, deactivated_at, version, \
    field_claims";

const INSERT: &str = "INSERT INTO accounts (id, workplace_id, state, resting_state, ended_by, former, role, \
    display_name, given_name, middle_name, family_name, email, email_key, employee_id, employee_key, phone, phone_key, title, \
    department, department_key, division, organization, cost_center, location, location_key, locale, time_zone, \
    manager_id, start_date, end_date, frontline, login_method, photo_file, name_key, field_sources, created_source, \
    created_at, updated_at, invited_at, claimed_at, deactivated_at, version, field_claims)";

const COUNT: usize = 43;

/// The same columns as [`INSERT`], in the same order, for a row that is there.
const REPLACE: &str = "ON CONFLICT (id) DO UPDATE SET state = excluded.state, resting_state = excluded.resting_state, \
    ended_by = excluded.ended_by, former = excluded.former, role = excluded.role, \
    display_name = excluded.display_name, given_name = excluded.given_name, middle_name = excluded.middle_name, \
    family_name = excluded.family_name, email = excluded.email, email_key = excluded.email_key, \
    employee_id = excluded.employee_id, employee_key = excluded.employee_key, phone = excluded.phone, phone_key = excluded.phone_key, \
    title = excluded.title, department = excluded.department, department_key = excluded.department_key, \
    division = excluded.division, organization = excluded.organization, cost_center = excluded.cost_center, \
    location = excluded.location, location_key = excluded.location_key, locale = excluded.locale, \
    time_zone = excluded.time_zone, manager_id = excluded.manager_id, start_date = excluded.start_date, \
    end_date = excluded.end_date, frontline = excluded.frontline, login_method = excluded.login_method, \
    photo_file = excluded.photo_file, name_key = excluded.name_key, field_sources = excluded.field_sources, \
    updated_at = excluded.updated_at, invited_at = excluded.invited_at, claimed_at = excluded.claimed_at, \
    deactivated_at = excluded.deactivated_at, version = excluded.version, field_claims = excluded.field_claims \
    WHERE accounts.workplace_id = excluded.workplace_id AND accounts.version = excluded.version - 1";

/// Which of the name fields hold a name of their own: the column `display_name` is never null.
#[derive(FromRow)]
struct Record {
    id: AccountId,
    workplace_id: WorkplaceId,
    state: String,
    resting_state: Option<String>,
    ended_by: Option<String>,
    former: bool,
    role: String,
    display_name: String,
    given_name: Option<String>,
    middle_name: Option<String>,
    family_name: Option<String>,
    email: Option<String>,
    employee_id: Option<String>,
    phone: Option<String>,
    title: Option<String>,
    department: Option<String>,
    division: Option<String>,
    organization: Option<String>,
    cost_center: Option<String>,
    location: Option<String>,
    locale: Option<String>,
    time_zone: Option<String>,
    manager_id: Option<AccountId>,
    start_date: Option<String>,
    end_date: Option<String>,
    frontline: bool,
    login_method: String,
    photo_file: Option<FileId>,
    field_sources: String,
    created_source: String,
    created_at: i64,
    updated_at: i64,
    invited_at: Option<i64>,
    claimed_at: Option<i64>,
    deactivated_at: Option<i64>,
    version: i64,
    field_claims: String,
}

/// Fields that were set by one source at one moment, kept together because most of a profile was.
#[derive(serde::Serialize, serde::Deserialize)]
struct OriginGroup {
    s: Source,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    o: Option<uuid::Uuid>,
    t: i64,
    f: Vec<Field>,
}

fn origins_text(origins: &BTreeMap<Field, Origin>) -> String {
    let mut groups: Vec<OriginGroup> = Vec::new();
    for (field, origin) in origins {
        match groups
            .iter_mut()
            .find(|group| (group.s, group.o, group.t) == (origin.source, origin.of, origin.at.ms()))
        {
            Some(group) => group.f.push(*field),
            None => groups.push(OriginGroup {
                s: origin.source,
                o: origin.of,
                t: origin.at.ms(),
                f: vec![*field],
            }),
        }
    }
    serde_json::to_string(&groups).unwrap_or_default()
}

fn origins_of(text: &str) -> Result<BTreeMap<Field, Origin>> {
    let groups: Vec<OriginGroup> =
        serde_json::from_str(text).map_err(|error| damaged("field_sources", &error))?;
    let origin = |group: &OriginGroup| Origin {
        source: group.s,
        of: group.o,
        at: Moment::from_ms(group.t),
    };
    Ok(groups
        .iter()
        .flat_map(|group| group.f.iter().map(|field| (*field, origin(group))))
        .collect())
}

/// Claims as they are stored; nothing, as for most people, is an empty text.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct StoredClaims {
    /// Field, source, when, value; of those of whom it is not known which connector or directory it was.
    k: Vec<(Field, Source, i64, String)>,
    h: BTreeMap<Field, Source>,
    p: BTreeMap<Source, i64>,
    /// The same, of one that is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ko: Vec<(Field, Source, uuid::Uuid, i64, String)>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    ho: BTreeMap<Field, (Source, uuid::Uuid)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    po: Vec<(Source, uuid::Uuid, i64)>,
    /// Which one deactivated the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<uuid::Uuid>,
}

fn claims_text(claims: &Claims) -> String {
    if claims.is_empty() {
        return String::new();
    }
    let mut stored = StoredClaims {
        e: claims.ended_of,
        ..StoredClaims::default()
    };
    for ((field, voice), kept) in &claims.kept {
        let (at, value) = (kept.at.ms(), kept.value.clone());
        match voice.of {
            Some(of) => stored.ko.push((*field, voice.source, of, at, value)),
            None => stored.k.push((*field, voice.source, at, value)),
        }
    }
    for (field, voice) in &claims.handed {
        match voice.of {
            Some(of) => {
                stored.ho.insert(*field, (voice.source, of));
            }
            None => {
                stored.h.insert(*field, voice.source);
            }
        }
    }
    for (voice, at) in &claims.present {
        match voice.of {
            Some(of) => stored.po.push((voice.source, of, at.ms())),
            None => {
                stored.p.insert(voice.source, at.ms());
            }
        }
    }
    serde_json::to_string(&stored).unwrap_or_default()
}

fn claims_of(text: &str) -> Result<Claims> {
    if text.is_empty() {
        return Ok(Claims::default());
    }
    let stored: StoredClaims = serde_json::from_str(text).map_err(|error| damaged("field_claims", &error))?;
    let any = stored.k.into_iter();
    let any = any.map(|(field, source, at, value)| (field, Voice::from(source), at, value));
    let one = stored.ko.into_iter();
    let one = one.map(|(field, source, of, at, value)| (field, voice(source, of), at, value));
    let kept = any.chain(one).map(|(field, voice, at, value)| {
        let at = Moment::from_ms(at);
        ((field, voice), Kept { value, at })
    });
    let handed = stored.h.into_iter().map(|(field, to)| (field, to.into()));
    let handed_to_one = stored.ho.into_iter();
    let handed_to_one = handed_to_one.map(|(field, (source, of))| (field, voice(source, of)));
    let present = stored.p.into_iter();
    let present = present.map(|(source, at)| (Voice::from(source), Moment::from_ms(at)));
    let present_of = stored.po.into_iter();
    let present_of = present_of.map(|(source, of, at)| (voice(source, of), Moment::from_ms(at)));
    Ok(Claims {
        kept: kept.collect(),
        handed: handed.chain(handed_to_one).collect(),
        present: present.chain(present_of).collect(),
        ended_of: stored.e,
    })
}

fn voice(source: Source, of: uuid::Uuid) -> Voice {
    let of = Some(of);
    Voice { source, of }
}

fn damaged(column: &str, what: &dyn std::fmt::Display) -> Error {
    Error::Internal(format!(
        "accounts.{column} holds what this program does not know: {what}"
    ))
}

fn known<T>(column: &str, value: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    parse(value).ok_or_else(|| damaged(column, &value))
}

impl Record {
    fn account(self) -> Result<Account> {
        let origins = origins_of(&self.field_sources)?;
        let own_name = origins.contains_key(&Field::DisplayName);
        let mut profile = Profile::default();
        for (field, value) in [
            (Field::DisplayName, Some(self.display_name).filter(|_| own_name)),
            (Field::GivenName, self.given_name),
            (Field::MiddleName, self.middle_name),
            (Field::FamilyName, self.family_name),
            (Field::Email, self.email),
            (Field::EmployeeId, self.employee_id),
            (Field::Phone, self.phone),
            (Field::Title, self.title),
            (Field::Department, self.department),
            (Field::Division, self.division),
            (Field::Organization, self.organization),
            (Field::CostCenter, self.cost_center),
            (Field::Location, self.location),
            (Field::Locale, self.locale),
            (Field::TimeZone, self.time_zone),
            (Field::Manager, self.manager_id.map(|id| id.to_string())),
            (Field::StartDate, self.start_date),
            (Field::EndDate, self.end_date),
            (Field::Frontline, self.frontline.then(|| "true".to_owned())),
            (
                Field::LoginMethod,
                Some(self.login_method).filter(|_| origins.contains_key(&Field::LoginMethod)),
            ),
            (Field::Photo, self.photo_file.map(|id| id.to_string())),
        ] {
            profile.set(field, value);
        }
        Ok(Account {
            id: self.id,
            workplace: self.workplace_id,
            state: known("state", &self.state, AccountState::parse)?,
            resting_state: self
                .resting_state
                .map(|state| known("resting_state", &state, AccountState::parse))
                .transpose()?,
            ended_by: self
                .ended_by
                .map(|source| known("ended_by", &source, Source::parse))
                .transpose()?,
            former: self.former,
            role: self.role,
            profile,
            origins,
            claims: claims_of(&self.field_claims)?,
            created_source: known("created_source", &self.created_source, Source::parse)?,
            created_at: Moment::from_ms(self.created_at),
            updated_at: Moment::from_ms(self.updated_at),
            invited_at: self.invited_at.map(Moment::from_ms),
            claimed_at: self.claimed_at.map(Moment::from_ms),
            deactivated_at: self.deactivated_at.map(Moment::from_ms),
            version: self.version,
        })
    }
}

fn values(account: &Account) -> [Value; COUNT] {
    let field = |field| Value::from(account.profile.get(field));
    let key = |field, key: fn(&str) -> String| Value::from(account.profile.get(field).map(key));
    let moment = |moment: Option<Moment>| Value::from(moment.map(Moment::ms));
    let name = account.name();
    [
        account.id.into(),
        account.workplace.into(),
        account.state.as_str().into(),
        account.resting_state.map(AccountState::as_str).into(),
        account.ended_by.map(Source::as_str).into(),
        account.former.into(),
        (&account.role).into(),
        (&name).into(),
        field(Field::GivenName),
        field(Field::MiddleName),
        field(Field::FamilyName),
        field(Field::Email),
        key(Field::Email, fold::key),
        field(Field::EmployeeId),
        key(Field::EmployeeId, fold::key),
        field(Field::Phone),
        key(Field::Phone, fold::phone_key),
        field(Field::Title),
        field(Field::Department),
        key(Field::Department, fold::key),
        field(Field::Division),
        field(Field::Organization),
        field(Field::CostCenter),
        field(Field::Location),
        key(Field::Location, fold::key),
        field(Field::Locale),
        field(Field::TimeZone),
        account.profile.manager().map(|id| id.0).into(),
        field(Field::StartDate),
        field(Field::EndDate),
        account.profile.get(Field::Frontline).is_some().into(),
        account
            .profile
            .get(Field::LoginMethod)
            .unwrap_or("password")
            .into(),
        account.profile.photo().map(|id| id.0).into(),
        fold::sort_key(&name).into(),
        origins_text(&account.origins).into(),
        account.created_source.as_str().into(),
        account.created_at.ms().into(),
        account.updated_at.ms().into(),
        moment(account.invited_at),
        moment(account.claimed_at),
        moment(account.deactivated_at),
        account.version.into(),
        claims_text(&account.claims).into(),
    ]
}

async fn one<'a>(conn: impl Into<Conn<'a>>, query: Sql) -> Result<Option<Account>> {
    query
        .optional::<Record>(conn)
        .await?
        .map(Record::account)
        .transpose()
}

fn select(clause: &str) -> Sql {
    Sql::built(format!(
        "SELECT {COLUMNS} FROM accounts WHERE workplace_id = $1 AND {clause}"
    ))
}

/// The account of that id in the workplace.
pub async fn get<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    id: AccountId,
) -> Result<Option<Account>> {
    one(conn, select("id = $2").bind(workplace).bind(id)).await
}

/// The account that holds the e-mail, whatever its spelling.
pub async fn by_email<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    email: &str,
) -> Result<Option<Account>> {
    one(
        conn,
        select("email_key = $2").bind(workplace).bind(fold::key(email)),
    )
    .await
}

/// The workplaces where somebody who is in has the e-mail, oldest first.
pub async fn workplaces_of(db: &Db, email: &str) -> Result<Vec<WorkplaceId>> {
    Ok(sql(
        "SELECT a.workplace_id FROM workplaces w JOIN accounts a ON a.workplace_id = w.id \
         WHERE a.email_key = $1 AND a.state = 'claimed' ORDER BY a.workplace_id LIMIT 20",
    )
    .bind(fold::key(email))
    .scalars(db)
    .await?)
}

/// Those who are in and have one of these roles, a hundred at most.
pub async fn with_roles(tx: &mut Tx, workplace: WorkplaceId, roles: &[String]) -> Result<Vec<Account>> {
    let places: Vec<String> = (2..roles.len() + 2).map(|place| format!("${place}")).collect();
    // Nearly everybody is a member, whom no index of roles holds.
    let clause = format!(
        "state = 'claimed' AND role <> 'member' AND role IN ({}) ORDER BY id LIMIT 100",
        places.join(", ")
    );
    let query = select(&clause)
        .bind(workplace)
        .bind_all(roles.iter().map(String::as_str));
    let records: Vec<Record> = query.all(tx).await?;
    records.into_iter().map(Record::account).collect()
}

/// The account that holds the employee id, whatever its spelling.
pub async fn by_employee_id<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    employee_id: &str,
) -> Result<Option<Account>> {
    one(
        conn,
        select("employee_key = $2")
            .bind(workplace)
            .bind(fold::key(employee_id)),
    )
    .await
}

/// The person and their managers, nearest first, as far up as there are any.
pub(super) async fn manager_chain(
    tx: &mut Tx,
    workplace: WorkplaceId,
    manager: AccountId,
) -> Result<Vec<AccountId>> {
    Ok(sql("WITH RECURSIVE chain (id, manager_id, depth) AS ( \
             SELECT id, manager_id, 0 FROM accounts WHERE workplace_id = $1 AND id = $2 \
             UNION ALL \
             SELECT a.id, a.manager_id, chain.depth + 1 FROM accounts a JOIN chain ON a.id = chain.manager_id \
             WHERE a.workplace_id = $1 AND chain.depth < 200) \
         SELECT id FROM chain ORDER BY depth")
    .bind(workplace)
    .bind(manager)
    .scalars(tx)
    .await?)
}

/// How many system admins there are besides `except`: claimed, and claimed or invited.
pub(super) async fn other_admins(
    tx: &mut Tx,
    workplace: WorkplaceId,
    except: AccountId,
) -> Result<(i64, i64)> {
    let states: Vec<String> = sql(
        "SELECT state FROM accounts WHERE workplace_id = $1 AND role = $2 AND role <> 'member' AND id <> $3 \
             AND state IN ('claimed', 'invited')",
    )
    .bind(workplace)
    .bind(super::SYSTEM_ADMIN)
    .bind(except)
    .scalars(tx)
    .await?;
    let claimed = states.iter().filter(|state| *state == "claimed").count();
    Ok((claimed as i64, states.len() as i64))
}

/// Writes the account as it now is. Gives false if somebody else wrote it since it was read.
pub(super) async fn put(tx: &mut Tx, before: Option<&Account>, account: &Account) -> Result<bool> {
    let Some(before) = before else {
        let mut insert = Insert::new(INSERT, COUNT);
        insert.push(values(account));
        insert.execute(tx).await?;
        put_terms(tx, account).await?;
        return Ok(true);
    };
    let written = replace(tx, before, account).await?;
    if written && terms::of(before) != terms::of(account) {
        put_terms(tx, account).await?;
    }
    Ok(written)
}

/// Names only the columns that are to differ: both databases write an index anew where a column of it is named, SQLite even if
/// its value stays, and a person's row is in a dozen of them.
async fn replace(tx: &mut Tx, before: &Account, after: &Account) -> Result<bool> {
    let mut query = Growing::new("UPDATE accounts SET ", []);
    let old = values(before);
    let differ = columns().zip(old.iter().zip(values(after)));
    let mut between = "";
    for (column, (_, value)) in differ.filter(|(_, (old, new))| **old != *new) {
        let place = query.put(value);
        query.push(&format!("{between}{column} = {place}"));
        between = ", ";
    }
    let (workplace, id) = (query.put(after.workplace), query.put(after.id));
    let version = query.put(before.version);
    query.push(&format!(
        " WHERE workplace_id = {workplace} AND id = {id} AND version = {version}"
    ));
    Ok(query.sql().execute(tx).await? == 1)
}

/// The columns of [`values`], in their order.
fn columns() -> impl Iterator<Item = &'static str> {
    let (_, columns) = INSERT.split_once('(').unwrap_or_default();
    columns.trim_end_matches(')').split(", ").map(str::trim)
}

async fn put_terms(tx: &mut Tx, account: &Account) -> Result<()> {
    drop_terms(tx, account.workplace, account.id).await?;
    let mut insert = Insert::new("INSERT INTO account_terms (workplace_id, term, account_id)", 3);
    for term in terms::of(account) {
        insert.push([account.workplace.into(), term.into(), account.id.into()]);
    }
    insert.execute(tx).await?;
    Ok(())
}

async fn drop_terms(tx: &mut Tx, workplace: WorkplaceId, account: AccountId) -> Result<()> {
    sql("DELETE FROM account_terms WHERE account_id = $1 AND workplace_id = $2")
        .bind(account)
        .bind(workplace)
        .execute(tx)
        .await?;
    Ok(())
}

/// Removes the account's row for good, and it from those it managed.
pub(super) async fn remove(tx: &mut Tx, account: &Account) -> Result<()> {
    drop_terms(tx, account.workplace, account.id).await?;
    for text in [
        "UPDATE accounts SET manager_id = NULL, version = version + 1 WHERE manager_id = $1 AND workplace_id = $2",
        "DELETE FROM accounts WHERE id = $1 AND workplace_id = $2",
    ] {
        sql(text)
            .bind(account.id)
            .bind(account.workplace)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Moves one account from the count of one state to that of another.
pub(super) async fn count(
    tx: &mut Tx,
    workplace: WorkplaceId,
    from: Option<AccountState>,
    to: Option<AccountState>,
) -> Result<()> {
    if from == to {
        return Ok(());
    }
    for (state, by) in [(from, -1_i64), (to, 1)] {
        let Some(state) = state else { continue };
        count_by(tx, workplace, state, by).await?;
    }
    Ok(())
}

/// People of whom other sources say something, too, in the order of ids after `after`.
pub(super) async fn with_claims(
    tx: &mut Tx,
    workplace: WorkplaceId,
    after: AccountId,
    limit: i64,
) -> Result<Vec<AccountId>> {
    Ok(
        sql("SELECT id FROM accounts WHERE workplace_id = $1 AND id > $2 AND field_claims <> '' ORDER BY id LIMIT $3")
            .bind(workplace)
            .bind(after)
            .bind(limit)
            .scalars(tx)
            .await?,
    )
}

/// Adds to the count of a state.
async fn count_by(tx: &mut Tx, workplace: WorkplaceId, state: AccountState, by: i64) -> Result<()> {
    sql(
        "INSERT INTO account_counts (workplace_id, state, people) VALUES ($1, $2, $3) \
         ON CONFLICT (workplace_id, state) DO UPDATE SET people = account_counts.people + excluded.people",
    )
    .bind(workplace)
    .bind(state.as_str())
    .bind(by)
    .execute(tx)
    .await?;
    Ok(())
}

/// How many accounts are in each state; a state with none is left out.
pub async fn counts(db: &Db, workplace: WorkplaceId) -> Result<BTreeMap<AccountState, i64>> {
    let rows: Vec<(String, i64)> =
        sql("SELECT state, people FROM account_counts WHERE workplace_id = $1 AND people > 0")
            .bind(workplace)
            .all(db)
            .await?;
    rows.into_iter()
        .map(|(state, people)| {
            Ok((
                known("account_counts.state", &state, AccountState::parse)?,
                people,
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_has_its_value() {
        let all: Vec<&str> = columns().collect();
        assert_eq!((all.len(), all[0], all[COUNT - 1]), (COUNT, "id", "field_claims"));
        // A new version of a row replaces what may change, and nothing else.
        for column in all {
            let kept = matches!(column, "id" | "workplace_id" | "created_source" | "created_at");
            let named = REPLACE.contains(&format!("{column} = excluded.{column}"));
            assert_eq!(named, !kept || column == "workplace_id", "{column}");
        }
    }
}
