//! Who has the word on a field: what each source says is kept, the highest in rank is used. Pure.

use std::collections::BTreeMap;

use super::types::{Account, ProfileField as Field, Source};
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
}

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
    pub kept: BTreeMap<(Field, Source), Kept>,
    /// Fields that an admin handed to a source, whatever its rank.
    pub handed: BTreeMap<Field, Source>,
    /// Who says that the person belongs here, while an admin keeps them deactivated; and since when.
    pub present: BTreeMap<Source, Moment>,
}

impl Claims {
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.handed.is_empty() && self.present.is_empty()
    }

    /// Each claim as a name and a text, for the audit log: `kept.title.scim`.
    pub(super) fn told(&self) -> BTreeMap<String, String> {
        let kept = self.kept.iter().map(|((field, source), kept)| {
            let name = format!("kept.{}.{}", field.as_str(), source.as_str());
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
    pub fn of(&self, field: Field) -> impl Iterator<Item = (Source, &Kept)> {
        let kept = self.kept.iter().filter(move |((of, _), _)| *of == field);
        kept.map(|((_, source), kept)| (*source, kept))
    }
}

/// By what it is weighed who has the word.
#[derive(Clone, Copy, Debug)]
pub struct Scales<'a> {
    pub ranks: &'a Ranks,
    /// The fields that people edit on their own profile.
    pub own: &'a [Field],
    /// Sources through which nobody speaks any more: they give way to all others.
    pub absent: &'a [Source],
}

impl Scales<'_> {
    /// How much the word of a source weighs on a field of the account.
    pub fn weight(&self, account: &Account, field: Field, source: Source) -> u8 {
        let handed = account.claims.handed.get(&field);
        if handed.is_some_and(|to| Keeper::from(*to) == Keeper::from(source)) {
            return HANDED;
        }
        self.rank(field, source)
    }

    /// The same, whomever the field was handed to.
    pub fn rank(&self, field: Field, source: Source) -> u8 {
        if self.absent.contains(&source) {
            return 0;
        }
        self.ranks
            .of(source.into(), Some(field), self.own.contains(&field))
    }

    /// How much it weighs on whether somebody is here. What an admin did by hand weighs most.
    pub fn presence(&self, source: Source) -> u8 {
        if source == Source::Admin {
            return HANDED;
        }
        if self.absent.contains(&source) {
            return 0;
        }
        self.ranks.of(source.into(), None, false)
    }

    /// Whether the value in force stays, whatever `source` says.
    pub fn outranked(&self, account: &Account, field: Field, source: Source) -> Option<Source> {
        let owner = account.origins.get(&field)?.source;
        // What people or a file left blank is their word, too.
        let is_kept = account.profile.get(field).is_some() || !Keeper::from(owner).is_directory();
        let higher = self.weight(account, field, owner) > self.weight(account, field, source);
        (owner != source && is_kept && higher).then_some(owner)
    }

    /// Whose kept value comes into force when `leaving` says nothing of the field any more: the heaviest, then the newest.
    pub fn heir<'a>(
        &self,
        account: &'a Account,
        field: Field,
        leaving: Source,
    ) -> Option<(Source, &'a Kept)> {
        account
            .claims
            .of(field)
            .filter(|(source, _)| *source != leaving)
            .max_by_key(|(source, kept)| (self.weight(account, field, *source), kept.at, *source))
    }

    /// Whether a source that says nothing of a field gives it back.
    pub fn gives_back(&self, account: &Account, field: Field, source: Source) -> bool {
        let owner = account.origins.get(&field).map(|origin| origin.source);
        owner == Some(source) && Keeper::from(source).is_directory()
    }
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
