//! Who comes in by what: the one table of an account's state, the way it is tried and what the workplace lets. Pure.

use crate::accounts::AccountState as State;
use crate::words::words;

words! {
    /// How a person may log in, where somebody has said so; else both ways are open.
    LogInBy { Password = "password", Sso = "sso", Both = "both" }
}

/// Somebody who has shown who they are, and what is known of them.
#[derive(Clone, Copy, Debug)]
pub enum Shown {
    /// Their password was right.
    Password,
    /// One of their passkeys answered: that is more than a password.
    Passkey,
    /// An identity provider of the workplace said so.
    Sso {
        /// The workplace has proven that the domain of the address is its own.
        ours: bool,
        /// Whoever is unknown gets an account.
        makes_accounts: bool,
    },
}

/// What there is of a second factor.
#[derive(Clone, Copy, Debug, Default)]
pub struct Second {
    /// The person has one.
    pub has: bool,
    /// The workplace asks them for one.
    pub must: bool,
    /// They may still put it off.
    pub grace: bool,
    /// They showed one in this browser, and let it be remembered.
    pub remembered: bool,
}

/// What the decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Of the account with that address; none, if there is none.
    pub state: Option<State>,
    pub by: Option<LogInBy>,
    /// A system admin's password is never switched off: a wrong setting must not lock the workplace.
    pub system_admin: bool,
    pub shown: Shown,
    /// An identity provider that is switched on answers for the domain of the address.
    pub served: bool,
    /// The workplace requires single sign-on of them, and whether they may come in past it.
    pub required: bool,
    pub break_glass: bool,
    /// Looked at where a password is shown; an identity provider answers for itself.
    pub second: Second,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    Enter,
    /// They show a second factor first.
    Second,
    /// They set a second factor up first, or put it off where they may.
    Enrol {
        later: bool,
    },
    /// They are invited: they take their account, and are in.
    Claim,
    /// Nobody has prepared anything: an account is made for them, and they take it.
    Make,
    /// With a code, and a sentence for the person.
    Refused(&'static str, &'static str),
}

/// Who comes in.
pub fn decide(case: Case) -> Entry {
    match case.shown {
        Shown::Password => match by_own(case) {
            // Past single sign-on nobody comes by a password alone, however well the browser is known.
            Entry::Enter => second(Second {
                remembered: case.second.remembered && !case.required,
                ..case.second
            }),
            other => other,
        },
        Shown::Passkey => by_own(case),
        Shown::Sso { ours, .. } if !ours => Entry::Refused(
            "domain_not_verified",
            "Single sign-on lets in addresses of the organisation's own verified domains only, and yours is none of them. \
             Ask an admin of your workplace to verify the domain, or log in another way.",
        ),
        Shown::Sso { .. } if !case.served => Entry::Refused(
            "domain_not_served",
            "This identity provider does not answer for the domain of your address. Log in with the address of your \
             organisation, or ask an admin to choose the domain under \"Single sign-on\".",
        ),
        Shown::Sso { makes_accounts, .. } => by_sso(case, makes_accounts),
    }
}

fn second(second: Second) -> Entry {
    match second {
        Second {
            has: true,
            remembered,
            ..
        } if !remembered => Entry::Second,
        Second {
            has: false,
            must: true,
            grace,
            ..
        } => Entry::Enrol { later: grace },
        _ => Entry::Enter,
    }
}

/// By what is their own here: a password or a passkey.
fn by_own(case: Case) -> Entry {
    if case.state != Some(State::Claimed) {
        return Entry::Refused(
            "not_claimed",
            "Claim your account first: open the link of your invitation.",
        );
    }
    if case.required && !case.break_glass && !case.served {
        return Entry::Refused(
            "sso_required",
            "Your organisation lets you log in by single sign-on only, and none is set up for your address. Ask an admin of your \
             workplace.",
        );
    }
    let by_sso_only = case.by == Some(LogInBy::Sso) && case.served && !case.system_admin;
    if by_sso_only || (case.required && !case.break_glass) {
        return Entry::Refused(
            "use_sso",
            "Your organisation lets you log in by single sign-on: type your address, and choose \"Log in with single \
             sign-on\".",
        );
    }
    Entry::Enter
}

fn by_sso(case: Case, makes_accounts: bool) -> Entry {
    // Where single sign-on is required, nothing else lets them in: an admin's word for the password must not lock them out.
    let by_password_only = case.by == Some(LogInBy::Password) && !case.required;
    match case.state {
        None if makes_accounts => Entry::Make,
        None => Entry::Refused(
            "unknown",
            "You are known to your organisation's log-in, and have no account here yet. Ask an admin of your workplace \
             to invite you.",
        ),
        Some(State::Uninvited) => Entry::Refused(
            "not_invited",
            "Your account is being prepared, and you are not invited yet. Ask an admin of your workplace when it starts.",
        ),
        Some(State::Deactivated) => Entry::Refused(
            "deactivated",
            "Your account here is deactivated. If you still belong to your organisation, ask an admin to reactivate it.",
        ),
        Some(State::Invited | State::Claimed) if by_password_only => Entry::Refused(
            "use_password",
            "An admin has chosen that you log in with a password. Do that, or ask an admin to set your log-in method to \
             single sign-on.",
        ),
        Some(State::Invited) => Entry::Claim,
        Some(State::Claimed) => Entry::Enter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(case: Case) -> &'static str {
        match decide(case) {
            Entry::Enter => "enter",
            Entry::Second => "second",
            Entry::Enrol { later: true } => "enrol or later",
            Entry::Enrol { later: false } => "enrol",
            Entry::Claim => "claim",
            Entry::Make => "make",
            Entry::Refused(code, message) => {
                assert!(message.ends_with('.'), "{message}");
                code
            }
        }
    }

    /// Somebody who is asked for nothing in particular.
    fn plain(state: Option<State>, by: Option<LogInBy>, shown: Shown) -> Case {
        Case {
            state,
            by,
            system_admin: false,
            shown,
            served: true,
            required: false,
            break_glass: false,
            second: Second::default(),
        }
    }

    /// Every state with every log-in method: what a password and what single sign-on come to.
    #[test]
    fn every_state_by_every_way() {
        use LogInBy as By;
        let table = [
            (None, None, "not_claimed", "unknown"),
            (Some(State::Uninvited), None, "not_claimed", "not_invited"),
            (
                Some(State::Uninvited),
                Some(By::Sso),
                "not_claimed",
                "not_invited",
            ),
            (
                Some(State::Uninvited),
                Some(By::Password),
                "not_claimed",
                "not_invited",
            ),
            (
                Some(State::Uninvited),
                Some(By::Both),
                "not_claimed",
                "not_invited",
            ),
            (Some(State::Invited), None, "not_claimed", "claim"),
            (Some(State::Invited), Some(By::Sso), "not_claimed", "claim"),
            (
                Some(State::Invited),
                Some(By::Password),
                "not_claimed",
                "use_password",
            ),
            (Some(State::Invited), Some(By::Both), "not_claimed", "claim"),
            (Some(State::Claimed), None, "enter", "enter"),
            (Some(State::Claimed), Some(By::Sso), "use_sso", "enter"),
            (Some(State::Claimed), Some(By::Password), "enter", "use_password"),
            (Some(State::Claimed), Some(By::Both), "enter", "enter"),
            (Some(State::Deactivated), None, "not_claimed", "deactivated"),
            (
                Some(State::Deactivated),
                Some(By::Sso),
                "not_claimed",
                "deactivated",
            ),
            (
                Some(State::Deactivated),
                Some(By::Password),
                "not_claimed",
                "deactivated",
            ),
            (
                Some(State::Deactivated),
                Some(By::Both),
                "not_claimed",
                "deactivated",
            ),
        ];
        for (state, by, password, sso) in table {
            let shown = Shown::Sso {
                ours: true,
                makes_accounts: false,
            };
            let case = plain(state, by, shown);
            assert_eq!(said(case), sso, "{state:?} {by:?} by single sign-on");
            let typed = Case {
                shown: Shown::Password,
                ..case
            };
            assert_eq!(said(typed), password, "{state:?} {by:?} by password");
            // Where accounts are made, only whoever is unknown fares otherwise.
            let makes = Shown::Sso {
                ours: true,
                makes_accounts: true,
            };
            let expect = if state.is_none() { "make" } else { sso };
            assert_eq!(said(Case { shown: makes, ..case }), expect);
            for (ours, served, expect) in [
                (false, true, "domain_not_verified"),
                (false, false, "domain_not_verified"),
                (true, false, "domain_not_served"),
            ] {
                for makes_accounts in [false, true] {
                    let shown = Shown::Sso { ours, makes_accounts };
                    assert_eq!(
                        said(Case {
                            shown,
                            served,
                            ..case
                        }),
                        expect,
                        "{state:?} {by:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_password_works_where_single_sign_on_could_not_take_its_place() {
        let case = plain(Some(State::Claimed), Some(LogInBy::Sso), Shown::Password);
        assert_eq!(said(case), "use_sso");
        let passkey = Case {
            shown: Shown::Passkey,
            ..case
        };
        assert_eq!(said(passkey), "use_sso", "a passkey is no way round");
        assert_eq!(
            said(Case {
                served: false,
                ..case
            }),
            "enter"
        );
        assert_eq!(
            said(Case {
                system_admin: true,
                ..case
            }),
            "enter"
        );
    }
    #[test]
    fn past_single_sign_on_a_second_factor_is_asked_every_time() {
        let case = Case {
            state: Some(State::Claimed),
            by: None,
            system_admin: true,
            shown: Shown::Password,
            served: true,
            required: true,
            break_glass: true,
            second: Second {
                has: true,
                remembered: true,
                ..Second::default()
            },
        };
        assert_eq!(said(case), "second");
        assert_eq!(
            said(Case {
                required: false,
                ..case
            }),
            "enter"
        );
        let passkey = Case {
            shown: Shown::Passkey,
            ..case
        };
        assert_eq!(said(passkey), "enter");
        assert_eq!(
            said(Case {
                break_glass: false,
                ..passkey
            }),
            "use_sso"
        );
    }

    /// State, method and policy: what a password comes to where single sign-on is required, and that an identity provider lets
    /// in there whoever has no other way.
    #[test]
    fn where_it_is_required_a_password_lets_in_only_who_keeps_a_way() {
        use LogInBy as By;
        let methods = [None, Some(By::Password), Some(By::Sso), Some(By::Both)];
        // Required, keeps a way, served, system admin: who has claimed.
        let policies = [
            ((true, false, true, false), "use_sso"),
            ((true, false, true, true), "use_sso"),
            ((true, false, false, false), "sso_required"),
            ((true, false, false, true), "sso_required"),
            ((true, true, true, true), "enter"),
            ((true, true, false, true), "enter"),
            ((false, false, false, false), "enter"),
            ((false, false, true, true), "enter"),
        ];
        for by in methods {
            for ((required, break_glass, served, system_admin), expect) in policies {
                for state in [
                    None,
                    Some(State::Uninvited),
                    Some(State::Invited),
                    Some(State::Deactivated),
                ] {
                    let case = Case {
                        state,
                        by,
                        system_admin,
                        shown: Shown::Password,
                        served,
                        required,
                        break_glass,
                        second: Second::default(),
                    };
                    assert_eq!(said(case), "not_claimed", "{case:?}");
                }
                let case = Case {
                    state: Some(State::Claimed),
                    by,
                    system_admin,
                    shown: Shown::Password,
                    served,
                    required,
                    break_glass,
                    second: Second::default(),
                };
                assert_eq!(said(case), expect, "{case:?}");
                let shown = Shown::Sso {
                    ours: true,
                    makes_accounts: false,
                };
                let came = if by == Some(By::Password) && !required {
                    "use_password"
                } else {
                    "enter"
                };
                let by_sso = Case {
                    shown,
                    served: true,
                    ..case
                };
                assert_eq!(said(by_sso), came, "{case:?}");
            }
        }
    }

    /// Every state, by every way, with and without a second factor, whatever the workplace asks for.
    #[test]
    fn a_second_factor_is_asked_of_a_password_alone() {
        let ours = Shown::Sso {
            ours: true,
            makes_accounts: false,
        };
        let (t, f) = (true, false);
        // Has one, must have one, may put it off, is remembered here: what a right password comes to.
        let table = [
            ((f, f, f, f), "enter"),
            ((f, f, t, f), "enter"),
            ((f, f, f, t), "enter"),
            ((f, t, f, f), "enrol"),
            ((f, t, f, t), "enrol"),
            ((f, t, t, f), "enrol or later"),
            ((f, t, t, t), "enrol or later"),
            ((t, f, f, f), "second"),
            ((t, f, t, f), "second"),
            ((t, t, f, f), "second"),
            ((t, t, t, f), "second"),
            ((t, f, f, t), "enter"),
            ((t, t, f, t), "enter"),
            ((t, t, t, t), "enter"),
        ];
        for ((has, must, grace, remembered), expect) in table {
            let second = Second {
                has,
                must,
                grace,
                remembered,
            };
            for state in State::ALL.iter().copied().map(Some).chain([None]) {
                for system_admin in [false, true] {
                    let case = Case {
                        state,
                        by: None,
                        system_admin,
                        shown: Shown::Password,
                        served: false,
                        required: false,
                        break_glass: false,
                        second,
                    };
                    let claimed = state == Some(State::Claimed);
                    let expect = if claimed { expect } else { "not_claimed" };
                    assert_eq!(said(case), expect, "{state:?} {second:?} by password");
                    let by = |shown, served| {
                        said(Case {
                            shown,
                            served,
                            ..case
                        })
                    };
                    let alone = if claimed { "enter" } else { "not_claimed" };
                    assert_eq!(
                        by(Shown::Passkey, false),
                        alone,
                        "{state:?} {second:?} by passkey"
                    );
                    if claimed {
                        assert_eq!(by(ours, true), "enter", "{second:?} by single sign-on");
                    }
                    // Where single sign-on is asked for, a password does not come as far as a second factor.
                    let sso_only = Case {
                        by: Some(LogInBy::Sso),
                        served: true,
                        ..case
                    };
                    if claimed && !system_admin {
                        assert_eq!(said(sso_only), "use_sso", "{second:?}");
                    }
                }
            }
        }
    }
}
