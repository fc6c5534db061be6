//! What a person is found by as somebody types: see `migrations/0038_terms.sql`.

use super::types::{Account, ProfileField as Field};
use crate::fold;

/// More words than this of one person are not looked for.
const WORDS: usize = 16;
/// Databases take no longer keys into an index, whatever letters they are of.
const LONGEST: usize = 400;

/// A term for each word of the person's names.
pub fn of(account: &Account) -> Vec<String> {
    let mut names = account.name();
    for field in [Field::GivenName, Field::MiddleName, Field::FamilyName] {
        if let Some(part) = account.profile.get(field) {
            names.push(' ');
            names.push_str(part);
        }
    }
    let key = |field| account.profile.get(field).map(fold::key);
    terms(
        &names,
        // A space ends a word.
        key(Field::EmployeeId).map(|id| id.replace(' ', "_")),
        key(Field::Email),
    )
}

fn terms(names: &str, employee: Option<String>, email: Option<String>) -> Vec<String> {
    let words: Vec<String> = fold::words(names).into_iter().take(WORDS).collect();
    let keys: Vec<String> = [employee, email].into_iter().flatten().collect();
    let term = |first: &String| {
        let others = words.iter().filter(|word| *word != first);
        let all = [first].into_iter().chain(others).chain(&keys);
        let term: String = all.flat_map(|word| [word, " "]).collect();
        term.chars().take(LONGEST).collect()
    };
    words.iter().map(term).collect()
}

#[cfg(test)]
mod tests {
    use super::terms;

    #[test]
    fn each_word_begins_a_term_that_the_others_follow() {
        let email = Some("anna@example.com".to_owned());
        assert_eq!(
            terms("Anna-Maria Łuczak Anna", Some("e_1".into()), email),
            [
                "anna luczak maria e_1 anna@example.com ",
                "luczak anna maria e_1 anna@example.com ",
                "maria anna luczak e_1 anna@example.com ",
            ]
        );
        assert_eq!(terms("Bo", None, None), ["bo "]);
        assert_eq!(
            terms("…", None, Some("x@example.com".into())),
            Vec::<String>::new()
        );
    }

    #[test]
    fn no_term_is_too_long_for_an_index() {
        let names: Vec<String> = ('a'..='z').map(|letter| letter.to_string().repeat(64)).collect();
        let long = terms(&names.join(" "), None, None);
        assert_eq!(long.len(), 16);
        assert!(long.iter().all(|term| term.chars().count() <= 400));
    }
}
