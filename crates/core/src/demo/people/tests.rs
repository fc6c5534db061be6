use std::collections::HashSet;

use super::*;

#[test]
fn the_same_seed_gives_the_same_company() {
    let all = |seed| Company::new(seed, 50).people().collect::<Vec<_>>();
    assert_eq!(all(7), all(7));
    assert_ne!(all(7), all(8));
    let company = Company::new(7, 50);
    for person in company.people() {
        assert_eq!(person, company.person(person.number));
        assert_eq!(person.email, company.email(person.number));
    }
}

#[test]
fn addresses_and_employee_ids_are_unique() {
    for seed in [0, 1, u64::MAX] {
        let mut seen = HashSet::new();
        for person in Company::new(seed, 20_000).people() {
            assert!(person.email.is_ascii(), "{}", person.email);
            assert!(seen.insert(person.email.clone()), "{} came twice", person.email);
            assert!(
                seen.insert(person.employee_id),
                "employee id of {} came twice",
                person.email
            );
        }
    }
}

#[test]
fn managers_form_one_tree_within_a_division() {
    let company = Company::new(3, 20_000);
    let mut reports = vec![0_u32; 20_000];
    for person in company.people() {
        let Some(manager) = person.manager else {
            assert_eq!(person.number, 0);
            continue;
        };
        assert!(manager < person.number);
        reports[manager as usize] += 1;
        if manager > 0 {
            assert_eq!(company.person(manager).division, person.division);
        }
    }
    assert_eq!(reports[0], 8);
    let most = reports.iter().max().copied().unwrap_or_default();
    assert!(
        (9..=30).contains(&most),
        "teams differ in size, yet nobody leads {most}"
    );
}

#[test]
fn the_people_are_believable() {
    let people: Vec<Person> = Company::new(1, 2_000).people().collect();
    let distinct = |of: fn(&Person) -> &str| people.iter().map(of).collect::<HashSet<_>>().len();
    assert!(distinct(|p| &p.display_name) > 1_900);
    assert_eq!(distinct(|p| &p.locale), COUNTRIES.len());
    assert_eq!(distinct(|p| &p.division), 8);
    assert!(distinct(|p| &p.department) > 60);
    let accented = people.iter().filter(|p| !p.display_name.is_ascii()).count();
    assert!(accented > 500, "only {accented} names have accents");
    let frontline = people.iter().filter(|p| p.frontline).count();
    assert!(
        (500..1_000).contains(&frontline),
        "{frontline} work without a desk"
    );
    let first = &people[0];
    assert_eq!(
        (first.title.as_str(), first.employee_id.as_str()),
        ("Chief Executive Officer", "000001")
    );
}

#[test]
fn addresses_keep_the_letters() {
    let cases = [
        ("Łukasz", "lukasz"),
        ("Großmann", "grossmann"),
        ("van den Berg", "vandenberg"),
        ("O'Brien", "obrien"),
        ("Jean-Baptiste", "jean-baptiste"),
        ("Yılmaz", "yilmaz"),
        ("Ústí", "usti"),
    ];
    for (name, expected) in cases {
        assert_eq!(plain(name), expected);
    }
}
