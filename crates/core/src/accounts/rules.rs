//! Every rule of an account's life. Pure: what it decides depends on what it is given and on nothing else.

mod brake;
mod codes;
mod word;

use super::change::{Action, Change, Ends, Facts, Letter, Patch, Plan, Policy, Refusal, Verb};
use super::claims::Claims;
use super::fields::{self, refuse_field};
use super::put::{By, put};
use super::types::{
    Account, AccountState as State, MEMBER, Profile, ProfileField as Field, SYSTEM_ADMIN, Source,
};
use crate::Moment;
use crate::domains::Standing;
use crate::ids::{AccountId, WorkplaceId};

pub use brake::Brake;

/// Whom a change is about.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Nobody yet: the id that a new account would get.
    New {
        id: AccountId,
        workplace: WorkplaceId,
    },
    Existing(&'a Account),
}

type Decision = Result<Plan, Refusal>;

/// What `change` would do to `target` at `now`, or why it may not be done.
pub fn decide(target: Target<'_>, change: &Change, facts: &Facts, policy: &Policy, now: Moment) -> Decision {
    source_may(change)?;
    let account = match target {
        Target::New { id, workplace } => {
            return match &change.verb {
                Verb::Join { patch } => join_new((id, workplace), (change, patch), (facts, policy), now),
                _ => create((id, workplace), change, (facts, policy), now),
            };
        }
        Target::Existing(account) => account,
    };
    let case = Case {
        account,
        change,
        facts,
        policy,
        now,
    };
    match &change.verb {
        Verb::Provision { patch, invite, .. } => case.provision(patch, *invite),
        Verb::Update { patch } => case.update(patch),
        Verb::Invite { message } => case.invite(message.clone()),
        Verb::Remind { message } => case.remind(message.clone()),
        Verb::Revoke => case.revoke(),
        Verb::Claim { patch } => case.claim(patch),
        Verb::Join { patch } => case.join(patch),
        Verb::Unclaim => case.unclaim(),
        Verb::Deactivate => case.deactivate(),
        Verb::Reactivate => case.reactivate(),
        Verb::Withdraw => case.withdraw(),
        Verb::Strip => case.strip(),
        Verb::Delete => case.delete(),
        Verb::SetRole { role } => case.set_role(role),
        Verb::HandOver { field, to } => case.hand_over(*field, *to),
        Verb::HandBack => case.hand_back(),
        Verb::Release { gone } => Ok(case.release(*gone)),
        Verb::GiveCode => case.give_code(),
    }
}

fn refuse(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal {
        code,
        field: None,
        message: message.into(),
    }
}

/// Which source may ask for what at all.
fn source_may(change: &Change) -> Result<(), Refusal> {
    use Source as S;
    let allowed = match (&change.verb, change.source) {
        (Verb::Claim { .. }, source) => matches!(source, S::SelfService | S::Sso),
        (Verb::Join { .. }, source) => source == S::SelfService,
        (Verb::Update { .. }, _) => true,
        (_, S::SelfService) => false,
        (Verb::Provision { .. }, _) => true,
        (
            Verb::SetRole { .. }
            | Verb::Strip
            | Verb::Unclaim
            | Verb::Revoke
            | Verb::GiveCode
            | Verb::HandOver { .. }
            | Verb::HandBack
            | Verb::Release { .. },
            source,
        ) => matches!(source, S::Admin | S::Api),
        (Verb::Withdraw, source) => matches!(source, S::Scim | S::Directory),
        (_, S::Sso) => false,
        _ => true,
    };
    if allowed {
        return Ok(());
    }
    Err(refuse(
        "source_may_not",
        format!(
            "\"{}\" can't be asked for by the source \"{}\".",
            change.verb.as_str(),
            change.source.as_str()
        ),
    ))
}

/// Somebody comes for whom nobody has prepared anything.
fn join_new(
    whose: (AccountId, WorkplaceId),
    (change, patch): (&Change, &Patch),
    known: (&Facts, &Policy),
    now: Moment,
) -> Decision {
    let made = Change {
        verb: Verb::Provision {
            patch: patch.clone(),
            invite: false,
            role: None,
        },
        ..change.clone()
    };
    let mut plan = create(whose, &made, known, now)?;
    if let Some(after) = &mut plan.after {
        after.state = State::Claimed;
        after.claimed_at = Some(now);
    }
    (plan.action, plan.verb) = (Action::Claimed, change.verb.as_str());
    Ok(plan.with_changes())
}

fn create(
    (id, workplace): (AccountId, WorkplaceId),
    change: &Change,
    (facts, policy): (&Facts, &Policy),
    now: Moment,
) -> Decision {
    let Verb::Provision { patch, invite, role } = &change.verb else {
        return Err(refuse(
            "not_found",
            "There is no such person here: add them first.",
        ));
    };
    let mut after = Account {
        id,
        workplace,
        state: State::Uninvited,
        resting_state: None,
        ended_by: None,
        former: false,
        role: role.clone().unwrap_or_else(|| MEMBER.to_owned()),
        profile: Profile::default(),
        origins: std::collections::BTreeMap::new(),
        claims: Claims::default(),
        created_source: change.source,
        created_at: now,
        updated_at: now,
        invited_at: None,
        claimed_at: None,
        deactivated_at: None,
        version: 1,
    };
    let by = By {
        change,
        facts,
        scales: policy.scales(&facts.absent),
        now,
    };
    put(&mut after, patch, by)?;
    fields::need_name_and_key(&after.profile)?;
    codes::need_employee_id(&after, policy)?;
    role_may(&after, &after.role, facts)?;
    let mut plan = Plan::of(change, None, Some(after), Action::Created);
    if *invite {
        invite_now(&mut plan, None, now);
    }
    Ok(plan.with_changes())
}

/// Marks the account of `plan` as invited with a letter, or notes why not.
fn invite_now(plan: &mut Plan, message: Option<String>, now: Moment) {
    let Some(after) = &mut plan.after else { return };
    if after.profile.get(Field::Email).is_none() {
        plan.notes
            .push("Not invited: there is no e-mail address to write to.".to_owned());
        return;
    }
    after.state = State::Invited;
    after.invited_at = Some(now);
    plan.letter = Some(Letter::Invitation { message });
}

fn role_may(account: &Account, role: &str, facts: &Facts) -> Result<(), Refusal> {
    if role != MEMBER && !facts.role_exists {
        return Err(refuse(
            "role_unknown",
            format!("There is no role \"{role}\" here: choose one from the list."),
        ));
    }
    if role == SYSTEM_ADMIN && account.profile.get(Field::Email).is_none() {
        return Err(refuse(
            "admin_needs_email",
            "A system admin needs an e-mail address: give this person one first.",
        ));
    }
    Ok(())
}

struct Case<'a> {
    account: &'a Account,
    change: &'a Change,
    facts: &'a Facts,
    policy: &'a Policy,
    now: Moment,
}

impl Case<'_> {
    fn plan(&self, action: Action, alter: impl FnOnce(&mut Account)) -> Plan {
        let mut after = self.account.clone();
        alter(&mut after);
        Plan::of(self.change, Some(self.account.clone()), Some(after), action)
    }

    fn unchanged(&self) -> Plan {
        self.plan(Action::Unchanged, |_| ())
    }

    fn patched(&self, patch: &Patch) -> Result<Plan, Refusal> {
        let mut after = self.account.clone();
        let notes = put(&mut after, patch, self.by())?;
        fields::need_name_and_key(&after.profile)?;
        codes::keep_a_way_in(self.account, &after)?;
        if after.is_system_admin() && after.profile.get(Field::Email).is_none() {
            return Err(refuse_field(
                Field::Email,
                "A system admin needs an e-mail address: take the role away first.",
            ));
        }
        let mut plan = Plan::of(
            self.change,
            Some(self.account.clone()),
            Some(after),
            Action::Updated,
        )
        .with_changes();
        plan.notes = notes;
        plan = self.readdressed(plan);
        if plan.changes.is_empty() {
            plan.action = Action::Unchanged;
            plan.after = Some(self.account.clone());
        }
        Ok(plan)
    }

    fn provision(&self, patch: &Patch, invite: bool) -> Decision {
        if matches!(self.change.source, Source::Admin | Source::Api) {
            return Err(refuse(
                "exists",
                format!(
                    "{} is here already: change the person instead of adding them again.",
                    self.account.name()
                ),
            ));
        }
        self.not_former()?;
        let mut plan = self.patched(patch)?;
        match self.account.state {
            State::Uninvited if invite && self.is_elsewhere() => {
                let why =
                    fields::domain_elsewhere(self.account.profile.get(Field::Email).unwrap_or_default());
                plan.notes.push(format!("Not invited: {}", why.message));
            }
            State::Uninvited if invite => {
                invite_now(&mut plan, None, self.now);
                if plan.letter.is_some() {
                    plan.action = Action::Invited;
                    plan = plan.with_changes();
                }
            }
            State::Deactivated if self.stays_out() => plan = self.wants_back(plan),
            State::Deactivated if plan.after.as_ref().is_some_and(|after| self.is_over(after)) => {
                plan.notes
                    .push("Stays deactivated: their last day has passed. Once the end date is changed, this source decides again.".to_owned());
            }
            State::Deactivated => {
                if let Some(after) = &mut plan.after {
                    come_back(after);
                }
                plan.action = Action::Reactivated;
                plan = plan.with_changes();
            }
            _ => {}
        }
        Ok(plan)
    }

    fn update(&self, patch: &Patch) -> Decision {
        self.not_former()?;
        if self.change.source == Source::SelfService {
            if self.account.state != State::Claimed {
                return Err(refuse(
                    "not_claimed",
                    "Only a person who is in may edit their own profile.",
                ));
            }
            if let Some((field, _)) = patch
                .iter()
                .find(|(field, _)| !self.policy.owner_may_edit(*field))
            {
                return Err(Refusal {
                    code: "field_locked",
                    field: Some(*field),
                    message: format!(
                        "Your {} is kept by your organisation: ask an admin to change it.",
                        fields::label(*field)
                    ),
                });
            }
        }
        self.patched(patch)
    }

    /// The address is at a domain that another workplace has proven: who is here stays, and nobody else comes.
    fn is_elsewhere(&self) -> bool {
        self.facts.standing == Standing::Elsewhere && self.account.profile.get(Field::Email).is_some()
    }

    fn invite(&self, message: Option<String>) -> Decision {
        match self.account.state {
            State::Uninvited if self.is_elsewhere() => Err(fields::domain_elsewhere(
                self.account.profile.get(Field::Email).unwrap_or_default(),
            )),
            State::Uninvited => {
                let mut plan = self.plan(Action::Invited, |_| ());
                invite_now(&mut plan, message, self.now);
                if plan.letter.is_none() {
                    return Err(refuse(
                        "no_email",
                        format!(
                            "{} has no e-mail address to write to: add one, or give them an access code.",
                            self.account.name()
                        ),
                    ));
                }
                Ok(plan.with_changes())
            }
            State::Invited | State::Claimed => Ok(self.unchanged()),
            State::Deactivated => Err(self.is_deactivated("invited")),
        }
    }

    fn remind(&self, message: Option<String>) -> Decision {
        match self.account.state {
            State::Invited if self.account.profile.get(Field::Email).is_none() => Err(refuse(
                "no_email",
                format!(
                    "{} has no e-mail address to write to: add one, or give them an access code.",
                    self.account.name()
                ),
            )),
            State::Invited => {
                let mut plan = self.plan(Action::Reminded, |_| ());
                plan.letter = Some(Letter::Reminder { message });
                Ok(plan)
            }
            State::Claimed => Ok(self.unchanged()),
            State::Uninvited => Err(refuse(
                "not_invited",
                format!("{} is not invited yet: invite them first.", self.account.name()),
            )),
            State::Deactivated => Err(self.is_deactivated("reminded")),
        }
    }

    fn revoke(&self) -> Decision {
        match self.account.state {
            State::Invited => {
                self.not_last_admin()?;
                let mut plan = self.plan(Action::Revoked, |after| {
                    after.state = State::Uninvited;
                    after.invited_at = None;
                });
                plan.ends.links = true;
                Ok(plan.with_changes())
            }
            State::Uninvited => Ok(self.unchanged()),
            State::Claimed => Err(refuse(
                "already_claimed",
                format!(
                    "{} has claimed the account already: deactivate it instead.",
                    self.account.name()
                ),
            )),
            State::Deactivated => Err(self.is_deactivated("uninvited")),
        }
    }

    /// As [`Case::claim`], also for whoever is only prepared.
    fn join(&self, patch: &Patch) -> Decision {
        if self.account.state == State::Uninvited {
            if self.is_elsewhere() {
                let email = self.account.profile.get(Field::Email).unwrap_or_default();
                return Err(fields::domain_elsewhere(email));
            }
            return self.take(patch);
        }
        self.claim(patch)
    }

    fn take(&self, patch: &Patch) -> Decision {
        let mut after = self.account.clone();
        let notes = put(&mut after, patch, self.by())?;
        after.state = State::Claimed;
        after.claimed_at = Some(self.now);
        let mut plan = Plan::of(
            self.change,
            Some(self.account.clone()),
            Some(after),
            Action::Claimed,
        )
        .with_changes();
        plan.ends.links = true;
        plan.notes = notes;
        Ok(plan)
    }

    fn claim(&self, patch: &Patch) -> Decision {
        match self.account.state {
            State::Invited => self.take(patch),
            State::Uninvited => Err(refuse(
                "not_invited",
                "You are not invited yet: your organisation is still preparing. Ask the person who sent you here.",
            )),
            State::Claimed => Err(refuse(
                "already_claimed",
                "This account is in use already: sign in instead.",
            )),
            State::Deactivated => Err(refuse(
                "deactivated",
                "This account is deactivated: ask an admin of your organisation.",
            )),
        }
    }

    fn unclaim(&self) -> Decision {
        match self.account.state {
            State::Claimed => {
                self.not_last_admin()?;
                let mut plan = self.plan(Action::Unclaimed, |after| after.state = State::Invited);
                plan.ends = Ends {
                    sessions: true,
                    links: true,
                    password: true,
                    everything: false,
                };
                if self.account.profile.get(Field::Email).is_some() {
                    plan.letter = Some(Letter::Invitation { message: None });
                }
                Ok(plan.with_changes())
            }
            State::Invited | State::Uninvited => Ok(self.unchanged()),
            State::Deactivated => Err(self.is_deactivated("set to unclaimed")),
        }
    }

    fn deactivate(&self) -> Decision {
        if self.account.state == State::Deactivated {
            return Ok(self.still_out());
        }
        if let Some(plan) = self.kept_by_another() {
            return Ok(plan);
        }
        self.not_last_admin()?;
        let mut plan = self.plan(Action::Deactivated, |after| {
            after.resting_state = Some(after.state);
            after.state = State::Deactivated;
            after.ended_by = Some(self.change.source);
            after.claims.ended_of = self.change.of;
            after.deactivated_at = Some(self.now);
        });
        plan.ends = Ends {
            sessions: true,
            links: true,
            password: false,
            everything: false,
        };
        Ok(plan.with_changes())
    }

    fn reactivate(&self) -> Decision {
        if self.account.state != State::Deactivated {
            return Ok(self.unchanged());
        }
        self.not_former()?;
        if self.is_over(self.account) {
            if !matches!(self.change.source, Source::Admin | Source::Api) {
                let mut plan = self.unchanged();
                plan.notes
                    .push("Stays deactivated: their last day has passed.".to_owned());
                return Ok(plan);
            }
            return Err(refuse(
                "last_day_passed",
                format!(
                    "The last day of {} has passed: change the end date first, else they would be deactivated again \
                     at once.",
                    self.account.name()
                ),
            ));
        }
        Ok(self.plan(Action::Reactivated, come_back).with_changes())
    }

    /// The plan is told as what it is: a deletion or a deactivation.
    fn withdraw(&self) -> Decision {
        let is_out = self.account.state == State::Deactivated;
        if let Some(plan) = self.kept_by_another().filter(|_| !is_out) {
            return Ok(plan);
        }
        if self.account.claimed_at.is_none() {
            let mut plan = self.delete()?;
            plan.verb = Verb::Delete.as_str();
            return Ok(plan);
        }
        let mut plan = self.deactivate()?;
        plan.verb = Verb::Deactivate.as_str();
        Ok(plan)
    }

    fn strip(&self) -> Decision {
        if self.account.former {
            return Ok(self.unchanged());
        }
        if self.account.state != State::Deactivated {
            return Err(refuse(
                "not_deactivated",
                "Deactivate the person first: only then may their data be removed.",
            ));
        }
        let mut plan = self.plan(Action::Stripped, |after| {
            after.profile = Profile::default();
            after.origins.clear();
            after.claims = Claims::default();
            after.former = true;
            MEMBER.clone_into(&mut after.role);
        });
        plan.ends = Ends {
            sessions: true,
            links: true,
            password: true,
            everything: false,
        };
        // What was removed must not live on in the history: the event names the fields without their values.
        plan = plan.with_changes();
        for change in &mut plan.changes {
            (change.before, change.after, change.was_from) = (None, None, None);
        }
        Ok(plan)
    }

    fn delete(&self) -> Decision {
        if self.account.state != State::Deactivated {
            if self.account.claimed_at.is_some() {
                return Err(refuse(
                    "was_claimed",
                    format!(
                        "{} has used this account: deactivate it first.",
                        self.account.name()
                    ),
                ));
            }
            self.not_last_admin()?;
        }
        let mut plan = Plan::of(self.change, Some(self.account.clone()), None, Action::Deleted);
        plan.ends = Ends {
            sessions: true,
            links: true,
            password: true,
            everything: true,
        };
        Ok(plan)
    }

    fn set_role(&self, role: &str) -> Decision {
        if self.account.role == role {
            return Ok(self.unchanged());
        }
        if self.account.state == State::Deactivated {
            return Err(self.is_deactivated("given a role"));
        }
        role_may(self.account, role, self.facts)?;
        self.not_last_admin()?;
        Ok(self
            .plan(Action::Updated, |after| role.clone_into(&mut after.role))
            .with_changes())
    }

    /// Whether the account's last day has passed where the person is.
    fn is_over(&self, account: &Account) -> bool {
        let last = account
            .profile
            .get(Field::EndDate)
            .and_then(|day| day.parse().ok());
        let zones = [
            account.profile.get(Field::TimeZone),
            self.policy.time_zone.as_deref(),
        ];
        last.is_some_and(|last: jiff::civil::Date| last < self.now.day_in(&zones))
    }

    fn not_former(&self) -> Result<(), Refusal> {
        if !self.account.former {
            return Ok(());
        }
        Err(refuse(
            "former",
            "This person's data was removed for good: add them as a new person if they come back.",
        ))
    }

    /// Refuses what would leave the workplace without a system admin who can get in.
    fn not_last_admin(&self) -> Result<(), Refusal> {
        let account = self.account;
        if !account.is_system_admin() || account.state == State::Deactivated {
            return Ok(());
        }
        let others = match account.state {
            State::Claimed => self.facts.other_admins_claimed,
            _ => self.facts.other_admins,
        };
        if others > 0 {
            return Ok(());
        }
        Err(refuse(
            "last_admin",
            format!(
                "{} is the last system admin: make somebody else a system admin first.",
                account.name()
            ),
        ))
    }

    fn is_deactivated(&self, what: &str) -> Refusal {
        refuse(
            "deactivated",
            format!(
                "{} is deactivated and can't be {what}: reactivate them first.",
                self.account.name()
            ),
        )
    }
}

fn come_back(after: &mut Account) {
    after.state = after.resting_state.take().unwrap_or(State::Uninvited);
    after.ended_by = None;
    after.deactivated_at = None;
    after.claims.present.clear();
    after.claims.ended_of = None;
}

/// Whether a person in this state gets in, and why, in a sentence about them.
pub fn gets_in(state: State) -> (bool, &'static str) {
    match state {
        State::Claimed => (
            true,
            "They have claimed their account and log in with their password.",
        ),
        State::Invited => (
            false,
            "They are invited: they get in when they open the link and claim the account.",
        ),
        State::Uninvited => (false, "They are not invited yet, and nobody has told them."),
        State::Deactivated => (false, "They are deactivated."),
    }
}

#[cfg(test)]
mod tests;
