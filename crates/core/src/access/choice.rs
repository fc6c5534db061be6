//! One e-mail address and password that are right in several workplaces: the person has shown who they are, and says
//! where to go.

use serde::{Deserialize, Serialize};

use super::login::{enter, wrong};
use super::{Entered, Held, Origin, refused, sql};
use crate::accounts;
use crate::ids::{AccountId, WorkplaceId};
use crate::workplaces::{self, Workplace};
use crate::{App, Error, Result};

/// How long a person may take to choose.
pub const SECONDS: i64 = 5 * 60;
const CONTEXT: &str = "log-in in several workplaces";

/// What a person has shown by their password, until they have chosen.
#[derive(Serialize, Deserialize)]
struct Ticket {
    until: i64,
    doors: Vec<(WorkplaceId, AccountId, String)>,
    /// The name that was typed.
    typed: String,
}

pub(super) fn mark(app: &App, stored: &str) -> String {
    app.sealer.digest(&format!("stored password\0{stored}"))
}

/// A ticket for the accounts whose password was right: sealed, for a few minutes, and worth nothing once the password
/// is another.
pub fn ticket(app: &App, held: &[Held], typed: &str) -> Result<String> {
    let doors = held
        .iter()
        .map(|held| (held.account.workplace, held.account.id, mark(app, &held.stored)));
    let ticket = Ticket {
        until: app.now().plus_seconds(SECONDS).ms(),
        doors: doors.collect(),
        typed: typed.to_owned(),
    };
    let text = serde_json::to_string(&ticket).map_err(|why| Error::Internal(why.to_string()))?;
    Ok(app.sealer.seal(&app.entropy, CONTEXT, &text))
}

fn read(app: &App, ticket: &str) -> Result<Ticket> {
    let text = app.sealer.open(CONTEXT, ticket);
    text.and_then(|text| serde_json::from_str::<Ticket>(&text).ok())
        .filter(|ticket| ticket.until > app.now().ms())
        .ok_or_else(|| Error::Refused {
            code: "too_late",
            message: "That took too long: log in again.".into(),
        })
}

/// The workplaces that the ticket lets choose from.
///
/// # Errors
/// `too_late`.
pub async fn choices(app: &App, ticket: &str) -> Result<Vec<Workplace>> {
    let mut found = Vec::new();
    for (workplace, _, _) in read(app, ticket)?.doors {
        found.extend(workplaces::get(&app.db, workplace).await?);
    }
    Ok(found)
}

/// Opens a session in the chosen workplace, or asks for more.
///
/// # Errors
/// `too_late`, or `wrong_password` when the password or the account changed since, or the workplace is none of those.
pub async fn choose_workplace(
    app: &App,
    ticket: &str,
    workplace: WorkplaceId,
    origin: Origin<'_>,
) -> Result<Entered> {
    let Ticket { doors, typed, .. } = read(app, ticket)?;
    let door = doors.into_iter().find(|(of, ..)| *of == workplace);
    let (_, account, marked) = door.ok_or_else(wrong)?;
    let mut tx = app.begin().await?;
    let account = accounts::get(&mut tx, workplace, account)
        .await?
        .ok_or_else(wrong)?;
    let stored = sql::hash(&mut tx, workplace, account.id)
        .await?
        .ok_or_else(wrong)?;
    if mark(app, &stored) != marked {
        return Err(wrong());
    }
    match enter(app, &mut tx, Held { account, stored }, (&typed, origin)).await {
        Ok(entered) => {
            tx.commit().await?;
            Ok(entered)
        }
        Err(why) => {
            drop(tx);
            refused::note(app, &[workplace], &[workplace], (&typed, origin), &why).await?;
            Err(why)
        }
    }
}
