//! The sentences of the letters, in the languages we have.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use super::RenderError;

type Bundle = FluentBundle<FluentResource>;

/// The languages that come with the binary: each a folder under `locales/`.
const BUILT_IN: [(&str, &str); 1] = [("en", include_str!("../../../locales/en/mail.ftl"))];

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::new(&BUILT_IN).expect("the built-in catalogue is checked by a test"));

/// Messages by language. The first language is the one that has them all.
pub struct Catalogue {
    bundles: Vec<(LanguageIdentifier, Bundle)>,
}

#[derive(Debug, thiserror::Error)]
#[error("The sentences for {locale:?} cannot be read: {reason}")]
pub struct CatalogueError {
    locale: String,
    reason: String,
}

impl Catalogue {
    /// What comes with the binary.
    pub fn built_in() -> &'static Self {
        &CATALOGUE
    }

    /// A catalogue of `(BCP 47 tag, Fluent text)`, the complete language first.
    pub fn new(sources: &[(&str, &str)]) -> Result<Self, CatalogueError> {
        let bundles = sources
            .iter()
            .map(|(locale, text)| read(locale, text))
            .collect::<Result<_, _>>()?;
        Ok(Self { bundles })
    }

    /// A voice that speaks the first of `wanted` that we have, each as it is (`pt-BR`), then as its language
    /// alone (`pt`), then as any of its regions (`pt-PT`); and what that lacks, in the next; English at last.
    pub fn voice(&self, wanted: &[Option<&str>]) -> Voice<'_> {
        let mut chain: Vec<&(LanguageIdentifier, Bundle)> = Vec::new();
        let mut add = |found: Option<&'_ (LanguageIdentifier, Bundle)>| {
            // The closure sees borrowed entries of `self.bundles`; each goes in once.
            if let Some(position) = found.and_then(|f| self.bundles.iter().position(|b| b.0 == f.0))
                && !chain.iter().any(|b| b.0 == self.bundles[position].0)
            {
                chain.push(&self.bundles[position]);
            }
        };
        for locale in wanted.iter().flatten() {
            let Ok(wanted) = locale.replace('_', "-").parse::<LanguageIdentifier>() else {
                continue;
            };
            let alone = LanguageIdentifier::from_parts(wanted.language, wanted.script, None, &[]);
            add(self.bundles.iter().find(|(have, _)| *have == wanted));
            add(self.bundles.iter().find(|(have, _)| *have == alone));
            add(self
                .bundles
                .iter()
                .find(|(have, _)| have.language == wanted.language && same_script(have, &wanted)));
        }
        add(self.bundles.first());
        Voice { chain }
    }
}

fn same_script(a: &LanguageIdentifier, b: &LanguageIdentifier) -> bool {
    a.script == b.script || a.script.is_none() || b.script.is_none()
}

fn read(locale: &str, text: &str) -> Result<(LanguageIdentifier, Bundle), CatalogueError> {
    let failed = |reason: String| CatalogueError {
        locale: locale.to_owned(),
        reason,
    };
    let id: LanguageIdentifier = locale.parse().map_err(|e| failed(format!("{e}")))?;
    let resource = FluentResource::try_new(text.to_owned()).map_err(|(_, e)| failed(format!("{e:?}")))?;
    let mut bundle = Bundle::new_concurrent(vec![id.clone()]);
    // We isolate names ourselves, and only those that need it: some mail readers show the marks as boxes.
    bundle.set_use_isolating(false);
    bundle
        .add_resource(resource)
        .map_err(|e| failed(format!("{e:?}")))?;
    Ok((id, bundle))
}

/// Says messages in one person's language.
pub struct Voice<'a> {
    chain: Vec<&'a (LanguageIdentifier, Bundle)>,
}

impl Voice<'_> {
    /// The language that is spoken, for `<html lang>`.
    pub fn language(&self) -> String {
        self.chain
            .first()
            .map(|(id, _)| id.to_string())
            .unwrap_or_default()
    }

    /// The sentence `id` with `args` put in, in the first language of the chain that has it.
    pub fn say(&self, id: &str, args: &[(&str, &str)]) -> Result<String, RenderError> {
        let args: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, *value)).collect();
        for (_, bundle) in &self.chain {
            let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
                continue;
            };
            let mut errors = Vec::new();
            let said = bundle.format_pattern(pattern, Some(&args), &mut errors);
            if errors.is_empty() {
                return Ok(said.into_owned());
            }
        }
        Err(RenderError::Sentence(id.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_person_then_their_language_then_the_workplace_then_english() {
        let catalogue = Catalogue::new(&[
            ("en", "a = en\nb = en\nc = en { $x }"),
            ("de", "a = de\nb = de"),
            ("de-CH", "a = de-CH"),
            ("pt-PT", "a = pt-PT"),
            ("fr", "c = fr { $y }"),
        ])
        .unwrap();
        for (person, workplace, id, want) in [
            (Some("de-CH"), Some("pt"), "a", "de-CH"),
            (Some("de_CH"), None, "a", "de-CH"),
            (Some("de-CH"), Some("pt"), "b", "de"),
            (Some("de-AT"), Some("pt"), "a", "de"),
            (Some("pt-BR"), Some("de"), "a", "pt-PT"),
            (Some("pt-BR"), Some("de"), "b", "de"),
            (Some("xx"), Some("de"), "a", "de"),
            (Some("not a locale"), Some("de"), "a", "de"),
            (None, Some("sv-SE"), "a", "en"),
            (None, None, "a", "en"),
            (Some("fr"), None, "c", "en 1"),
        ] {
            let voice = catalogue.voice(&[person, workplace]);
            assert_eq!(
                voice.say(id, &[("x", "1")]).unwrap(),
                want,
                "{person:?} {workplace:?} {id}"
            );
        }
        assert!(matches!(
            catalogue.voice(&[]).say("nothing", &[]),
            Err(RenderError::Sentence(_))
        ));
        assert_eq!(catalogue.voice(&[Some("de-AT")]).language(), "de");
    }

    #[test]
    fn every_folder_of_locales_is_in_the_catalogue_and_says_nothing_that_english_does_not() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("locales");
        let mut folders: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut listed: Vec<String> = BUILT_IN.iter().map(|(locale, _)| (*locale).to_owned()).collect();
        folders.sort();
        listed.sort();
        assert_eq!(folders, listed);
        let ids = |text: &str| -> Vec<String> {
            let begins = |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase());
            text.lines()
                .filter(begins)
                .map(|l| l.split(" =").next().unwrap().to_owned())
                .collect()
        };
        let english = ids(BUILT_IN[0].1);
        for (locale, text) in &BUILT_IN[1..] {
            for id in ids(text) {
                assert!(english.contains(&id), "{locale} has {id}, which no letter says");
            }
        }
        assert_eq!(Catalogue::built_in().voice(&[]).language(), "en");
    }
}
