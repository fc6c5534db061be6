//! Who finds a group, reads it and joins it. Pure.

use super::{Group, Input, Privacy, RuleMode};
use crate::accounts::AccountState;
use crate::{Error, Result};

const MAX_NAME: usize = 80;
const MAX_DESCRIPTION: usize = 2000;

/// What a person is to a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub member: bool,
    pub owner: bool,
    /// They may manage every group.
    pub manages: bool,
}

impl Standing {
    /// Of somebody who owns it or not, if they are in it.
    pub fn of(owner: Option<bool>, manages: bool) -> Self {
        Self {
            member: owner.is_some(),
            owner: owner == Some(true),
            manages,
        }
    }
}

/// What the person can do with the group, and why, in a sentence about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub visible: bool,
    /// Who is in it, they find out.
    pub sees_members: bool,
    pub can_read: bool,
    pub can_join: bool,
    /// They may ask to be let in.
    pub can_ask: bool,
    pub why: &'static str,
}

/// Whether the person finds the group, reads what is in it, and may join by themselves.
pub fn view(group: &Group, standing: Standing) -> View {
    let seen = |can_read, can_join, why| View {
        visible: true,
        sees_members: can_read || group.privacy == Privacy::Closed,
        can_read,
        can_join,
        can_ask: !can_read && group.privacy == Privacy::Closed && group.archived_at.is_none(),
        why,
    };
    match (group.privacy, standing) {
        (_, Standing { member: true, .. }) if group.archived_at.is_some() => seen(
            true,
            false,
            "They are a member, and the group is archived: it is read only.",
        ),
        (_, Standing { owner: true, .. }) => seen(true, false, "They own this group."),
        (_, Standing { member: true, .. }) => seen(true, false, "They are a member."),
        (Privacy::Open, _) if group.archived_at.is_some() => {
            seen(true, false, "The group is archived: everybody may still read it.")
        }
        (Privacy::Open, _) => seen(true, true, "The group is open: everybody may read and join it."),
        (Privacy::Closed, _) => seen(
            false,
            false,
            "The group is closed: they see that it exists and who is in it, and ask to join or are added to read it.",
        ),
        (Privacy::Secret, Standing { manages: true, .. }) => seen(
            false,
            false,
            "The group is secret; they see it because they manage groups.",
        ),
        (Privacy::Secret, _) => View {
            visible: false,
            sees_members: false,
            can_read: false,
            can_join: false,
            can_ask: false,
            why: "The group is secret: only its members know of it.",
        },
    }
}

/// How somebody is in a group that has a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inside {
    /// The rule put them in, and nobody has said since that they belong here.
    pub by_rule: bool,
    pub owner: bool,
}

/// What a rule does about somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    In,
    Out,
    Stays,
}

/// What a rule does about somebody who meets it or not. `kept_out`: they were taken out by hand, or left.
pub fn turn(mode: RuleMode, meets: bool, inside: Option<Inside>, kept_out: bool) -> Turn {
    match inside {
        None if meets && !kept_out => Turn::In,
        Some(inside) if !meets && mode == RuleMode::AddRemove && inside.by_rule && !inside.owner => Turn::Out,
        _ => Turn::Stays,
    }
}

/// Whether somebody with this standing may know that a member in this state is here.
pub fn may_know(standing: Standing, member: AccountState) -> bool {
    standing.manages || member.is_known()
}

/// What a group is to be, with its texts trimmed; or what is wrong with them.
pub fn checked(mut input: Input) -> Result<Input> {
    input.name = input.name.trim().to_owned();
    input.description = input.description.trim().to_owned();
    if input.name.is_empty() || input.name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "Give the group a name on one line."));
    }
    if input.name.chars().count() > MAX_NAME {
        return Err(Error::invalid(
            "name",
            "That name is too long: 80 characters at most.",
        ));
    }
    if input.description.chars().count() > MAX_DESCRIPTION {
        return Err(Error::invalid(
            "description",
            "Describe the group in at most 2,000 characters.",
        ));
    }
    if input.is_default && input.privacy == Privacy::Secret {
        return Err(Error::invalid(
            "is_default",
            "A group that everybody joins can't be secret: make it open or closed.",
        ));
    }
    Ok(input)
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;
    use crate::Moment;
    use crate::ids::{GroupId, WorkplaceId};

    fn group(privacy: Privacy, archived: bool) -> Group {
        Group {
            id: GroupId(uuid::Uuid::nil()),
            workplace: WorkplaceId(uuid::Uuid::nil()),
            name: "Finance".into(),
            description: String::new(),
            kind: Kind::Teams,
            privacy,
            is_default: false,
            archived_at: archived.then_some(Moment::from_ms(1)),
            members: 0,
        }
    }

    #[test]
    fn who_finds_reads_and_joins_what() {
        let (stranger, member) = (
            Standing::default(),
            Standing {
                member: true,
                ..Standing::default()
            },
        );
        let manager = Standing {
            manages: true,
            ..Standing::default()
        };
        let table = [
            (Privacy::Open, false, stranger, (true, true, true, true, false)),
            (Privacy::Open, true, stranger, (true, true, true, false, false)),
            (Privacy::Open, false, member, (true, true, true, false, false)),
            (Privacy::Closed, false, stranger, (true, true, false, false, true)),
            (Privacy::Closed, true, stranger, (true, true, false, false, false)),
            (Privacy::Closed, false, member, (true, true, true, false, false)),
            (
                Privacy::Secret,
                false,
                stranger,
                (false, false, false, false, false),
            ),
            (Privacy::Secret, false, member, (true, true, true, false, false)),
            (Privacy::Secret, true, member, (true, true, true, false, false)),
            (
                Privacy::Secret,
                false,
                manager,
                (true, false, false, false, false),
            ),
        ];
        for (privacy, archived, standing, expect) in table {
            let view = view(&group(privacy, archived), standing);
            assert_eq!(
                (
                    view.visible,
                    view.sees_members,
                    view.can_read,
                    view.can_join,
                    view.can_ask
                ),
                expect,
                "{privacy:?} {archived} {standing:?}"
            );
        }
    }

    #[test]
    fn a_rule_puts_in_and_takes_out_and_minds_what_was_done_by_hand() {
        use RuleMode::{Add, AddRemove};
        let by_rule = Some(Inside {
            by_rule: true,
            owner: false,
        });
        let by_hand = Some(Inside {
            by_rule: false,
            owner: false,
        });
        let owner = Some(Inside {
            by_rule: true,
            owner: true,
        });
        for (mode, meets, inside, kept_out, expect) in [
            (Add, true, None, false, Turn::In),
            (AddRemove, true, None, false, Turn::In),
            (AddRemove, true, None, true, Turn::Stays),
            (AddRemove, false, None, false, Turn::Stays),
            (AddRemove, true, by_rule, false, Turn::Stays),
            (AddRemove, false, by_rule, false, Turn::Out),
            (Add, false, by_rule, false, Turn::Stays),
            (AddRemove, false, by_hand, false, Turn::Stays),
            (AddRemove, false, owner, false, Turn::Stays),
        ] {
            assert_eq!(
                turn(mode, meets, inside, kept_out),
                expect,
                "{mode:?} {meets} {inside:?} {kept_out}"
            );
        }
    }

    #[test]
    fn the_uninvited_are_a_secret_of_whoever_prepares_the_group() {
        let manager = Standing {
            manages: true,
            ..Standing::default()
        };
        for (state, known) in [
            (AccountState::Uninvited, false),
            (AccountState::Invited, true),
            (AccountState::Claimed, true),
            (AccountState::Deactivated, false),
        ] {
            assert_eq!(may_know(Standing::default(), state), known, "{state:?}");
            assert!(may_know(manager, state));
        }
    }

    #[test]
    fn what_a_group_may_be() {
        let input = |name: &str, privacy, is_default| Input {
            name: name.into(),
            description: String::new(),
            kind: Kind::Teams,
            privacy,
            is_default,
        };
        for (given, fine) in [
            (input(" Finance ", Privacy::Open, true), true),
            (input("", Privacy::Open, false), false),
            (input("a\nb", Privacy::Open, false), false),
            (input(&"x".repeat(81), Privacy::Open, false), false),
            (input("Board", Privacy::Secret, true), false),
        ] {
            assert_eq!(checked(given.clone()).is_ok(), fine, "{given:?}");
        }
    }
}
