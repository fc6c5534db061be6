//! Values into an account, each with its source: those of whoever has the word come into force, others are kept. Pure,
//! called by `rules.rs`.

use super::change::{Change, Facts, Patch, Refusal, Verb};
use super::claims::{Keeper, Kept, Scales};
use super::fields::{fits, label, may_name, normalise, refuse_field};
use super::types::{Account, Origin, ProfileField as Field, Source};
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
    let source = by.change.source;
    let restored = by.change.origins.get(&field);
    if value.as_deref() == account.profile.get(field) {
        // Its own word from before is no longer what it says.
        if let (Some(value), Some(kept)) = (value, account.claims.kept.get_mut(&(field, source))) {
            kept.value = value;
        }
        return Ok(None);
    }
    if restored.is_none() {
        if let Some(owner) = by.scales.outranked(account, field, source) {
            return Ok(keep(account, field, value, owner, by));
        }
        // What a directory does not know it takes from nobody: only its own values does it take back.
        let owner = account.origins.get(&field).map(|origin| origin.source);
        if value.is_none() && Keeper::from(source).is_directory() && owner != Some(source) {
            account.claims.kept.remove(&(field, source));
            return Ok(None);
        }
    }
    may_name(account, field, by.facts)?;
    fits(account, field, value.as_deref(), by.facts)?;
    if value.is_none() && restored.is_none() && by.scales.gives_back(account, field, source) {
        return Ok(inherit(account, field, source, by));
    }
    if let Some(owner) = account.origins.get(&field).copied() {
        let lower = by.scales.weight(account, field, owner.source) < by.scales.weight(account, field, source);
        if lower && restored.is_none() && value.is_some() {
            keep_old(account, field, owner);
        }
    }
    let origin = restored.copied().unwrap_or(Some(Origin { source, at: by.now }));
    bring_in(account, field, value, origin, by.now);
    Ok(None)
}

/// Makes a value the one in force.
fn bring_in(account: &mut Account, field: Field, value: Option<String>, origin: Option<Origin>, now: Moment) {
    account.profile.set(field, value);
    match origin {
        Some(origin) => {
            account.claims.kept.remove(&(field, origin.source));
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
        account.claims.kept.insert((field, owner.source), kept);
    }
}

/// Another source has the word: this one's is kept, and a new one is told once.
fn keep(
    account: &mut Account,
    field: Field,
    value: Option<String>,
    owner: Source,
    by: By<'_>,
) -> Option<String> {
    let key = (field, by.change.source);
    let Some(value) = value.filter(|_| field != Field::Photo) else {
        account.claims.kept.remove(&key);
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
    account.claims.kept.insert(key, Kept { value, at: by.now });
    Some(format!(
        "The {} is kept and not used: {} has the word on it.",
        label(field),
        source_in_words(owner)
    ))
}

/// A source gives a field back: the next in rank has the word, or nobody.
fn inherit(account: &mut Account, field: Field, leaving: Source, by: By<'_>) -> Option<String> {
    let heir = by.scales.heir(account, field, leaving);
    let heir = heir.map(|(source, kept)| (source, kept.value.clone()));
    let Some((source, value)) = heir else {
        let origin = Origin {
            source: leaving,
            at: by.now,
        };
        bring_in(account, field, None, Some(origin), by.now);
        return None;
    };
    account.claims.kept.remove(&(field, leaving));
    if let Err(refusal) = fits(account, field, Some(&value), by.facts) {
        account.profile.set(field, None);
        return Some(format!(
            "What {} says of the {} is not used: {}",
            source_in_words(source),
            label(field),
            refusal.message
        ));
    }
    let origin = Origin { source, at: by.now };
    bring_in(account, field, Some(value), Some(origin), by.now);
    Some(format!(
        "The {} is from now on what {} says.",
        label(field),
        source_in_words(source)
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
    to: Option<Source>,
    scales: Scales<'_>,
) -> Option<(Source, Option<&'a str>)> {
    let owner = account.origins.get(&field).map(|origin| origin.source);
    if let Some(to) = to {
        let kept = account.claims.kept.get(&(field, to));
        return Some((to, kept.map(|kept| kept.value.as_str())));
    }
    let kept = account.claims.of(field);
    let best = kept.max_by_key(|(source, kept)| (scales.rank(field, *source), kept.at, *source))?;
    let higher = owner.is_none_or(|owner| scales.rank(field, best.0) > scales.rank(field, owner));
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
    to: Option<Source>,
    by: By<'_>,
) -> Result<(), Refusal> {
    let owner = account.origins.get(&field).copied();
    let to_people = to.is_some_and(|to| Keeper::from(to) == Keeper::People);
    // People take a field over with the value that it has.
    let to = if to_people { Some(Source::Admin) } else { to };
    let received = receiver(account, field, to, by.scales).map(|(to, value)| (to, value.map(str::to_owned)));
    account.claims.handed.remove(&field);
    let Some((to, value)) = received else {
        return Ok(());
    };
    let has_it = owner.is_some_and(|owner| Keeper::from(owner.source) == Keeper::from(to));
    if value.is_none() && !has_it && !to_people {
        return Err(Refusal {
            code: "no_value",
            field: Some(field),
            message: format!(
                "{} says nothing of the {}: hand it over once it does.",
                capital(source_in_words(to)),
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
        let origin = Origin {
            source: to,
            at: by.now,
        };
        bring_in(account, field, value.clone(), Some(origin), by.now);
        // A person's word that is the same adds nothing.
        let same = |(of, source): &(Field, Source), kept: &Kept| {
            *of == field && Keeper::from(*source) == Keeper::People && Some(&kept.value) == value.as_ref()
        };
        account.claims.kept.retain(|key, kept| !same(key, kept));
        in_order(account)?;
    }
    let rank = by.scales.rank(field, to);
    let rivalled = account
        .claims
        .of(field)
        .any(|(source, _)| source != to && by.scales.rank(field, source) >= rank);
    if rivalled {
        account.claims.handed.insert(field, to);
    }
    account.updated_at = by.now;
    Ok(())
}

/// Nobody speaks through `gone` any more: what others say comes into force, what nobody else says stays.
pub(super) fn release(account: &mut Account, gone: Source, by: By<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    account.claims.kept.retain(|(_, source), _| *source != gone);
    account.claims.handed.retain(|_, source| *source != gone);
    account.claims.present.remove(&gone);
    for field in Field::ALL {
        let owned = account
            .origins
            .get(field)
            .is_some_and(|origin| origin.source == gone);
        if owned && by.scales.heir(account, *field, gone).is_some() {
            notes.extend(inherit(account, *field, gone, by));
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
