use guildhall_store::Tx;

use super::{Invitation, sql};
use crate::access::{self, LoggedIn, Origin, PasswordHasher};
use crate::accounts::{
    self, Account, AccountState, Change, Patch, ProfileField as Field, Source, Verb, Whom,
};
use crate::entropy::secret_hash;
use crate::groups;
use crate::ids::GroupId;
use crate::mail::Content;
use crate::outbox::{self, Note};
use crate::sessions::{self, Place};
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Result, addresses, signals};

/// What the link opens: whose account it is and where.
#[derive(Clone, Debug)]
pub struct Opened {
    pub workplace: Workplace,
    pub account: Account,
    pub invitation: Invitation,
}

/// What a person says when they take their account. Names left out stay as they are.
#[derive(Clone, Debug, Default)]
pub struct Claim {
    pub display_name: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub password: String,
    pub accept_terms: bool,
    /// Open groups to join at once.
    pub groups: Vec<GroupId>,
}

fn dead_link() -> Error {
    Error::NotFound(
        "This link does not work: it was used already, or a newer one was sent. Look for the newest invitation in your \
         mail, log in if you have claimed your account, or ask the person who invited you."
            .into(),
    )
}

/// Whose account the link opens; that it was opened is noted.
///
/// # Errors
/// A sentence for the person, when the link is used up, replaced or too old.
pub async fn open(app: &App, token: &str) -> Result<Opened> {
    let opened = find(app, token).await?;
    if opened.invitation.visited_at.is_none() {
        let mut tx = app.begin().await?;
        let now = app.now();
        sql::note_visited(&mut tx, &opened.invitation, now).await?;
        signals::send(
            &mut tx,
            &app.entropy,
            now,
            opened.workplace.id,
            None,
            signals::INVITATION,
        )
        .await?;
        tx.commit().await?;
    }
    Ok(opened)
}

async fn find(app: &App, token: &str) -> Result<Opened> {
    let invitation = sql::by_token(&app.db, &secret_hash(token))
        .await?
        .ok_or_else(dead_link)?;
    let account = accounts::get(&app.db, invitation.workplace, invitation.account)
        .await?
        .filter(|account| account.state == AccountState::Invited)
        .ok_or_else(dead_link)?;
    let workplace = workplaces::get(&app.db, invitation.workplace)
        .await?
        .ok_or_else(dead_link)?;
    if invitation.expires_at <= app.now() {
        return Err(Error::Refused {
            code: "link_expired",
            message: format!(
                "This link is too old: it worked for {} days. Ask an admin of {} for a new one.",
                workplace.settings.invite_days, workplace.name
            ),
        });
    }
    Ok(Opened {
        workplace,
        account,
        invitation,
    })
}

/// The person takes the account that the link is for, and is in. The link is used up.
pub async fn claim(
    app: &App,
    hasher: &PasswordHasher,
    token: &str,
    claim: &Claim,
    origin: Origin<'_>,
) -> Result<LoggedIn> {
    let opened = find(app, token).await?;
    if !claim.accept_terms {
        return Err(Error::invalid(
            "accept_terms",
            "Agree to the terms first: tick the box above the button.",
        ));
    }
    let mut named = opened.account.clone();
    let patch = patch(claim);
    for (field, value) in &patch {
        named.profile.set(*field, value.clone());
    }
    let hash = access::hash_password(app, hasher, &named, &opened.workplace, &claim.password).await?;
    let mut tx = app.begin().await?;
    tx.lock(opened.workplace.id.0).await?;
    let again = sql::by_token(&mut tx, &secret_hash(token)).await?;
    if again.is_none_or(|invitation| invitation.id != opened.invitation.id) {
        return Err(dead_link());
    }
    let actor = Actor::person(&opened.account, None);
    let change = Change::new(Source::SelfService, Verb::Claim { patch });
    let policy = opened.workplace.settings.policy();
    let whom = Whom::Is(opened.account.id);
    let plan = accounts::plan(app, &mut tx, &actor, whom, &change, &policy).await?;
    accounts::apply(app, &mut tx, &actor, &plan).await?;
    let account = plan.after.ok_or_else(dead_link)?;
    groups::join_chosen(app, &mut tx, &actor, &claim.groups).await?;
    let (whose, now) = ((account.workplace, account.id), app.now());
    access::keep_password(&mut tx, whose, &hash, now).await?;
    // Only a link that left by mail shows that the address is theirs.
    if opened.invitation.sent_at.is_some() {
        addresses::note_confirmed(&mut tx, &account, now).await?;
    }
    welcome(app, &mut tx, &opened.workplace, &account).await?;
    let address = origin.address.to_canonical().to_string();
    let place = Place {
        method: "claim",
        user_agent: origin.user_agent,
        address: &address,
    };
    let (session, token) = sessions::open(&mut tx, &app.entropy, now, whose, place).await?;
    tx.commit().await?;
    Ok(LoggedIn {
        account,
        session,
        token,
    })
}

/// Puts the letter that says how to come back into the outbox.
pub(crate) async fn welcome(app: &App, tx: &mut Tx, workplace: &Workplace, account: &Account) -> Result<()> {
    let note = Note {
        content: Content::Welcome,
        invitation: None,
        secret: None,
    };
    outbox::post(app, tx, workplace, account, note).await?;
    Ok(())
}

fn patch(claim: &Claim) -> Patch {
    let given = |field, value: &Option<String>| value.clone().map(|value| (field, Some(value)));
    [
        given(Field::DisplayName, &claim.display_name),
        given(Field::GivenName, &claim.given_name),
        given(Field::FamilyName, &claim.family_name),
    ]
    .into_iter()
    .flatten()
    .collect()
}
