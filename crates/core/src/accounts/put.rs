//! Values into an account, each with its source: those of whoever has the word come into force, others are kept. Pure,
//! called by `rules.rs`.

use std::collections::BTreeMap;

use super::change::{Change, Facts, Patch, Refusal, Verb};
use super::claims::{Keeper, Kept, Scales, speaks_for};
use super::fields::{fits, label, may_name, normalise, refuse_field};
use super::types::{Account, Origin, ProfileField as Field, Source, Voice};
use crate::Moment;

/// By what values are put.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    pub change: &'a Change,
    pub facts: &'a Facts,
    pub scales: Scales<'a>,
    pub now: Moment,
}

/// A source in a sentence.
pub fn source_in_words(source: Source) -> &'static str {
    match source {
        Source::Admin => "an admin",
        Source::Api => "the API",
        Source::File => "a people file",
        Source::Scim => "the identity provider",
        Source::Directory => "the directory",
        Source::Sso => "single sign-on",
        Source::SelfService => "the person",
    }
}

impl By<'_> {
    /// The same, by its name where there is one: "Okta".
    pub(super) fn name(&self, voice: Voice) -> String {
        named(voice, &self.facts.names)
    }
}

/// Who speaks, in a sentence.
pub fn named(voice: Voice, names: &BTreeMap<uuid::Uuid, String>) -> String {
    let name = voice.of.and_then(|id| names.get(&id));
    name.map_or_else(
        || source_in_words(voice.source).to_owned(),
        |name| format!("\u{201c}{name}\u{201d}"),
    )
}

/// Puts the values of `patch` into the account, each with its source. Gives sentences on what is kept and not used.
pub(super) fn put(account: &mut Account, patch: &Patch, by: By<'_>) -> Result<Vec<String>, Refusal> {
    let mut notes = Vec::new();
    for (field, value) in patch {
        let value = match value {
            Some(value) if by.change.canonical => {
                debug_assert_eq!(normalise(*field, value)?.as_ref(), Some(value));
                Some(value.clone())
            }
            Some(value) => normalise(*field, value)?,
            None => None,
        };
        notes.extend(put_one(account, *field, value, by)?);
    }
    in_order(account)?;
    Ok(notes)
}

fn put_one(
    account: &mut Account,
    field: Field,
    value: Option<String>,
    by: By<'_>,
) -> Result<Option<String>, Refusal> {
    let voice = by.change.voice();
    let restored = by.change.origins.get(&field);
    if value.as_deref() == account.profile.get(field) {
        // Its own word from before is no longer what it says.
        if let (Some(value), Some(kept)) = (value, account.claims.kept.get_mut(&(field, voice))) {
            kept.value = value;
        }
        return Ok(None);
    }
    if restored.is_none() {
        if let Some(owner) = by.scales.outranked(account, field, voice) {
            return Ok(keep(account, field, value, owner, by));
        }
        // What a directory does not know it takes from nobody: only its own values does it take back.
        let owner = account.origins.get(&field).map(Origin::voice);
        let is_its = owner.is_some_and(|owner| owner.same(voice));
        if value.is_none() && Keeper::from(voice.source).is_directory() && !is_its {
            account.claims.forget(field, voice);
            return Ok(None);
        }
    }
    may_name(account, field, by.facts)?;
    fits(account, field, value.as_deref(), by.facts)?;
    if value.is_none() && restored.is_none() && by.scales.gives_back(account, field, voice) {
        return Ok(inherit(account, field, voice, by));
    }
    if let Some(owner) = account.origins.get(&field).copied() {
        let (its, mine) = (
            by.scales.weight(account, field, owner.voice()),
            by.scales.weight(account, field, voice),
        );
        // Among different sources of one rank the last has the word, and the other has none.
        let lower = if owner.source == voice.source {
            !owner.voice().same(voice)
        } else {
            its.0 < mine.0
        };
        if lower && restored.is_none() && value.is_some() {
            keep_old(account, field, owner);
        }
    }
    let origin = restored
        .copied()
        .unwrap_or_else(|| Some(Origin::new(voice, by.now)));
    bring_in(account, field, value, origin, by.now);
    Ok(None)
}

/// Makes a value the one in force.
fn bring_in(account: &mut Account, field: Field, value: Option<String>, origin: Option<Origin>, now: Moment) {
    account.profile.set(field, value);
    match origin {
        Some(origin) => {
            account.claims.forget(field, origin.voice());
            account.origins.insert(field, origin);
        }
        None => {
            account.origins.remove(&field);
        }
    }
    account.updated_at = now;
}

/// Keeps the value that was in force as what its owner says. Photos are files, and are sent again.
fn keep_old(account: &mut Account, field: Field, owner: Origin) {
    if let Some(value) = account.profile.get(field).filter(|_| field != Field::Photo) {
        let kept = Kept {
            value: value.to_owned(),
            at: owner.at,
        };
        account.claims.kept.insert((field, owner.voice()), kept);
    }
}

/// Another source has the word: this one's is kept, and a new one is told once.
fn keep(
    account: &mut Account,
    field: Field,
    value: Option<String>,
    owner: Voice,
    by: By<'_>,
) -> Option<String> {
    let key = (field, by.change.voice());
    let Some(value) = value.filter(|_| field != Field::Photo) else {
        account.claims.forget(field, key.1);
        return None;
    };
    if account
        .claims
        .kept
        .get(&key)
        .is_some_and(|kept| kept.value == value)
    {
        return None;
    }
    account.claims.forget(field, key.1);
    account.claims.kept.insert(key, Kept { value, at: by.now });
    Some(format!(
        "The {} is kept and not used: {} has the word on it.",
        label(field),
        by.name(owner)
    ))
}

/// A source gives a field back: the next in rank has the word, or nobody.
fn inherit(account: &mut Account, field: Field, leaving: Voice, by: By<'_>) -> Option<String> {
    let heir = by.scales.heir(account, field, leaving);
    let heir = heir.map(|(voice, kept)| (voice, kept.value.clone()));
    let Some((voice, value)) = heir else {
        let origin = Origin::new(leaving, by.now);
        bring_in(account, field, None, Some(origin), by.now);
        return None;
    };
    account.claims.forget(field, leaving);
    if let Err(refusal) = fits(account, field, Some(&value), by.facts) {
        account.profile.set(field, None);
        return Some(format!(
            "What {} says of the {} is not used: {}",
            by.name(voice),
            label(field),
            refusal.message
        ));
    }
    let origin = Origin::new(voice, by.now);
    bring_in(account, field, Some(value), Some(origin), by.now);
    Some(format!(
        "The {} is from now on what {} says.",
        label(field),
        by.name(voice)
    ))
}

fn in_order(account: &Account) -> Result<(), Refusal> {
    let (start, end) = (
        account.profile.get(Field::StartDate),
        account.profile.get(Field::EndDate),
    );
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        return Err(refuse_field(
            Field::EndDate,
            format!("The end date {end} lies before the start date {start}."),
        ));
    }
    Ok(())
}

/// To whom a field goes when it is handed over, and their value: the source named, or the highest in rank.
fn receiver<'a>(
    account: &'a Account,
    field: Field,
    to: Option<Voice>,
    scales: Scales<'_>,
) -> Option<(Voice, Option<&'a str>)> {
    let owner = account.origins.get(&field).map(Origin::voice);
    if let Some(to) = to {
        // Where only the kind is named, it is the one of them that has it, or says something.
        if let Some(owner) = owner.filter(|owner| to.of.is_none() && *owner != to && owner.same(to)) {
            return Some((owner, None));
        }
        let said = account.claims.of(field).filter(|(voice, _)| voice.same(to));
        let best = said.max_by_key(|(voice, kept)| (scales.rank(field, *voice), kept.at, *voice));
        if let Some((voice, kept)) = best {
            return Some((voice, Some(kept.value.as_str())));
        }
        let has_it = owner.filter(|owner| owner.same(to));
        return Some((has_it.unwrap_or(to), None));
    }
    let kept = account.claims.of(field);
    let best = kept.max_by_key(|(voice, kept)| (scales.rank(field, *voice), kept.at, *voice))?;
    let higher = owner.is_none_or(|owner| {
        let (its, owners) = (scales.rank(field, best.0), scales.rank(field, owner));
        if best.0.source == owner.source {
            its > owners
        } else {
            its.0 > owners.0
        }
    });
    higher.then_some((best.0, Some(best.1.value.as_str())))
}

/// The value that a hand-over brings into force.
pub(super) fn handed_value<'a>(
    account: &'a Account,
    field: Field,
    verb: &Verb,
    scales: Scales<'_>,
) -> Option<&'a str> {
    let Verb::HandOver { to, .. } = verb else {
        return None;
    };
    receiver(account, field, *to, scales)?.1
}

/// Hands a field to a source, whatever its rank; or back to the highest in rank.
pub(super) fn hand_over(
    account: &mut Account,
    field: Field,
    to: Option<Voice>,
    by: By<'_>,
) -> Result<(), Refusal> {
    let owner = account.origins.get(&field).copied();
    let to_people = to.is_some_and(|to| Keeper::from(to.source) == Keeper::People);
    // People take a field over with the value that it has.
    let to = if to_people { Some(Source::Admin.into()) } else { to };
    let received = receiver(account, field, to, by.scales).map(|(to, value)| (to, value.map(str::to_owned)));
    account.claims.handed.remove(&field);
    let Some((to, value)) = received else {
        return Ok(());
    };
    let has_it = owner.is_some_and(|owner| speaks_for(owner.voice(), to));
    if value.is_none() && !has_it && !to_people {
        return Err(Refusal {
            code: "no_value",
            field: Some(field),
            message: format!(
                "{} says nothing of the {}: hand it over once it does.",
                capital(&by.name(to)),
                label(field)
            ),
        });
    }
    if !has_it {
        let value = value.or_else(|| account.profile.get(field).map(str::to_owned));
        if value.as_deref() != account.profile.get(field) {
            may_name(account, field, by.facts)?;
            fits(account, field, value.as_deref(), by.facts)?;
        }
        if let Some(owner) = owner {
            keep_old(account, field, owner);
        }
        let origin = Origin::new(to, by.now);
        bring_in(account, field, value.clone(), Some(origin), by.now);
        // A person's word that is the same adds nothing.
        let same = |(of, voice): &(Field, Voice), kept: &Kept| {
            *of == field
                && Keeper::from(voice.source) == Keeper::People
                && Some(&kept.value) == value.as_ref()
        };
        account.claims.kept.retain(|key, kept| !same(key, kept));
        in_order(account)?;
    }
    let rank = by.scales.rank(field, to);
    let rivalled = account.claims.of(field).any(|(voice, _)| {
        let other = by.scales.rank(field, voice);
        if voice.source == to.source {
            !voice.same(to) && other > rank
        } else {
            other.0 >= rank.0
        }
    });
    if rivalled {
        account.claims.handed.insert(field, to);
    }
    account.updated_at = by.now;
    Ok(())
}

/// Nobody speaks through `gone` any more: what others say comes into force, what nobody else says stays.
pub(super) fn release(account: &mut Account, gone: Voice, by: By<'_>) -> Vec<String> {
    // What was said before they were told apart is released with the last of its kind.
    let last = by.scales.absent.contains(&gone.source.into());
    let is_gone = |voice: Voice| voice == gone || last && voice == Voice::from(gone.source);
    let mut notes = Vec::new();
    account.claims.kept.retain(|(_, voice), _| !is_gone(*voice));
    account.claims.handed.retain(|_, voice| !is_gone(*voice));
    account.claims.present.retain(|voice, _| !is_gone(*voice));
    for field in Field::ALL {
        let owner = account.origins.get(field).map(Origin::voice);
        if let Some(owner) = owner.filter(|owner| is_gone(*owner))
            && by.scales.heir(account, *field, owner).is_some()
        {
            notes.extend(inherit(account, *field, owner, by));
        }
    }
    notes
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
