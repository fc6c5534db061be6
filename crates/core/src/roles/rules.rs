//! Which roles there are and what they may do. Pure.

use std::collections::BTreeSet;

use crate::accounts::{MEMBER, SYSTEM_ADMIN};
use crate::{Error, Permission, Result};

const MAX_NAME: usize = 60;
const MAX_DESCRIPTION: usize = 300;

/// The role of who looks after people and does nothing else in the admin panel.
pub const SUPERVISOR: &str = "supervisor";

/// The roles that every workplace has: key, name, description.
pub const BUILT_IN: [(&str, &str, &str); 6] = [
    (MEMBER, "Member", "Takes part. May do nothing in the admin panel."),
    (
        "analyst",
        "Analyst",
        "Looks at people, the audit log and figures, and changes nothing.",
    ),
    (
        "account_manager",
        "Account manager",
        "Adds, changes, invites and deactivates people, takes lists in and prepares groups.",
    ),
    (
        SUPERVISOR,
        "Supervisor",
        "Looks after their own people: gives them access codes, and sees who has not come yet.",
    ),
    (
        "content_moderator",
        "Content moderator",
        "Looks after what people write.",
    ),
    (
        SYSTEM_ADMIN,
        "System admin",
        "May do all. One must always remain.",
    ),
];

/// What a built-in role may do; nothing, if it is none.
pub fn built_in(key: &str) -> Option<BTreeSet<Permission>> {
    use Permission as P;
    let permissions: &[Permission] = match key {
        MEMBER => &[],
        "analyst" => &[P::PeopleRead, P::AuditRead, P::InsightsRead],
        "account_manager" => &[
            P::PeopleRead,
            P::PeopleWrite,
            P::PeopleInvite,
            P::PeopleDeactivate,
            P::PeopleImport,
            P::GroupsManage,
            P::OutboxRead,
        ],
        SUPERVISOR => &[P::PeopleSupervise],
        "content_moderator" => &[P::PeopleRead, P::ContentModerate],
        SYSTEM_ADMIN => &Permission::ALL,
        _ => return None,
    };
    Some(permissions.iter().copied().collect())
}

/// A permission in words: what it is called and what it lets one do.
pub fn in_words(permission: Permission) -> (&'static str, &'static str) {
    use Permission as P;
    match permission {
        P::PeopleRead => ("See people", "Every profile, its sources and its history"),
        P::PeopleWrite => (
            "Change people",
            "Add people, change profiles, set accounts to unclaimed",
        ),
        P::PeopleInvite => ("Invite people", "Invite, remind, take invitations back"),
        P::PeopleDeactivate => (
            "Deactivate people",
            "End accounts and bring them back, log people out",
        ),
        P::PeopleDelete => ("Delete people", "Delete accounts and personal data for good"),
        P::PeopleImport => ("Take lists in", "Upload people files, apply and undo them"),
        P::PeopleSupervise => (
            "Look after one's own people",
            "Give access codes to people below oneself or at one's locations, see who has not come",
        ),
        P::GroupsManage => (
            "Manage groups",
            "See, prepare and change every group and its members",
        ),
        P::RolesManage => ("Manage roles", "Give roles, make new ones, change system admins"),
        P::AuditRead => ("Read the audit log", "Who did what, with before and after"),
        P::WorkplaceManage => ("Manage the workplace", "Name, logo, colour and every setting"),
        P::OutboxRead => ("See letters", "What was written to whom, and what became of it"),
        P::TokensManage => ("Manage API tokens", "Make and end what programs get in with"),
        P::InsightsRead => ("See figures", "How the workplace is used"),
        P::ContentModerate => ("Moderate content", "Hide and remove what people write"),
        P::ConnectorsManage => (
            "Manage connectors",
            "Connect identity providers, see what they did, make their tokens",
        ),
        P::Scim => (
            "Speak SCIM",
            "For tokens: add, change and end people and groups as their identity provider",
        ),
    }
}

/// A role's name and description, trimmed; or what is wrong with them.
pub fn named(name: &str, description: &str) -> Result<(String, String)> {
    let (name, description) = (name.trim(), description.trim());
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            "Give the role a name of at most 60 characters.",
        ));
    }
    let taken = BUILT_IN
        .iter()
        .any(|(_, other, _)| crate::fold::key(other) == crate::fold::key(name));
    if taken {
        return Err(Error::invalid(
            "name",
            "A built-in role has that name: choose another.",
        ));
    }
    if description.chars().count() > MAX_DESCRIPTION {
        return Err(Error::invalid(
            "description",
            "Describe the role in at most 300 characters.",
        ));
    }
    Ok((name.to_owned(), description.to_owned()))
}

/// The first permission of `theirs` that goes beyond what somebody may who has `own`. Whoever invites people gives codes to
/// everybody: that is all that a supervisor may, and more.
pub fn beyond(own: &BTreeSet<Permission>, theirs: &BTreeSet<Permission>) -> Option<Permission> {
    use Permission as P;
    let covered = |one: &P| *one == P::PeopleSupervise && own.contains(&P::PeopleInvite);
    theirs.difference(own).find(|one| !covered(one)).copied()
}

/// Nobody gives away what they don't have, or takes it away.
pub fn may_give(own: &BTreeSet<Permission>, given: &BTreeSet<Permission>) -> Result<()> {
    match beyond(own, given) {
        None => Ok(()),
        Some(beyond) => Err(Error::Forbidden(format!(
            "You can't give or take the permission \"{}\": you don't have it yourself. Ask an admin who does.",
            in_words(beyond).0
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_role_has_its_permissions() {
        for (key, count) in [
            ("member", Some(0)),
            ("analyst", Some(3)),
            ("account_manager", Some(7)),
            ("content_moderator", Some(2)),
            ("supervisor", Some(1)),
            ("system_admin", Some(17)),
            ("custom-x", None),
        ] {
            assert_eq!(built_in(key).map(|permissions| permissions.len()), count, "{key}");
        }
        assert!(BUILT_IN.iter().all(|(key, ..)| built_in(key).is_some()));
    }

    #[test]
    fn nobody_gives_away_what_they_do_not_have() {
        let (all, some) = (built_in("system_admin").unwrap(), built_in("analyst").unwrap());
        assert!(may_give(&all, &some).is_ok());
        assert_eq!(may_give(&some, &all).unwrap_err().code(), "forbidden");
    }

    #[test]
    fn what_goes_beyond_ones_own() {
        use Permission as P;
        for (own, theirs, expect) in [
            (&[][..], &[][..], None),
            (&[P::PeopleRead], &[], None),
            (&[P::PeopleRead], &[P::PeopleRead], None),
            (&[P::RolesManage], &[P::PeopleRead], Some(P::PeopleRead)),
            (
                &[P::PeopleRead],
                &[P::PeopleRead, P::AuditRead],
                Some(P::AuditRead),
            ),
            (&[P::PeopleInvite], &[P::PeopleSupervise], None),
            (&[P::PeopleSupervise], &[P::PeopleInvite], Some(P::PeopleInvite)),
            (&[P::PeopleRead], &[P::PeopleSupervise], Some(P::PeopleSupervise)),
        ] {
            let set = |all: &[P]| all.iter().copied().collect::<BTreeSet<P>>();
            assert_eq!(beyond(&set(own), &set(theirs)), expect, "{own:?} {theirs:?}");
        }
    }

    #[test]
    fn names_of_roles() {
        for (name, fine) in [
            ("Night shift lead", true),
            (" system ADMIN", false),
            ("", false),
            ("a\nb", false),
        ] {
            assert_eq!(named(name, "").is_ok(), fine, "{name:?}");
        }
    }
}
