use guildhall_wire::cards::{Card, Sheet, Unwritten};

use crate::audit::FieldChange;

/// What stands on no card, because no font on the server has its letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unprinted {
    /// People, each with their employee id.
    pub names: Vec<String>,
    pub departments: Vec<String>,
    pub workplace: Option<String>,
}

/// How many letters of names are told at once in an answer, and in the audit log.
const TOLD: usize = 400;
const NOTED: usize = 20_000;

/// The names one after the other, and how many more there are than fit.
fn listed(names: &[String], most: usize) -> String {
    let mut text = String::new();
    for (told, name) in names.iter().enumerate() {
        if told > 0 && text.chars().count() + name.chars().count() > most {
            return format!("{text} and {} more", names.len() - told);
        }
        if told > 0 {
            text.push_str(", ");
        }
        text.push_str(name);
    }
    text
}

impl Unprinted {
    pub(super) fn of(sheet: &Sheet<'_>, cards: &[Card], unwritten: &Unwritten) -> Option<Self> {
        let whose = |place: &usize| {
            let card = cards.get(*place)?;
            Some(format!("{} ({})", card.name, card.employee_id))
        };
        (!unwritten.is_empty()).then(|| Self {
            names: unwritten.names.iter().filter_map(whose).collect(),
            departments: unwritten.departments.iter().cloned().collect(),
            workplace: unwritten.workplace.then(|| sheet.workplace.to_owned()),
        })
    }

    /// What is missing, and what helps: a few sentences.
    pub fn sentence(&self) -> String {
        let mut said =
            vec!["No font on this server has the letters of everything that is to be printed.".to_owned()];
        if !self.names.is_empty() {
            let names = listed(&self.names, TOLD);
            said.push(format!(
                "Cards with the employee ID in place of the name: {names}."
            ));
        }
        if !self.departments.is_empty() {
            let names = listed(&self.departments, TOLD);
            said.push(format!("Departments that stand on no card: {names}."));
        }
        if let Some(name) = &self.workplace {
            said.push(format!("The name of the workplace, {name}, stands on no card."));
        }
        said.push(
            "Install fonts that have them (on Debian and Ubuntu the package fonts-noto-core, and fonts-noto-cjk for \
             Chinese, Japanese and Korean): sheets that are made after that have them."
                .to_owned(),
        );
        said.join(" ")
    }

    pub(super) fn changes(&self) -> Vec<FieldChange> {
        let names = (!self.names.is_empty()).then(|| listed(&self.names, NOTED));
        let departments = (!self.departments.is_empty()).then(|| listed(&self.departments, NOTED));
        let rows = [
            ("names_not_printed", names),
            ("departments_not_printed", departments),
            ("workplace_not_printed", self.workplace.clone()),
        ];
        let row = |(field, after): (&'static str, Option<String>)| FieldChange {
            field: field.into(),
            before: None,
            after,
            was_from: None,
        };
        rows.into_iter()
            .filter(|(_, after)| after.is_some())
            .map(row)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_as_far_as_there_is_room() {
        let names: Vec<String> = (0..200)
            .map(|n| format!("\u{738b}\u{79c0}\u{82f1} (E-{n})"))
            .collect();
        let told = listed(&names, TOLD);
        assert!(told.starts_with("\u{738b}\u{79c0}\u{82f1} (E-0), ") && told.chars().count() < TOLD + 20);
        assert!(told.ends_with(" more"), "{told}");
        let (named, more) = told.rsplit_once(" and ").unwrap();
        let more: usize = more.trim_end_matches(" more").parse().unwrap();
        assert_eq!(named.split(", ").count() + more, 200);
        assert_eq!(listed(&names[..1], 3), names[0], "one is told at least");
    }

    #[test]
    fn only_what_is_missing_is_told() {
        let one = Unprinted {
            names: vec!["\u{738b} (E-1)".into()],
            ..Unprinted::default()
        };
        let said = one.sentence();
        assert!(
            said.contains("\u{738b} (E-1)") && said.contains("fonts-noto-cjk"),
            "{said}"
        );
        assert!(!said.contains("epartments that"), "{said}");
        assert_eq!(one.changes().len(), 1);
    }
}
