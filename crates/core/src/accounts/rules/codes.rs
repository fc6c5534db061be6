//! People without an e-mail address: what their accounts need, and who may be given an access code.

use super::{Case, Decision, State, fields, refuse};
use crate::accounts::{Account, Action, Policy, ProfileField as Field, Refusal};

/// Whether the person can be reached by no letter.
fn without_email(account: &Account) -> bool {
    account.profile.get(Field::Email).is_none()
}

/// Where people without an e-mail address may come in, a new account has one or an employee id: by that the person is
/// told from others, and logs in.
pub(super) fn need_employee_id(account: &Account, policy: &Policy) -> Result<(), Refusal> {
    let has_id = account.profile.get(Field::EmployeeId).is_some();
    if !policy.without_email || !without_email(account) || has_id {
        return Ok(());
    }
    Err(fields::refuse_field(
        Field::EmployeeId,
        "Without an e-mail address a person needs an employee id, to log in with: give one of the two.",
    ))
}

/// A change does not take away the last name that a person who is in, or has an access code, logs in with.
pub(super) fn keep_a_way_in(before: &Account, after: &Account) -> Result<(), Refusal> {
    let has_one =
        |account: &Account| !without_email(account) || account.profile.get(Field::EmployeeId).is_some();
    if !matches!(after.state, State::Invited | State::Claimed) || !has_one(before) || has_one(after) {
        return Ok(());
    }
    Err(fields::refuse_field(
        Field::EmployeeId,
        format!(
            "{} could not log in any more: leave an e-mail address or an employee id.",
            before.name()
        ),
    ))
}

impl Case<'_> {
    /// An access code for somebody whom no letter reaches: the way to claim, and the only way back for who has forgotten
    /// the password.
    pub(super) fn give_code(&self) -> Decision {
        let account = self.account;
        if account.state == State::Deactivated {
            return Err(self.is_deactivated("given an access code"));
        }
        if !self.policy.without_email {
            return Err(refuse(
                "without_email_off",
                "This workplace lets nobody in without an e-mail address: an admin can turn that on in the settings.",
            ));
        }
        if !without_email(account) {
            return Err(refuse(
                "has_email",
                format!(
                    "{} has an e-mail address: an invitation, or \"Forgotten password\", reaches them there.",
                    account.name()
                ),
            ));
        }
        if account.profile.get(Field::EmployeeId).is_none() {
            return Err(refuse(
                "no_employee_id",
                format!(
                    "{} has no employee id to log in with: add one first.",
                    account.name()
                ),
            ));
        }
        let plan = self.plan(Action::CodeGiven, |after| {
            if after.state == State::Uninvited {
                after.state = State::Invited;
                after.invited_at = Some(self.now);
            }
        });
        Ok(plan.with_changes())
    }
}

#[cfg(test)]
mod tests {
    use crate::accounts::rules::tests::{NOW, account, facts, id, text, word};
    use crate::accounts::{
        Account, AccountState as State, Change, MEMBER, Plan, Policy, ProfileField as Field, SYSTEM_ADMIN,
        Source, Target, Verb, decide,
    };
    use crate::{Entropy, ids};

    fn policy(without_email: bool) -> Policy {
        Policy {
            without_email,
            ..Policy::default()
        }
    }

    fn run(account: &Account, source: Source, verb: Verb, policy: &Policy) -> Result<Plan, super::Refusal> {
        let change = Change::new(source, verb);
        decide(Target::Existing(account), &change, &facts(), policy, NOW)
    }

    /// A person in that state, with what is given of the two.
    fn person(state: State, email: bool, employee: bool) -> Account {
        let mut account = account(state);
        if !email {
            account.profile.set(Field::Email, None);
        }
        if employee {
            account.profile.set(Field::EmployeeId, text("E-7"));
        }
        account
    }

    #[test]
    fn who_is_given_an_access_code() {
        use State as S;
        for (on, state, email, employee, source, expect) in [
            (
                true,
                S::Uninvited,
                false,
                true,
                Source::Admin,
                "codegiven invited",
            ),
            (true, S::Invited, false, true, Source::Admin, "codegiven invited"),
            (true, S::Claimed, false, true, Source::Api, "codegiven claimed"),
            (true, S::Deactivated, false, true, Source::Admin, "!deactivated"),
            (
                false,
                S::Uninvited,
                false,
                true,
                Source::Admin,
                "!without_email_off",
            ),
            (true, S::Uninvited, true, true, Source::Admin, "!has_email"),
            (true, S::Claimed, true, true, Source::Admin, "!has_email"),
            (true, S::Uninvited, false, false, Source::Admin, "!no_employee_id"),
            (true, S::Uninvited, false, true, Source::File, "!source_may_not"),
            (true, S::Uninvited, false, true, Source::Scim, "!source_may_not"),
            (
                true,
                S::Uninvited,
                false,
                true,
                Source::SelfService,
                "!source_may_not",
            ),
            (true, S::Uninvited, false, true, Source::Sso, "!source_may_not"),
        ] {
            let decided = run(
                &person(state, email, employee),
                source,
                Verb::GiveCode,
                &policy(on),
            );
            let after = decided.as_ref().ok().and_then(|plan| plan.after.as_ref());
            let state = after.map_or(String::new(), |after| format!(" {}", after.state.as_str()));
            assert_eq!(
                format!("{}{state}", word(&decided)),
                expect,
                "{state:?} {source:?}"
            );
            if let Ok(plan) = decided {
                assert!(plan.letter.is_none() && plan.ends == super::super::Ends::default());
            }
        }
    }

    #[test]
    fn a_new_account_has_a_name_and_an_employee_id_where_it_has_no_email() {
        let name = (Field::DisplayName, text("Bo"));
        for (on, field, value, expect) in [
            (true, Field::EmployeeId, "E-7", "created"),
            (true, Field::Email, "bo@example.com", "created"),
            (true, Field::Phone, "+48 600 700 800", "!invalid"),
            (false, Field::Phone, "+48 600 700 800", "created"),
        ] {
            let patch = vec![name.clone(), (field, text(value))];
            let verb = Verb::Provision {
                patch,
                invite: false,
                role: None,
            };
            let target = Target::New {
                id: id(1),
                workplace: ids::WorkplaceId::new(&Entropy::seeded(9), NOW),
            };
            let change = Change::new(Source::Admin, verb);
            let decided = decide(target, &change, &facts(), &policy(on), NOW);
            assert_eq!(word(&decided), expect, "{field:?} {on}");
        }
    }

    #[test]
    fn who_is_in_keeps_something_to_log_in_with() {
        for (state, email, field, expect) in [
            (State::Claimed, false, Field::EmployeeId, "!invalid"),
            (State::Invited, false, Field::EmployeeId, "!invalid"),
            (State::Claimed, true, Field::EmployeeId, "updated"),
            (State::Uninvited, false, Field::EmployeeId, "updated"),
        ] {
            let mut person = person(state, email, true);
            person.profile.set(Field::Phone, text("+48600700800"));
            let verb = Verb::Update {
                patch: vec![(field, None)],
            };
            assert_eq!(
                word(&run(&person, Source::Admin, verb, &policy(true))),
                expect,
                "{state:?}"
            );
        }
    }

    #[test]
    fn without_an_email_nobody_is_a_system_admin() {
        let role = |role: &str| Verb::SetRole {
            role: role.to_owned(),
        };
        for state in [State::Uninvited, State::Invited, State::Claimed] {
            let person = person(state, false, true);
            for on in [true, false] {
                let asked = run(&person, Source::Admin, role(SYSTEM_ADMIN), &policy(on));
                assert_eq!(word(&asked), "!admin_needs_email", "{state:?}");
            }
            assert_eq!(
                word(&run(&person, Source::Admin, role(MEMBER), &policy(true))),
                "unchanged"
            );
        }
        let mut admin = person(State::Claimed, true, true);
        SYSTEM_ADMIN.clone_into(&mut admin.role);
        let no_mail = Verb::Update {
            patch: vec![(Field::Email, None)],
        };
        assert_eq!(
            word(&run(&admin, Source::Admin, no_mail, &policy(true))),
            "!invalid"
        );
    }
}
