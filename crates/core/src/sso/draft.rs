//! A connection that is being prepared for a provider that is on: what nobody has tested keeps nobody out. A test of it that goes
//! well puts it into force.

use guildhall_store::Tx;

use super::{Connection, Provider, Report, oidc, sql};
use crate::{Moment, Result};

/// What is to come into force at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub connection: Option<Connection>,
    pub oidc: Option<oidc::Connection>,
    pub metadata_url: Option<String>,
    /// The attribute or claim that holds the address.
    pub address: Option<String>,
    /// When it was given.
    pub at: Moment,
    /// What the last test of it came to.
    pub test: Option<Report>,
}

/// Which parts of a change must be tested first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts {
    /// A connection was given.
    pub given: bool,
    /// It leads elsewhere than the one that is in force, or speaks by other keys.
    pub connection: bool,
    /// Another attribute holds the address.
    pub address: bool,
}

impl Draft {
    fn of(provider: &Provider, at: Moment) -> Self {
        Self {
            connection: provider.connection.clone(),
            oidc: provider.oidc.clone(),
            metadata_url: provider.metadata_url.clone(),
            address: provider.settings.address.clone(),
            at,
            test: None,
        }
    }

    fn is_in_force(&self, provider: &Provider) -> bool {
        self.connection == provider.connection
            && self.oidc == provider.oidc
            && self.address == provider.settings.address
    }

    /// What the audit log tells of it.
    pub(super) fn told(&self) -> String {
        let saml = self.connection.as_ref();
        let there = saml.map(|there| format!("{} at {}", there.entity_id, there.sign_on_url));
        let issuer = self.oidc.as_ref();
        let issuer = issuer.map(|there| format!("{} of {}", there.client_id, there.issuer));
        let address = self.address.as_deref().unwrap_or("the usual one");
        let there = there.or(issuer).unwrap_or_default();
        format!("{there}, address: {address}, {}", self.at.timestamp())
    }
}

impl Provider {
    /// As it would be with what is being prepared. It still says that something is.
    pub(super) fn prepared(mut self) -> Self {
        if let Some(draft) = self.draft.clone() {
            self.connection = draft.connection;
            self.oidc = draft.oidc;
            self.metadata_url = draft.metadata_url;
            self.settings.address = draft.address;
        }
        self
    }
}

/// Puts what is not tested of a change aside, beside what is aside of it already, and leaves in force what was there `before`.
pub(super) fn put_aside(before: &Provider, after: &mut Provider, parts: Parts, now: Moment) {
    let mut draft = match &after.draft {
        Some(draft) => (**draft).clone(),
        None => Draft::of(before, now),
    };
    if parts.given {
        draft.connection.clone_from(&after.connection);
        draft.oidc.clone_from(&after.oidc);
        draft.metadata_url.clone_from(&after.metadata_url);
    }
    if parts.address {
        draft.address.clone_from(&after.settings.address);
        after.settings.address.clone_from(&before.settings.address);
    }
    if parts.connection {
        after.connection.clone_from(&before.connection);
        after.oidc.clone_from(&before.oidc);
        after.metadata_url.clone_from(&before.metadata_url);
        after.metadata_problem.clone_from(&before.metadata_problem);
        (after.metadata_at, after.warned_days) = (before.metadata_at, before.warned_days);
        (after.tested_at, after.test) = (before.tested_at, before.test.clone());
    }
    if parts.connection || parts.address {
        (draft.at, draft.test) = (now, None);
    }
    after.draft = (!draft.is_in_force(after)).then(|| Box::new(draft));
}

/// A test of what is being prepared went well: from now on it is in force. `provider`: as it is prepared.
pub(super) async fn come_into_force(
    tx: &mut Tx,
    provider: &mut Provider,
    report: Report,
    now: Moment,
) -> Result<()> {
    provider.draft = None;
    (provider.tested_at, provider.test) = (Some(now), Some(report));
    provider.metadata_at = provider.metadata_url.is_some().then_some(now);
    (provider.metadata_problem, provider.warned_days) = (None, None);
    let whose = (provider.workplace, provider.id);
    // What came by the other is not to let anybody in, and its keys are not believed.
    sql::forget_rounds(tx, whose).await?;
    sql::forget_keys(tx, whose).await?;
    sql::put(tx, provider).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sso::tests::{connection, provider};

    #[test]
    fn what_is_not_tested_is_put_aside() {
        let now = Moment::from_ms(1_780_000_000_000);
        let before = provider(Some(connection("https://idp.example/sso")));
        let moved = connection("https://idp.example/new");
        let (other, same) = (
            Parts {
                given: true,
                connection: true,
                address: false,
            },
            Parts {
                given: true,
                ..Parts::default()
            },
        );
        let mut after = before.clone();
        after.connection = Some(moved.clone());
        put_aside(&before, &mut after, other, now);
        assert_eq!(after.connection, before.connection);
        let draft = after.draft.clone().unwrap();
        assert_eq!(draft.connection, Some(moved.clone()));
        assert_eq!(after.clone().prepared().connection, Some(moved));

        // Another attribute joins it, and what is in force stays.
        let mut next = after.clone();
        next.settings.address = Some("mail".into());
        let address = Parts {
            address: true,
            ..Parts::default()
        };
        put_aside(&after, &mut next, address, now);
        assert_eq!(next.settings.address, None);
        let draft = next.draft.clone().unwrap();
        assert_eq!(draft.address.as_deref(), Some("mail"));
        assert_eq!(draft.connection.unwrap().sign_on_url, "https://idp.example/new");

        // What is in force given once more takes back what was being prepared.
        let mut back = after.clone();
        put_aside(&after, &mut back, same, now);
        assert_eq!(back.draft, None);
        // Anything else leaves it as it is.
        let mut named = after.clone();
        named.name = "Another".into();
        put_aside(&after, &mut named, Parts::default(), now);
        assert_eq!(named.draft, after.draft);
    }
}
