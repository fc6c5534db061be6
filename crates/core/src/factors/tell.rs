//! What is told of a change to somebody's factors: in the audit log, and to the person by a letter.

use guildhall_store::Tx;

use crate::accounts::Account;
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::{Actor, App, Result, audit, workplaces};

/// What became of somebody's factors.
#[derive(Clone, Debug)]
pub(crate) struct Told<'a> {
    pub verb: &'static str,
    /// Which factor, in words.
    pub what: &'a str,
    /// The letter, if there is one, and how many are left of what it tells of.
    pub letter: Option<(LetterKind, i64)>,
}

impl Told<'_> {
    /// Writes it down and tells the person, within a transaction.
    pub(crate) async fn write(&self, app: &App, tx: &mut Tx, actor: &Actor, account: &Account) -> Result<()> {
        let now = app.now();
        let entry = audit::Entry {
            source: if actor.account() == Some(account.id) {
                "self"
            } else {
                "admin"
            },
            verb: self.verb,
            subject: audit::Subject {
                kind: "account",
                id: Some(account.id.0),
                name: account.name(),
            },
            run: None,
            changes: vec![audit::FieldChange {
                field: "second_factor".into(),
                before: self.verb.starts_with("remove").then(|| self.what.to_owned()),
                after: (!self.verb.starts_with("remove")).then(|| self.what.to_owned()),
                was_from: None,
            }],
        };
        audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
        if let Some((topic, count)) = self.letter {
            let workplace = workplaces::read(&mut *tx, account.workplace).await?;
            let note = Note {
                content: Content::Brief {
                    topic,
                    about: self.what.to_owned(),
                    by: Some(actor.name.clone()),
                    message: None,
                    count,
                    expires_at: Some(now.timestamp()),
                },
                invitation: None,
                secret: None,
            };
            outbox::post(app, tx, &workplace, account, note).await?;
        }
        Ok(())
    }
}
