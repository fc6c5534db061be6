//! Whom the requirement governs, who could not come in by it, and when it may be switched on. Pure.

use super::{AdminWay, Reach, Requirement, SsoVerdict};
use crate::domains::names;
use crate::{Error, Result};

/// So many system admins keep a way in that needs no identity provider.
pub const KEPT: usize = 2;
/// The most domains, groups and admins that are named.
const MOST: usize = 200;

/// Whether the requirement governs somebody. `domain`: of their address; none, if they have no address. `in_group`: they are
/// in one of its groups.
pub fn governs(requirement: &Requirement, domain: Option<&str>, in_group: bool) -> bool {
    let Some(domain) = domain else {
        // Nothing could take the place of what they log in with.
        return false;
    };
    match requirement.reach {
        Reach::Off => false,
        Reach::Everyone => true,
        Reach::Groups => in_group,
        Reach::Domains => {
            let above = names::with_parents(domain);
            requirement.domains.iter().any(|named| above.contains(named))
        }
    }
}

/// Whether the requirement may govern people with an address of that domain or one below it.
pub fn touches(requirement: &Requirement, domain: &str) -> bool {
    match requirement.reach {
        Reach::Off => false,
        Reach::Everyone | Reach::Groups => true,
        Reach::Domains => requirement.domains.iter().any(|named| {
            names::with_parents(domain).contains(named)
                || names::with_parents(named).iter().any(|name| name == domain)
        }),
    }
}

/// What is known of somebody when it is asked whether they could come in.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Of their address.
    pub domain: Option<&'a str>,
    pub in_group: bool,
    /// The domain is the workplace's own.
    pub verified: bool,
    /// An identity provider answers for it, and whether that is on.
    pub provider: Option<bool>,
    /// They are a system admin who keeps a way in.
    pub break_glass: bool,
    /// They came by an identity provider before.
    pub came: bool,
}

/// What the requirement means for somebody; nothing, if it does not reach them.
pub fn verdict(requirement: &Requirement, person: Person<'_>) -> Option<SsoVerdict> {
    if person.domain.is_none() {
        let reached = match requirement.reach {
            Reach::Off | Reach::Domains => false,
            Reach::Groups => person.in_group,
            Reach::Everyone => true,
        };
        return reached.then_some(SsoVerdict::NoEmail);
    }
    if !governs(requirement, person.domain, person.in_group) {
        return None;
    }
    Some(if person.break_glass {
        SsoVerdict::BreakGlass
    } else if !person.verified {
        SsoVerdict::DomainNotVerified
    } else {
        match person.provider {
            None => SsoVerdict::NoProvider,
            Some(false) => SsoVerdict::ProviderOff,
            Some(true) if !person.came => SsoVerdict::NotYet,
            Some(true) => SsoVerdict::Ready,
        }
    })
}

/// How many system admins could come in if no identity provider answered.
pub fn kept(admins: &[AdminWay]) -> usize {
    admins.iter().filter(|admin| admin.keeps_way()).count()
}

/// Whether a system admin's way in may become another, or none, beside the `others`.
///
/// # Errors
/// `break_glass`.
pub fn may_lose(
    requirement: &Requirement,
    (own, after): (AdminWay, Option<AdminWay>),
    others: &[AdminWay],
    name: &str,
) -> Result<()> {
    let loses = own.keeps_way() && !after.is_some_and(|after| after.keeps_way());
    if requirement.reach == Reach::Off || !loses || kept(others) >= KEPT {
        return Ok(());
    }
    Err(Error::Refused {
        code: "break_glass",
        message: format!(
            "Single sign-on is required, and {name} is one of the {KEPT} system admins who could log in if your identity provider failed. \
             Let another system admin set up a passkey, or a password with a second factor, and choose them under \"Require single \
             sign-on\" first."
        ),
    })
}

/// Whether it may be switched on, with so many who could not come in of whom the admin has seen `accepted`.
///
/// # Errors
/// `break_glass`, `locked_out`.
pub fn may_require(
    requirement: &Requirement,
    admins: &[AdminWay],
    locked_out: i64,
    accepted: i64,
) -> Result<()> {
    if requirement.reach == Reach::Off {
        return Ok(());
    }
    let kept = kept(admins);
    if kept < KEPT {
        let have = match kept {
            0 => "None of your system admins could".to_owned(),
            n => format!("Only {n} of your system admins could"),
        };
        return Err(Error::Refused {
            code: "break_glass",
            message: format!(
                "{have} still log in if your identity provider failed, and it takes {KEPT}. Let {KEPT} system admins set up a passkey, or \
                 a password with a second factor, under \"Password and devices\", and choose them here."
            ),
        });
    }
    if locked_out > accepted {
        let people = if locked_out == 1 { "1 person" } else { "people" };
        let who = if locked_out == 1 {
            people.to_owned()
        } else {
            format!("{locked_out} {people}")
        };
        return Err(Error::Refused {
            code: "locked_out",
            message: format!(
                "{who} could not log in any more. Look at the preview who that is and why; then say yes to {locked_out}, or begin with \
                 some domains or groups."
            ),
        });
    }
    Ok(())
}

/// The requirement as it is kept: each thing once, and only what its reach needs.
///
/// # Errors
/// What is wrong with which field.
pub fn checked(mut given: Requirement) -> Result<Requirement> {
    if given.reach != Reach::Domains {
        given.domains.clear();
    }
    if given.reach != Reach::Groups {
        given.groups.clear();
    }
    given.domains = given
        .domains
        .iter()
        .map(|name| names::normalise(name).map_err(|why| Error::invalid("domains", why.to_string())))
        .collect::<Result<_>>()?;
    given.domains.sort();
    given.domains.dedup();
    given.groups.sort();
    given.groups.dedup();
    given.break_glass.sort();
    given.break_glass.dedup();
    let wrong = |field: &str, message: &str| Err(Error::invalid(field, message));
    match given.reach {
        Reach::Domains if given.domains.is_empty() => wrong("domains", "Choose the domains to begin with."),
        Reach::Groups if given.groups.is_empty() => wrong("groups", "Choose the groups to begin with."),
        _ if given.domains.len() > MOST => wrong("domains", "Choose at most 200 domains, or everyone."),
        _ if given.groups.len() > MOST => wrong("groups", "Choose at most 200 groups, or everyone."),
        _ if given.break_glass.len() > MOST => wrong("break_glass", "Choose at most 200 system admins."),
        _ => Ok(given),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AccountId, GroupId};

    fn of(reach: Reach) -> Requirement {
        Requirement {
            reach,
            domains: vec!["hall.example".into()],
            groups: vec![GroupId(uuid::Uuid::from_u128(1))],
            break_glass: Vec::new(),
        }
    }

    #[test]
    fn each_reach_governs_those_it_names_and_nobody_without_an_address() {
        for (reach, domain, in_group, expect) in [
            (Reach::Off, Some("hall.example"), true, false),
            (Reach::Everyone, Some("elsewhere.example"), false, true),
            (Reach::Everyone, None, true, false),
            (Reach::Domains, Some("hall.example"), false, true),
            (Reach::Domains, Some("east.hall.example"), false, true),
            (Reach::Domains, Some("myhall.example"), true, false),
            (Reach::Domains, None, true, false),
            (Reach::Groups, Some("hall.example"), false, false),
            (Reach::Groups, Some("elsewhere.example"), true, true),
            (Reach::Groups, None, true, false),
        ] {
            assert_eq!(
                governs(&of(reach), domain, in_group),
                expect,
                "{reach:?} {domain:?} {in_group}"
            );
        }
    }

    const FINE: Person<'static> = Person {
        domain: Some("hall.example"),
        in_group: false,
        verified: true,
        provider: Some(true),
        break_glass: false,
        came: true,
    };

    #[test]
    fn two_system_admins_keep_their_way_in() {
        let way = |governed, chosen, strong, password| AdminWay {
            id: AccountId(uuid::Uuid::nil()),
            governed,
            chosen,
            strong,
            password,
        };
        let (keeps, free) = (way(true, true, true, true), way(false, false, false, true));
        let (weak, unchosen) = (way(true, true, false, true), way(true, false, true, true));
        for (reach, own, after, others, fine) in [
            (Reach::Everyone, keeps, None, vec![keeps], false),
            (Reach::Everyone, keeps, None, vec![keeps, unchosen, weak], false),
            (Reach::Everyone, keeps, None, vec![keeps, keeps], true),
            (Reach::Everyone, keeps, None, vec![keeps, free], true),
            (Reach::Everyone, keeps, Some(weak), vec![keeps], false),
            (Reach::Everyone, keeps, Some(free), vec![keeps], true),
            (Reach::Everyone, free, Some(weak), vec![keeps], false),
            (Reach::Everyone, unchosen, None, vec![keeps], true),
            (Reach::Everyone, weak, None, Vec::new(), true),
            (Reach::Off, keeps, None, Vec::new(), true),
        ] {
            let told = may_lose(&of(reach), (own, after), &others, "Ada");
            assert_eq!(told.is_ok(), fine, "{reach:?} {own:?} {after:?} {others:?}");
        }
    }

    #[test]
    fn everybody_who_could_not_come_in_is_told_with_the_first_reason() {
        let fine = FINE;
        let table: [(Person<'_>, SsoVerdict, bool); 8] = [
            (fine, SsoVerdict::Ready, false),
            (Person { came: false, ..fine }, SsoVerdict::NotYet, false),
            (
                Person {
                    provider: Some(false),
                    came: false,
                    ..fine
                },
                SsoVerdict::ProviderOff,
                true,
            ),
            (
                Person {
                    provider: None,
                    ..fine
                },
                SsoVerdict::NoProvider,
                true,
            ),
            (
                Person {
                    verified: false,
                    provider: None,
                    ..fine
                },
                SsoVerdict::DomainNotVerified,
                true,
            ),
            (
                Person {
                    verified: false,
                    break_glass: true,
                    ..fine
                },
                SsoVerdict::BreakGlass,
                false,
            ),
            (
                Person {
                    domain: None,
                    verified: false,
                    provider: None,
                    ..fine
                },
                SsoVerdict::NoEmail,
                false,
            ),
            (
                Person {
                    domain: None,
                    break_glass: true,
                    ..fine
                },
                SsoVerdict::NoEmail,
                false,
            ),
        ];
        for (person, expect, locked_out) in table {
            let got = verdict(&of(Reach::Everyone), person);
            assert_eq!(got, Some(expect), "{person:?}");
            assert_eq!(expect.locks_out(), locked_out, "{expect:?}");
            assert_eq!(verdict(&of(Reach::Off), person), None, "{person:?}");
        }
    }

    #[test]
    fn whom_it_does_not_reach_is_not_counted() {
        let fine = FINE;
        let outside = Person {
            domain: Some("elsewhere.example"),
            verified: false,
            ..fine
        };
        assert_eq!(verdict(&of(Reach::Domains), outside), None);
        assert_eq!(verdict(&of(Reach::Groups), fine), None);
        let nameless = Person { domain: None, ..fine };
        assert_eq!(verdict(&of(Reach::Domains), nameless), None);
        assert_eq!(verdict(&of(Reach::Groups), nameless), None);
        let inside = Person {
            domain: None,
            in_group: true,
            ..fine
        };
        assert_eq!(verdict(&of(Reach::Groups), inside), Some(SsoVerdict::NoEmail));
    }

    #[test]
    fn two_system_admins_keep_a_way_or_nothing_is_required() {
        let admin = |governed, chosen, strong, password| AdminWay {
            id: AccountId(uuid::Uuid::nil()),
            governed,
            chosen,
            strong,
            password,
        };
        let table = [
            (vec![], 0),
            (vec![admin(true, true, true, true)], 1),
            (
                vec![admin(true, true, true, true), admin(true, true, true, false)],
                2,
            ),
            // Not chosen, or with a password alone.
            (
                vec![admin(true, true, true, true), admin(true, false, true, true)],
                1,
            ),
            (
                vec![admin(true, true, true, true), admin(true, true, false, true)],
                1,
            ),
            // Whom it does not reach has the way that they had.
            (
                vec![admin(false, false, false, true), admin(false, false, true, false)],
                2,
            ),
            (
                vec![
                    admin(false, false, false, false),
                    admin(false, true, false, false),
                ],
                0,
            ),
        ];
        for (admins, expect) in table {
            assert_eq!(kept(&admins), expect, "{admins:?}");
            let said = may_require(&of(Reach::Everyone), &admins, 0, 0);
            assert_eq!(said.is_ok(), expect >= KEPT, "{admins:?}");
            assert!(may_require(&of(Reach::Off), &admins, 9, 0).is_ok());
        }
        let two = [admin(true, true, true, true); 2];
        for (locked_out, accepted, expect) in [
            (0, 0, None),
            (1, 0, Some("1 person could not")),
            (5, 4, Some("say yes to 5")),
            (5, 5, None),
            (4, 5, None),
        ] {
            let said = may_require(&of(Reach::Everyone), &two, locked_out, accepted);
            match (said, expect) {
                (Ok(()), None) => {}
                (Err(why), Some(part)) => assert!(why.to_string().contains(part), "{why}"),
                (said, _) => panic!("{locked_out} {accepted}: {said:?}"),
            }
        }
    }

    #[test]
    fn a_provider_is_held_by_the_domains_that_are_required() {
        let table = [
            (Reach::Off, "hall.example", false),
            (Reach::Everyone, "any.example", true),
            (Reach::Groups, "any.example", true),
            (Reach::Domains, "hall.example", true),
            (Reach::Domains, "east.hall.example", true),
            (Reach::Domains, "any.example", false),
        ];
        for (reach, domain, expect) in table {
            assert_eq!(touches(&of(reach), domain), expect, "{reach:?} {domain}");
        }
    }

    #[test]
    fn only_what_the_reach_needs_is_kept() {
        let everyone = checked(of(Reach::Everyone)).unwrap();
        assert!(everyone.domains.is_empty() && everyone.groups.is_empty());
        let given = Requirement {
            domains: vec!["HALL.example".into(), "hall.example".into()],
            ..of(Reach::Domains)
        };
        assert_eq!(checked(given).unwrap().domains, ["hall.example"]);
        for (reach, field) in [(Reach::Domains, "domains"), (Reach::Groups, "groups")] {
            let none = Requirement {
                domains: Vec::new(),
                groups: Vec::new(),
                ..of(reach)
            };
            let why = checked(none).unwrap_err();
            assert!(
                matches!(&why, Error::Invalid { fields, .. } if fields[0].field == field),
                "{why:?}"
            );
        }
    }
}
