//! Who has the word on a field: what each source says is kept, the highest in rank is used. Pure.

use std::collections::BTreeMap;

use super::types::{Account, Origin, ProfileField as Field, Source, Voice};
use crate::Moment;
use crate::words::words;

words! {
    /// Those who may keep a field. People are one: an admin, the person, and programs with an API token.
    Keeper { People = "people", Scim = "scim", Directory = "directory", Sso = "sso", File = "file" }
}

impl From<Source> for Keeper {
    fn from(source: Source) -> Self {
        match source {
            Source::Admin | Source::SelfService | Source::Api => Self::People,
            Source::Scim => Self::Scim,
            Source::Directory => Self::Directory,
            Source::Sso => Self::Sso,
            Source::File => Self::File,
        }
    }
}

impl Keeper {
    /// It says all it knows of a person, again and again: an empty field is one that it gives back. People and files leave
    /// a field blank.
    pub fn is_directory(self) -> bool {
        matches!(self, Self::Scim | Self::Directory | Self::Sso)
    }
}

/// The highest rank that may be set.
pub const HIGHEST: u8 = 9;
/// The rank of people on the fields that are each person's own to edit, unless it is set.
const OWN: u8 = 5;
/// Above every rank: the field was handed to it.
const HANDED: u8 = u8::MAX;

/// How high each keeper stands: the higher has the word, among equals the last. What is left out stands as high as it
/// does in a new workplace: an identity provider 4, a directory 3, single sign-on 2, people and files 1; people 5 on
/// fields that are their own to edit.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ranks {
    /// On all fields.
    pub sources: BTreeMap<Keeper, u8>,
    /// On single fields, where it is another.
    pub fields: BTreeMap<Field, BTreeMap<Keeper, u8>>,
    /// Connectors and directories by their ids, the highest first: among several of one kind, where their source has the
    /// word. Those that are left out stand below, and none of them takes over what another of them said first.
    #[schema(value_type = Vec<uuid::Uuid>)]
    pub order: Vec<uuid::Uuid>,
}

/// How much a word weighs: the rank of the source, then the place among those of its kind.
pub type Weight = (u8, usize);

impl Ranks {
    /// The rank of a keeper on a field, or on whether somebody is here at all. `own`: people edit the field of their own
    /// profile themselves.
    pub fn of(&self, keeper: Keeper, field: Option<Field>, own: bool) -> u8 {
        let by_field = field.and_then(|field| self.fields.get(&field)?.get(&keeper));
        if let Some(rank) = by_field {
            return *rank;
        }
        if own && keeper == Keeper::People {
            return OWN;
        }
        self.sources.get(&keeper).copied().unwrap_or(match keeper {
            Keeper::Scim => 4,
            Keeper::Directory => 3,
            Keeper::Sso => 2,
            Keeper::People | Keeper::File => 1,
        })
    }

    /// The place among those of one kind: the higher, the more it says; 0 for all who have none.
    fn place(&self, voice: Voice) -> usize {
        let found = self.order.iter().position(|id| Some(*id) == voice.of);
        found.map_or(0, |at| self.order.len() - at)
    }
}

/// What a source says of a field that another has the word on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub value: String,
    pub at: Moment,
}

/// What is kept beside the values that are in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    pub kept: BTreeMap<(Field, Voice), Kept>,
    /// Fields that an admin handed to a source, whatever its rank.
    pub handed: BTreeMap<Field, Voice>,
    /// Who says that the person belongs here, while an admin keeps them deactivated; and since when.
    pub present: BTreeMap<Voice, Moment>,
    /// Which connector or directory deactivated the person, if one did.
    pub ended_of: Option<uuid::Uuid>,
}

impl Claims {
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.handed.is_empty() && self.present.is_empty() && self.ended_of.is_none()
    }

    /// Each claim as a name and a text, for the audit log: `kept.title.scim`.
    pub(super) fn told(&self) -> BTreeMap<String, String> {
        let kept = self.kept.iter().map(|((field, voice), kept)| {
            let which = voice.of.map_or_else(String::new, |id| format!(".{id}"));
            let name = format!("kept.{}.{}{which}", field.as_str(), voice.as_str());
            (name, kept.value.clone())
        });
        let handed = self
            .handed
            .iter()
            .map(|(field, source)| (format!("handed.{}", field.as_str()), source.as_str().to_owned()));
        let present = self
            .present
            .keys()
            .map(|source| (format!("kept.state.{}", source.as_str()), "present".to_owned()));
        kept.chain(handed).chain(present).collect()
    }

    /// What one source says of a field.
    pub fn of(&self, field: Field) -> impl Iterator<Item = (Voice, &Kept)> {
        let kept = self.kept.iter().filter(move |((of, _), _)| *of == field);
        kept.map(|((_, voice), kept)| (*voice, kept))
    }

    /// What `voice` said of a field is no longer what it says.
    pub(super) fn forget(&mut self, field: Field, voice: Voice) {
        self.kept
            .retain(|(of, who), _| *of != field || *who != voice && !(who.of.is_none() && who.same(voice)));
    }
}

/// By what it is weighed who has the word.
#[derive(Clone, Copy, Debug)]
pub struct Scales<'a> {
    pub ranks: &'a Ranks,
    /// The fields that people edit on their own profile.
    pub own: &'a [Field],
    /// Sources through which nobody speaks any more: they give way to all others.
    pub absent: &'a [Voice],
}

impl Scales<'_> {
    /// How much the word of a source weighs on a field of the account.
    pub fn weight(&self, account: &Account, field: Field, voice: impl Into<Voice>) -> Weight {
        let voice = voice.into();
        let handed = account.claims.handed.get(&field);
        if handed.is_some_and(|to| speaks_for(*to, voice)) {
            return (HANDED, self.ranks.place(voice));
        }
        self.rank(field, voice)
    }

    /// The same, whomever the field was handed to.
    pub fn rank(&self, field: Field, voice: impl Into<Voice>) -> Weight {
        let voice = voice.into();
        if self.absent.contains(&voice) {
            return (0, 0);
        }
        let own = self.own.contains(&field);
        let rank = self.ranks.of(voice.source.into(), Some(field), own);
        (rank, self.ranks.place(voice))
    }

    /// How much it weighs on whether somebody is here. What an admin did by hand weighs most.
    pub fn presence(&self, voice: impl Into<Voice>) -> Weight {
        let voice = voice.into();
        if voice.source == Source::Admin {
            return (HANDED, 0);
        }
        if self.absent.contains(&voice) {
            return (0, 0);
        }
        let rank = self.ranks.of(voice.source.into(), None, false);
        (rank, self.ranks.place(voice))
    }

    /// Whether the word of `owner` stays against that of `other`. Among different sources of one rank the last has the
    /// word; of two connectors, or two directories, the first keeps it unless the other stands above it.
    fn holds(&self, (owner, its): (Voice, Weight), (other, against): (Voice, Weight)) -> bool {
        if owner.same(other) {
            return false;
        }
        if owner.source == other.source {
            return its >= against && !self.absent.contains(&owner);
        }
        its.0 > against.0
    }

    /// Whether the value in force stays, whatever `voice` says.
    pub fn outranked(&self, account: &Account, field: Field, voice: impl Into<Voice>) -> Option<Voice> {
        let voice = voice.into();
        let owner = account.origins.get(&field)?.voice();
        // What people or a file left blank is their word, too.
        let is_kept = account.profile.get(field).is_some() || !Keeper::from(owner.source).is_directory();
        let its = (owner, self.weight(account, field, owner));
        let against = (voice, self.weight(account, field, voice));
        (is_kept && self.holds(its, against)).then_some(owner)
    }

    /// Whether the person stays out, as `ended_by` said, whatever `voice` says.
    pub fn keeps_out(&self, ended_by: Voice, voice: Voice) -> bool {
        self.holds((ended_by, self.presence(ended_by)), (voice, self.presence(voice)))
    }

    /// Another of the same kind that manages the account: only when that says so is the person out.
    pub fn manager_beside(&self, account: &Account, voice: Voice) -> Option<Voice> {
        let managing = account.managed_by(voice.source)?;
        let told_apart = managing.of.is_some() && voice.of.is_some();
        let holds = self.keeps_out(managing, voice);
        (told_apart && holds).then_some(managing)
    }

    /// Whose kept value comes into force when `leaving` says nothing of the field any more: the heaviest, then the newest.
    pub fn heir<'a>(
        &self,
        account: &'a Account,
        field: Field,
        leaving: impl Into<Voice>,
    ) -> Option<(Voice, &'a Kept)> {
        let leaving = leaving.into();
        account
            .claims
            .of(field)
            .filter(|(voice, _)| !voice.same(leaving))
            .max_by_key(|(voice, kept)| (self.weight(account, field, *voice), kept.at, *voice))
    }

    /// Whether a source that says nothing of a field gives it back.
    pub fn gives_back(&self, account: &Account, field: Field, voice: impl Into<Voice>) -> bool {
        let voice = voice.into();
        let owner = account.origins.get(&field).map(Origin::voice);
        owner.is_some_and(|owner| owner.same(voice)) && Keeper::from(voice.source).is_directory()
    }
}

/// Whether a field that was handed to `to` is `voice`'s.
pub(super) fn speaks_for(to: Voice, voice: Voice) -> bool {
    let either = to.of.is_none() || voice.of.is_none() || to.of == voice.of;
    Keeper::from(to.source) == Keeper::from(voice.source) && either
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_a_new_workplace_unless_they_are_set() {
        let mut ranks = Ranks::default();
        let title = Some(Field::Title);
        for (keeper, own, expect) in [
            (Keeper::Scim, false, 4),
            (Keeper::Directory, false, 3),
            (Keeper::Sso, false, 2),
            (Keeper::People, false, 1),
            (Keeper::File, true, 1),
            (Keeper::People, true, 5),
        ] {
            assert_eq!(ranks.of(keeper, title, own), expect, "{keeper:?} {own}");
        }
        ranks.sources.insert(Keeper::File, 7);
        ranks
            .fields
            .insert(Field::Title, [(Keeper::People, 9)].into_iter().collect());
        assert_eq!(ranks.of(Keeper::File, title, false), 7);
        assert_eq!(ranks.of(Keeper::People, title, true), 9);
        assert_eq!(ranks.of(Keeper::People, Some(Field::Phone), true), 5);
        let text = serde_json::to_string(&ranks).unwrap();
        assert_eq!(serde_json::from_str::<Ranks>(&text).unwrap(), ranks);
    }
}
