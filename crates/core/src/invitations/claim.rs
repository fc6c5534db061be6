use guildhall_store::Tx;

use super::{Invitation, sql};
use crate::access::{self, Entered, Origin, PasswordHasher};
use crate::accounts::{
    self, Account, AccountState, Change, Patch, ProfileField as Field, Source, Verb, Whom,
};
use crate::entropy::secret_hash;
use crate::ids::GroupId;
use crate::mail::Content;
use crate::outbox::{self, Note};
use crate::sign_ins::SignInMethod;
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Result, addresses, files, groups, pictures, signals};

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
    pub password: NewPassword,
    pub accept_terms: bool,
    /// A JPEG, PNG or WebP, in place of any photo that was there.
    pub photo: Option<Vec<u8>>,
    /// Open groups to join at once.
    pub groups: Vec<GroupId>,
}

/// The password that a person chooses with the claim.
#[derive(Clone, Debug)]
pub enum NewPassword {
    Typed(String),
    /// What [`keep_password`] gave.
    Kept(String),
}

impl Default for NewPassword {
    fn default() -> Self {
        Self::Typed(String::new())
    }
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

fn sealed_for(opened: &Opened) -> String {
    format!("password of the invitation {}", opened.invitation.id)
}

/// A password that was typed well, to be given back with the next try when something else was wrong: its hash, sealed
/// for this invitation alone, so that the page never says what was typed.
///
/// # Errors
/// Why it is not good enough.
pub async fn keep_password(
    app: &App,
    hasher: &PasswordHasher,
    opened: &Opened,
    password: &str,
) -> Result<String> {
    let hash = access::hash_password(app, hasher, &opened.account, &opened.workplace, password).await?;
    Ok(app.sealer.seal(&app.entropy, &sealed_for(opened), &hash))
}

async fn hash_of(
    app: &App,
    hasher: &PasswordHasher,
    opened: &Opened,
    named: &Account,
    password: &NewPassword,
) -> Result<String> {
    match password {
        NewPassword::Typed(typed) => {
            access::hash_password(app, hasher, named, &opened.workplace, typed).await
        }
        NewPassword::Kept(kept) => app
            .sealer
            .open(&sealed_for(opened), kept)
            .ok_or_else(|| Error::invalid("password", "Type your password once more.")),
    }
}

/// The person takes the account that the link is for, and is in. The link is used up.
pub async fn claim(
    app: &App,
    hasher: &PasswordHasher,
    token: &str,
    claim: &Claim,
    origin: Origin<'_>,
) -> Result<Entered> {
    let opened = find(app, token).await?;
    if !claim.accept_terms {
        return Err(Error::invalid(
            "accept_terms",
            "Agree to the terms first: tick the box above the button.",
        ));
    }
    let mut named = opened.account.clone();
    let mut patch = patch(claim);
    for (field, value) in &patch {
        named.profile.set(*field, value.clone());
    }
    let photo = match &claim.photo {
        Some(bytes) => Some(pictures::photo_of(bytes.clone()).await?),
        None => None,
    };
    let hash = hash_of(app, hasher, &opened, &named, &claim.password).await?;
    let mut tx = app.begin().await?;
    tx.lock(opened.workplace.id.0).await?;
    let again = sql::by_token(&mut tx, &secret_hash(token)).await?;
    if again.is_none_or(|invitation| invitation.id != opened.invitation.id) {
        return Err(dead_link());
    }
    access::may_have_password(&mut tx, &opened.account).await?;
    if let Some(photo) = photo {
        let file = pictures::keep_photo(app, &mut tx, opened.workplace.id, photo).await?;
        patch.push((Field::Photo, Some(file.to_string())));
    }
    let actor = Actor::person(&opened.account, None);
    let change = Change::new(Source::SelfService, Verb::Claim { patch });
    let policy = opened.workplace.policy();
    let whom = Whom::Is(opened.account.id);
    let plan = accounts::plan(app, &mut tx, &actor, whom, &change, &policy).await?;
    accounts::apply(app, &mut tx, &actor, &plan).await?;
    let account = plan.after.ok_or_else(dead_link)?;
    let older = plan.before.and_then(|before| before.profile.photo());
    if let Some(older) = older.filter(|older| account.profile.photo() != Some(*older)) {
        files::delete(&mut tx, account.workplace, older).await?;
    }
    groups::join_chosen(app, &mut tx, &actor, &claim.groups).await?;
    let (whose, now) = ((account.workplace, account.id), app.now());
    access::keep_password(&mut tx, whose, &hash, now).await?;
    // Only a link that left by mail shows that the address is theirs.
    if opened.invitation.sent_at.is_some() {
        addresses::note_confirmed(&mut tx, &account, now).await?;
    }
    welcome(app, &mut tx, &opened.workplace, &account).await?;
    let entered = access::come_in(app, &mut tx, account, SignInMethod::Claim.into(), origin).await?;
    tx.commit().await?;
    Ok(entered)
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
