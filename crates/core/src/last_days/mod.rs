//! People whose last day has passed where they are: they are deactivated by themselves, in the name of who gave the
//! date, unless they are so many that somebody has to look first.

mod sql;

use guildhall_store::Tx;

use crate::accounts::people::Named;
use crate::accounts::{self, Account, Brake, Change, ProfileField as Field, Source, Verb, Whom, people};
use crate::conditions::local_day;
use crate::ids::AccountId;
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Moment, Permission, Result, audit, roles, signals};

/// People who are looked at in one step, and who are deactivated in one transaction.
const STEP: i64 = 500;
const BATCH: usize = 100;
/// People who are shown of many.
const SHOWN: usize = 20;

/// More would leave than the brake lets through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Hold {
    people: i64,
    held_at: Option<Moment>,
    /// Up to how many somebody has said yes.
    allowed: i64,
}

/// Whose last day has passed, and who wait for a word.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub people: i64,
    pub held_at: Option<Moment>,
    /// The first of them.
    pub first: Vec<Named>,
    /// What the brake says.
    pub said: Option<String>,
}

/// Deactivates in every workplace those whose last day has passed. Gives how many.
pub async fn work(app: &App) -> Result<u64> {
    let mut done = 0;
    for workplace in workplaces::all(&app.db).await? {
        let due = due(app, &workplace).await?;
        let hold = sql::get(&app.db, workplace.id).await?;
        if due.is_empty() && hold.is_none() {
            continue;
        }
        if may_go(app, &workplace, hold.unwrap_or_default(), due.len() as i64).await? {
            for some in due.chunks(BATCH) {
                done += end(app, &workplace, some).await?;
            }
        }
    }
    Ok(done)
}

fn is_over(app: &App, workplace: &Workplace, account: &Account) -> bool {
    let last = account
        .profile
        .get(Field::EndDate)
        .and_then(|day| day.parse().ok());
    last.is_some_and(|last: jiff::civil::Date| last < local_day(account, workplace, app.now()))
}

async fn due(app: &App, workplace: &Workplace) -> Result<Vec<AccountId>> {
    // Nowhere is it later than half a day after UTC.
    let ahead = app.now().plus_seconds(14 * 60 * 60).timestamp();
    let before = jiff::tz::Offset::UTC.to_datetime(ahead).date().to_string();
    let mut tx = app.db.snapshot().await?;
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let some = accounts::ending(&mut tx, workplace.id, &before, after, STEP).await?;
        let Some(last) = some.last() else { return Ok(found) };
        after = last
            .profile
            .get(Field::EndDate)
            .map(|day| (day.to_owned(), last.id));
        let over = some.iter().filter(|account| is_over(app, workplace, account));
        found.extend(over.map(|account| account.id));
    }
}

/// Whether so many may go; else it is noted that they wait, and whoever may deactivate people is told.
async fn may_go(app: &App, workplace: &Workplace, hold: Hold, people: i64) -> Result<bool> {
    let brake = if people > hold.allowed {
        let counts = accounts::counts(&app.db, workplace.id).await?;
        Brake::hold(people, &counts, workplace.settings.brake())
    } else {
        None
    };
    let Some(brake) = brake else {
        if hold != Hold::default() {
            let mut tx = app.begin().await?;
            sql::remove(&mut tx, workplace.id).await?;
            tx.commit().await?;
        }
        return Ok(true);
    };
    if hold.held_at.is_some() && hold.people == people {
        return Ok(false);
    }
    let mut tx = app.begin().await?;
    tx.lock(workplace.id.0).await?;
    let before = sql::get(&mut tx, workplace.id).await?;
    let now = app.now();
    let held = Hold {
        people,
        held_at: before.and_then(|before| before.held_at).or(Some(now)),
        allowed: 0,
    };
    sql::put(&mut tx, workplace.id, held).await?;
    if before.is_none_or(|before| before.held_at.is_none()) {
        let actor = Actor::system(workplace.id, "Last days");
        note(
            app,
            &mut tx,
            &actor,
            &brake.sentence("last days that have passed", ADVICE),
            "hold",
        )
        .await?;
        tell(app, &mut tx, workplace, people).await?;
    }
    tx.commit().await?;
    Ok(false)
}

const ADVICE: &str = "Look whether the end dates are right, then let them go.";

async fn tell(app: &App, tx: &mut Tx, workplace: &Workplace, people: i64) -> Result<()> {
    for admin in roles::holders(tx, workplace.id, Permission::PeopleDeactivate).await? {
        let content = Content::Brief {
            topic: LetterKind::LastDaysHeld,
            about: workplace.name.clone(),
            by: None,
            message: None,
            count: people,
            expires_at: None,
        };
        let note = Note {
            content,
            invitation: None,
            secret: None,
        };
        outbox::post(app, tx, workplace, &admin, note).await?;
    }
    Ok(())
}

async fn note(app: &App, tx: &mut Tx, actor: &Actor, said: &str, verb: &'static str) -> Result<()> {
    let entry = audit::Entry {
        source: people::source(actor).as_str(),
        verb,
        subject: audit::Subject {
            kind: "last_days",
            id: None,
            name: said.to_owned(),
        },
        run: None,
        changes: Vec::new(),
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    signals::send(tx, &app.entropy, now, actor.workplace, None, signals::PEOPLE).await
}

/// Ends the accounts, in the name of whoever gave the last day.
async fn end(app: &App, workplace: &Workplace, ids: &[AccountId]) -> Result<u64> {
    let mut tx = app.begin().await?;
    tx.lock(workplace.id.0).await?;
    let actor = Actor::system(workplace.id, "Last day");
    let policy = workplace.policy();
    let mut done = 0;
    for account in accounts::load_ids(&mut tx, workplace.id, ids).await? {
        if !is_over(app, workplace, &account) {
            continue;
        }
        let given = account.origins.get(&Field::EndDate).map(|origin| origin.source);
        let source = given.filter(|source| !matches!(source, Source::SelfService | Source::Sso));
        let change = Change::new(source.unwrap_or(Source::Admin), Verb::Deactivate);
        match accounts::plan(app, &mut tx, &actor, Whom::Is(account.id), &change, &policy).await {
            Ok(plan) => {
                done += u64::from(!plan.is_unchanged());
                accounts::apply(app, &mut tx, &actor, &plan).await?;
            }
            Err(error @ (Error::Internal(_) | Error::Store(_))) => return Err(error),
            Err(why) => {
                tracing::warn!(account = %account.id, %why, "a last day has passed, and the account goes on");
            }
        }
    }
    tx.commit().await?;
    Ok(done)
}

/// Whose last day has passed and who are not deactivated, because the brake holds.
pub async fn waiting(app: &App, actor: &Actor) -> Result<Waiting> {
    actor.need(Permission::PeopleDeactivate)?;
    let hold = sql::get(&app.db, actor.workplace).await?;
    let Some(hold) = hold.filter(|hold| hold.held_at.is_some()) else {
        return Ok(Waiting {
            people: 0,
            held_at: None,
            first: Vec::new(),
            said: None,
        });
    };
    let workplace = workplaces::read(&app.db, actor.workplace).await?;
    let due = due(app, &workplace).await?;
    let first = &due[..due.len().min(SHOWN)];
    let counts = accounts::counts(&app.db, actor.workplace).await?;
    let brake = Brake::hold(due.len() as i64, &counts, workplace.settings.brake());
    Ok(Waiting {
        people: due.len() as i64,
        held_at: hold.held_at,
        first: accounts::named(&app.db, actor.workplace, first).await?,
        said: brake.map(|brake| brake.sentence("last days that have passed", ADVICE)),
    })
}

/// Says yes to those who wait now. They are deactivated within minutes.
pub async fn release(app: &App, actor: &Actor) -> Result<()> {
    actor.need(Permission::PeopleDeactivate)?;
    let workplace = workplaces::read(&app.db, actor.workplace).await?;
    let due = due(app, &workplace).await?.len() as i64;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    if sql::get(&mut tx, actor.workplace).await?.is_none() {
        return Ok(());
    }
    let released = Hold {
        people: due,
        held_at: None,
        allowed: due,
    };
    sql::put(&mut tx, actor.workplace, released).await?;
    note(app, &mut tx, actor, &format!("{due} people"), "release").await?;
    tx.commit().await?;
    Ok(())
}
