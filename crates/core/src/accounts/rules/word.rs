//! Who has the word: whether a person is here, and on each field. The ranks are in `claims.rs`, the values in `put.rs`.

use super::{Case, Decision, come_back, refuse};
use crate::accounts::change::{Action, Letter, Plan};
use crate::accounts::fields;
use crate::accounts::put::{self, By};
use crate::accounts::types::{Account, AccountState as State, Origin, ProfileField as Field, Source, Voice};

impl Case<'_> {
    pub(super) fn by(&self) -> By<'_> {
        By {
            change: self.change,
            facts: self.facts,
            scales: self.policy.scales(&self.facts.absent),
            now: self.now,
        }
    }

    /// Whoever deactivated the person has more to say than the one who would bring them back.
    pub(super) fn stays_out(&self) -> bool {
        let ended_by = self.account.ended_by_voice();
        ended_by.is_some_and(|voice| self.by().scales.keeps_out(voice, self.change.voice()))
    }

    /// Another identity provider, or another directory, manages the person: that this one knows them no more ends
    /// nothing, and is told.
    pub(super) fn kept_by_another(&self) -> Option<Plan> {
        let by = self.by();
        let manager = by.scales.manager_beside(self.account, self.change.voice())?;
        let mut plan = self.unchanged();
        plan.notes.push(format!(
            "Conflict: {} manages {} and has not said that they left, so they stay. They are out when it says so; or \
             deactivate them by hand, or rank this source above it.",
            by.name(manager),
            self.account.name()
        ));
        Some(plan)
    }

    /// That the source would have the person here is kept, for when whether they are is the sources' to say again.
    pub(super) fn wants_back(&self, mut plan: Plan) -> Plan {
        let by_hand = self.account.ended_by == Some(Source::Admin);
        plan.notes.push(if by_hand {
            "Stays deactivated: an admin deactivated this person by hand. Once an admin reactivates them, or hands that back to the sources, this source decides again.".to_owned()
        } else {
            let ended_by = self.account.ended_by_voice();
            let who = ended_by.map_or_else(|| "another source".to_owned(), |voice| self.by().name(voice));
            format!("Stays deactivated: {who} says that this person has left, and has the word on it.")
        });
        if let Some(after) = &mut plan.after
            && !after.claims.present.contains_key(&self.change.voice())
        {
            after.claims.present.insert(self.change.voice(), self.now);
            plan.action = Action::Updated;
            plan = plan.with_changes();
        }
        plan
    }

    /// A source that deactivates somebody who is out already would not have them here any more.
    pub(super) fn still_out(&self) -> Plan {
        let mut plan = self.unchanged();
        if self.account.claims.present.contains_key(&self.change.voice())
            && let Some(after) = &mut plan.after
        {
            after.claims.present.remove(&self.change.voice());
            plan.action = Action::Updated;
            plan = plan.with_changes();
        }
        plan
    }

    pub(super) fn hand_over(&self, field: Field, to: Option<Voice>) -> Decision {
        self.not_former()?;
        let mut after = self.account.clone();
        put::hand_over(&mut after, field, to, self.by())?;
        fields::need_name_and_key(&after.profile)?;
        Ok(self.altered(after))
    }

    /// Whether the person is here, which an admin decided by hand, is the sources' to say again.
    pub(super) fn hand_back(&self) -> Decision {
        self.not_former()?;
        let by_hand =
            self.account.state == State::Deactivated && self.account.ended_by == Some(Source::Admin);
        if !by_hand {
            return Ok(self.unchanged());
        }
        let scales = self.by().scales;
        let present = self.account.claims.present.keys().copied();
        let wanted = present.count() > 0 && !self.is_over(self.account);
        if wanted {
            return Ok(self.plan(Action::Reactivated, come_back).with_changes());
        }
        let origins = self.account.origins.values().map(Origin::voice);
        let speak = origins.filter(|voice| matches!(voice.source, Source::Scim | Source::Directory));
        let Some(voice) = speak.max_by_key(|voice| scales.presence(*voice)) else {
            return Err(refuse(
                "no_source",
                format!(
                    "No directory or identity provider keeps {}: reactivate them by hand.",
                    self.account.name()
                ),
            ));
        };
        let mut plan = self.plan(Action::Updated, |after| {
            (after.ended_by, after.claims.ended_of) = (Some(voice.source), voice.of);
        });
        plan.changes = vec![crate::audit::FieldChange {
            field: "ended_by".into(),
            before: self.account.ended_by.map(|source| source.as_str().to_owned()),
            after: Some(voice.as_str().to_owned()),
            was_from: None,
        }];
        Ok(plan)
    }

    pub(super) fn release(&self, gone: Voice) -> Plan {
        if self.account.former {
            return self.unchanged();
        }
        let mut after = self.account.clone();
        let notes = put::release(&mut after, gone, self.by());
        let mut plan = self.altered(after);
        plan.notes = notes;
        plan
    }

    /// An update to what `after` is, with what comes of another address; nothing, if it is the same.
    pub(super) fn altered(&self, after: Account) -> Plan {
        let before = self.account;
        if (&after.profile, &after.claims, &after.origins)
            == (&before.profile, &before.claims, &before.origins)
        {
            return self.unchanged();
        }
        let plan = Plan::of(self.change, Some(before.clone()), Some(after), Action::Updated);
        self.readdressed(plan.with_changes())
    }

    /// The old link went to the old address: the new one gets its own.
    pub(super) fn readdressed(&self, mut plan: Plan) -> Plan {
        plan.ends.links = plan
            .changes
            .iter()
            .any(|change| change.field == Field::Email.as_str());
        let has_email = |plan: &Plan| {
            let after = plan.after.as_ref();
            after.is_some_and(|after| after.profile.get(Field::Email).is_some())
        };
        if plan.ends.links && self.account.state == State::Invited && has_email(&plan) {
            plan.letter = Some(Letter::Invitation { message: None });
        }
        plan
    }
}

#[cfg(test)]
mod tests;
