//! The first workplace of a deployment and its first admin, who is in at once.

use guildhall_store::Tx;
use uuid::Uuid;

use crate::access::{self, LoggedIn, Origin, PasswordHasher, rules};
use crate::accounts::{self, Change, Policy, ProfileField as Field, SYSTEM_ADMIN, Source, Verb, Whom};
use crate::sign_ins::SignInMethod;
use crate::{Actor, App, Error, Result, workplaces};

/// What the first person says.
#[derive(Clone, Debug)]
pub struct First {
    pub workplace_name: String,
    pub display_name: String,
    pub email: String,
    pub password: String,
    /// BCP 47.
    pub locale: String,
    /// IANA.
    pub time_zone: String,
}

/// Opens the first workplace with its first system admin, who is logged in; all or nothing.
///
/// # Errors
/// `set_up` when there is a workplace already; what is wrong with a field.
pub async fn set_up(
    app: &App,
    hasher: &PasswordHasher,
    first: &First,
    origin: Origin<'_>,
) -> Result<LoggedIn> {
    if !workplaces::none(&app.db).await? {
        return Err(done_already());
    }
    let hints = [
        first.display_name.as_str(),
        first.email.as_str(),
        first.workplace_name.as_str(),
    ];
    rules::judge_password(&first.password, &hints).map_err(|why| Error::invalid("password", why))?;
    let hash = hasher.hash(&app.entropy, &first.password).await?;
    let mut tx = app.begin().await?;
    tx.lock(Uuid::nil()).await?;
    if !workplaces::none(&mut tx).await? {
        return Err(done_already());
    }
    let named = (
        first.workplace_name.as_str(),
        first.locale.as_str(),
        first.time_zone.as_str(),
    );
    let account = open(app, &mut tx, named, (&first.display_name, &first.email), &hash).await?;
    let entered = access::let_in(app, &mut tx, account, SignInMethod::Setup.into(), origin).await?;
    tx.commit().await?;
    Ok(entered)
}

/// Opens a workplace, named by name, locale and time zone, with its first system admin, named by name and address, who
/// has the password of that hash.
pub(crate) async fn open(
    app: &App,
    tx: &mut Tx,
    named: (&str, &str, &str),
    (display_name, email): (&str, &str),
    hash: &str,
) -> Result<accounts::Account> {
    let workplace = workplaces::open(app, tx, named).await?;
    let actor = Actor::command_line(workplace.id);
    let patch = vec![
        (Field::DisplayName, Some(display_name.to_owned())),
        (Field::Email, Some(email.to_owned())),
    ];
    let provision = Verb::Provision {
        patch,
        invite: true,
        role: Some(SYSTEM_ADMIN.to_owned()),
    };
    let mut whom = Whom::New;
    let mut account: Option<accounts::Account> = None;
    for change in [
        Change::new(Source::Admin, provision),
        Change::new(Source::SelfService, Verb::Claim { patch: Vec::new() }),
    ] {
        let actor = account
            .as_ref()
            .map_or_else(|| actor.clone(), |account| Actor::person(account, None));
        let mut plan = accounts::plan(app, tx, &actor, whom, &change, &Policy::default()).await?;
        // Nobody needs to be invited who is here already.
        plan.letter = None;
        accounts::apply(app, tx, &actor, &plan).await?;
        account = plan.after;
        whom = account.as_ref().map_or(Whom::New, |account| Whom::Is(account.id));
    }
    let account = account.ok_or_else(|| Error::Internal("the first account was not made".into()))?;
    access::keep_password(tx, (workplace.id, account.id), hash, app.now()).await?;
    Ok(account)
}

fn done_already() -> Error {
    Error::Refused {
        code: "set_up",
        message: "This server is set up already: log in instead.".into(),
    }
}
