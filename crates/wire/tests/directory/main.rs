//! Entries as servers give them, and the people they become.

use std::io::Cursor;

use guildhall_wire::directory::{Entry, Kind, Left, Line, Mapping, Rule, changed_at, person, read_line};
use guildhall_wire::sheet::Field;

/// 1 January 2026.
const NOW: i64 = 1_767_225_600_000;
const GUID: [u8; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

fn ada() -> Entry {
    Entry::new("CN=Ada,OU=People,DC=x")
        .with("objectGUID", GUID)
        .with("Mail", "ada@example.com")
        .with("givenName;lang-en", "Ada")
        .with("sn", "Lovelace")
        .with("preferredLanguage", "de-CH, de;q=0.9")
        .with("manager", "CN=Bo,OU=People,DC=x")
        .with("thumbnailPhoto", [0xff, 0xd8, 1])
        .with("userAccountControl", "512")
        .with("accountExpires", "9223372036854775807")
}

#[test]
fn an_entry_of_active_directory_is_a_person() {
    let ad = Kind::ActiveDirectory;
    let found = person(&ada(), ad, &Mapping::preset(ad), NOW).unwrap();
    assert_eq!(found.key, "00010203-0405-0607-0809-0a0b0c0d0e0f");
    let values: Vec<(Field, &str)> = found
        .values
        .iter()
        .map(|(field, value)| (*field, value.as_str()))
        .collect();
    assert_eq!(
        values,
        [
            (Field::Email, "ada@example.com"),
            (Field::GivenName, "Ada"),
            (Field::FamilyName, "Lovelace"),
            (Field::Locale, "de-CH"),
        ]
    );
    assert_eq!(found.manager.as_deref(), Some("CN=Bo,OU=People,DC=x"));
    assert_eq!((found.left, found.expires), (None, None));
    assert_eq!(found.photo, Some(vec![0xff, 0xd8, 1]));
    assert_eq!(
        person(
            &Entry::new("CN=x").with("mail", "a@b.c"),
            ad,
            &Mapping::preset(ad),
            NOW
        ),
        None
    );
}

#[test]
fn who_has_left_shows_in_many_ways() {
    let (ad, open) = (Kind::ActiveDirectory, Kind::OpenLdap);
    // 1 January 2024 and 1 January 2027.
    let (past, future) = ("133485408000000000", "134432352000000000");
    for (kind, name, value, left, expires) in [
        (ad, "userAccountControl", "514", Some(Left::Disabled), None),
        (ad, "userAccountControl", "66048", None, None),
        // Normal account whose password has expired: no leaver.
        (ad, "userAccountControl", "8389120", None, None),
        (
            ad,
            "accountExpires",
            past,
            Some(Left::Expired),
            Some(1_704_067_200_000),
        ),
        (ad, "accountExpires", future, None, Some(1_798_761_600_000)),
        (ad, "accountExpires", "0", None, None),
        (ad, "isDeleted", "TRUE", Some(Left::Deleted), None),
        (
            open,
            "pwdAccountLockedTime",
            "000001010000Z",
            Some(Left::Disabled),
            None,
        ),
        (open, "pwdAccountLockedTime", "20251231000000Z", None, None),
        (open, "nsAccountLock", "true", Some(Left::Disabled), None),
        (open, "shadowExpire", "1", Some(Left::Expired), Some(86_400_000)),
        (open, "shadowExpire", "-1", None, None),
        (open, "shadowExpire", "99999", None, Some(8_639_913_600_000)),
    ] {
        let entry = Entry::new("cn=a")
            .with("objectGUID", GUID)
            .with("entryUUID", "U-1")
            .with(name, value);
        let found = person(&entry, kind, &Mapping::preset(kind), NOW).unwrap();
        assert_eq!((found.left, found.expires), (left, expires), "{name} {value}");
    }
}

#[test]
fn a_mapping_says_what_is_wrong_with_it() {
    let rule = |field, attribute: &str| Rule {
        field,
        attribute: attribute.into(),
    };
    let twice = Mapping {
        rules: vec![rule(Field::Email, "mail"), rule(Field::Email, "upn")],
        ..Mapping::default()
    };
    let odd = Mapping {
        rules: vec![rule(Field::Email, "mail)(cn=*")],
        ..Mapping::default()
    };
    let nobody = Mapping {
        rules: vec![rule(Field::Title, "title")],
        ..Mapping::default()
    };
    for (mapping, expect) in [
        (twice, "filled twice"),
        (odd, "no name of an attribute"),
        (nobody, "told apart"),
    ] {
        assert!(mapping.usable().unwrap_err().contains(expect));
    }
    for kind in [Kind::ActiveDirectory, Kind::OpenLdap] {
        let preset = Mapping::preset(kind);
        preset.usable().unwrap();
        let asked = preset.attributes(kind);
        assert_eq!(asked[0], kind.key_attribute());
        assert_eq!(asked.iter().filter(|name| *name == "cn").count(), 1);
    }
}

#[test]
fn dates_are_days_whatever_the_attribute_holds() {
    let mapping = Mapping {
        rules: vec![
            Rule {
                field: Field::StartDate,
                attribute: "hireDate, whenCreated".into(),
            },
            Rule {
                field: Field::EndDate,
                attribute: "accountExpires".into(),
            },
        ],
        ..Mapping::default()
    };
    let entry = Entry::new("cn=a")
        .with("objectGUID", GUID)
        .with("hireDate", " ")
        .with("whenCreated", "20240229100000.0Z")
        .with("whenChanged", "20240229100000.0Z")
        .with("accountExpires", "134432352000000000");
    let found = person(&entry, Kind::ActiveDirectory, &mapping, NOW).unwrap();
    assert_eq!(found.values[&Field::StartDate], "2024-02-29");
    assert_eq!(found.values[&Field::EndDate], "2027-01-01");
    assert_eq!(changed_at(&entry, Kind::ActiveDirectory), Some(1_709_200_800_000));
}

#[test]
fn lines_come_back_as_they_were_and_what_is_none_is_refused() {
    let ad = Kind::ActiveDirectory;
    let person = person(&ada(), ad, &Mapping::preset(ad), NOW).unwrap();
    let lines = [
        Line::Person(Box::new(person)),
        Line::Here { key: "k".into() },
        Line::Gone { key: "g".into() },
        Line::End { lines: 3 },
    ];
    let mut text = String::new();
    for line in &lines {
        text.push_str(&serde_json::to_string(line).unwrap());
        text.push('\n');
    }
    let (mut from, mut buffer) = (Cursor::new(text.as_bytes()), Vec::new());
    for (number, line) in lines.iter().enumerate() {
        assert_eq!(
            read_line(&mut from, &mut buffer, number as u64).unwrap().as_ref(),
            Some(line)
        );
    }
    assert_eq!(read_line::<Line>(&mut from, &mut buffer, 4).unwrap(), None);
    let long = format!(
        "{{\"kind\":\"here\",\"key\":\"{}\"}}",
        "x".repeat(2 * 1024 * 1024)
    );
    for bad in [
        "{}",
        "[1]",
        r#"{"kind":"here"}"#,
        r#"{"kind":"person","key":"k","dn":"d","values":{"salary":"1"}}"#,
        &long,
    ] {
        let refused = read_line::<Line>(&mut Cursor::new(bad.as_bytes()), &mut buffer, 6)
            .unwrap_err()
            .to_string();
        assert!(refused.contains("line 7"), "{refused}");
    }
}
