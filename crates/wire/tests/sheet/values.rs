//! Values as people write them.

use guildhall_wire::sheet::values::DateOrder::{DayFirst, MonthFirst, Unknown};
use guildhall_wire::sheet::values::*;

#[test]
fn dates() {
    for (text, order, expect) in [
        ("2026-03-01", Unknown, "2026-03-01"),
        ("2026-3-1", Unknown, "2026-03-01"),
        ("2026/03/01", Unknown, "2026-03-01"),
        ("20260301", Unknown, "2026-03-01"),
        ("2026-03-01T00:00:00.000Z", Unknown, "2026-03-01"),
        ("2026-03-01 08:30", Unknown, "2026-03-01"),
        ("01.03.2026", MonthFirst, "2026-03-01"),
        ("1.3.26", Unknown, "2026-03-01"),
        ("1. 3. 2026", Unknown, "2026-03-01"),
        ("1.3.99", Unknown, "1999-03-01"),
        ("01/03/2026", DayFirst, "2026-03-01"),
        ("01/03/2026", MonthFirst, "2026-01-03"),
        ("3/1/2026 12:00:00 AM", MonthFirst, "2026-03-01"),
        ("01-03-2026", DayFirst, "2026-03-01"),
        ("25/12/2026", Unknown, "2026-12-25"),
        ("12/25/2026", Unknown, "2026-12-25"),
        ("05/05/2026", Unknown, "2026-05-05"),
        ("1 March 2026", Unknown, "2026-03-01"),
        ("March 1, 2026", Unknown, "2026-03-01"),
        ("1-Mar-26", Unknown, "2026-03-01"),
        ("1st Mar 2026", Unknown, "2026-03-01"),
        ("2026 Mar 1", Unknown, "2026-03-01"),
        ("1. März 2026", Unknown, "2026-03-01"),
        ("1er mars 2026", Unknown, "2026-03-01"),
        ("15 août 2026", Unknown, "2026-08-15"),
        ("1 de marzo de 2026", Unknown, "2026-03-01"),
        ("1º de março de 2026", Unknown, "2026-03-01"),
        ("1 maggio 2026", Unknown, "2026-05-01"),
        ("1 mrt 2026", Unknown, "2026-03-01"),
        ("1 mei 2026", Unknown, "2026-05-01"),
        ("1 października 2026", Unknown, "2026-10-01"),
        ("24 gru 2026", Unknown, "2026-12-24"),
        ("46082", Unknown, "2026-03-01"),
        ("46082.5", Unknown, "2026-03-01"),
    ] {
        assert_eq!(
            parse_date(text, order).map(|d| d.to_string()),
            Ok(expect.to_owned()),
            "{text}"
        );
    }
    for (text, order, says) in [
        ("03/04/2026", Unknown, "2026-04-03 or as 2026-03-04"),
        ("31.02.2026", Unknown, "no such day"),
        ("13/25/2026", Unknown, "no such day"),
        ("25/12/2026", MonthFirst, "no such day"),
        ("soon", Unknown, "is not a date"),
        ("1.3.1026", Unknown, "year 1026"),
        ("2026", Unknown, "is not a date"),
        ("", Unknown, "is not a date"),
        ("1/2/3/4", Unknown, "is not a date"),
    ] {
        let error = parse_date(text, order).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn the_order_of_a_column() {
    for (values, expect) in [
        (&["03/04/2026", "25/12/2025"][..], DayFirst),
        (&["03/04/2026", "12/25/2025"], MonthFirst),
        (&["03/04/2026", "05/06/2026"], Unknown),
        (&["25/12/2025", "12/25/2025"], Unknown),
        (&["2026-03-01", "1.3.2026"], Unknown),
        (&["13-04-2026 00:00"], DayFirst),
        (&[], Unknown),
    ] {
        assert_eq!(date_order(values), expect, "{values:?}");
    }
    let mut evidence = DateEvidence::default();
    evidence.add("03/04/2026");
    assert_eq!((evidence.either, evidence.order()), (1, Unknown));
}

#[test]
fn an_end_that_never_comes() {
    for text in ["31.12.9999", "9999-12-31", "12/31/9999", "-", "00.00.0000", "n/a"] {
        assert_eq!(parse_end_date(text, Unknown), Ok(None), "{text}");
    }
    assert_eq!(
        parse_end_date("2026-03-01", Unknown)
            .unwrap()
            .unwrap()
            .to_string(),
        "2026-03-01"
    );
    assert!(parse_end_date("never", Unknown).is_err());
}

#[test]
fn yes_and_no() {
    for yes in [
        "yes", "TRUE", "1", "x", "Ja", "oui", "SÍ", "si", "sim", "vero", "tak", "✓", "wahr",
    ] {
        assert_eq!(parse_bool(yes), Ok(true), "{yes}");
    }
    for no in [
        "no", "False", "0", "nein", "non", "não", "nee", "nie", "-", "falso",
    ] {
        assert_eq!(parse_bool(no), Ok(false), "{no}");
    }
    assert!(
        parse_bool("maybe")
            .unwrap_err()
            .to_string()
            .contains("“yes” or “no”")
    );
}

#[test]
fn words() {
    for (text, expect) in [
        ("Password", LoginMethod::Password),
        ("mot de passe", LoginMethod::Password),
        ("SSO", LoginMethod::Sso),
        ("single sign-on", LoginMethod::Sso),
        ("Password + SSO", LoginMethod::Both),
        ("beide", LoginMethod::Both),
    ] {
        assert_eq!(parse_login_method(text), Ok(expect), "{text}");
    }
    assert!(parse_login_method("smoke signals").is_err());
    for (text, expect) in [
        ("Active", State::Active),
        ("On leave", State::Active),
        ("Full-Time", State::Active),
        ("Aktiv", State::Active),
        ("en poste", State::Active),
        ("TRUE", State::Active),
        ("Terminated", State::Inactive),
        ("ausgeschieden", State::Inactive),
        ("de baja", State::Inactive),
        ("uit dienst", State::Inactive),
        ("DEPROVISIONED", State::Inactive),
        ("nieaktywny", State::Inactive),
        ("false", State::Inactive),
        ("Invited", State::Invited),
        ("Not invited", State::NotInvited),
        ("nicht eingeladen", State::NotInvited),
    ] {
        assert_eq!(parse_state(text), Ok(expect), "{text}");
    }
    assert!(parse_state("Kent").is_err());
}

#[test]
fn locales_and_time_zones() {
    for (text, expect) in [
        ("en_GB", "en-GB"),
        ("de-de", "de-DE"),
        ("DE", "de"),
        ("German", "de"),
        ("Deutsch", "de"),
        ("allemand", "de"),
        ("niemiecki", "de"),
        ("Français", "fr"),
        ("English (UK)", "en-GB"),
        ("English (United States)", "en-US"),
        ("Deutsch (Österreich)", "de-AT"),
        ("Português (Brasil)", "pt-BR"),
        ("zh_hans_cn", "zh-Hans-CN"),
        ("es-419", "es-419"),
        ("de_DE.UTF-8", "de-DE"),
    ] {
        assert_eq!(parse_locale(text).as_deref(), Ok(expect), "{text}");
    }
    for text in ["xx", "Klingon", "en-", "en_GBR", "1"] {
        assert!(parse_locale(text).is_err(), "{text}");
    }
    for (text, expect) in [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
        ("UTC", "UTC"),
        ("W. Europe Standard Time", "Europe/Berlin"),
    ] {
        assert_eq!(parse_time_zone(text).as_deref(), Ok(expect), "{text}");
    }
    assert!(
        parse_time_zone("Europe/Atlantis")
            .unwrap_err()
            .to_string()
            .contains("Europe/Berlin")
    );
}

#[test]
fn emails() {
    for (text, expect) in [
        ("ada@example.com", "ada@example.com"),
        (
            "Ada.O'Neill+x@Sub.Example.co.uk",
            "Ada.O'Neill+x@Sub.Example.co.uk",
        ),
        ("mailto:ada@example.com", "ada@example.com"),
        ("Ada L <ada@example.com>", "ada@example.com"),
        ("ada@müller.de", "ada@müller.de"),
    ] {
        assert_eq!(parse_email(text).as_deref(), Ok(expect), "{text}");
    }
    let long = format!("{}@example.com", "x".repeat(65));
    for (text, says) in [
        ("ada", "no “@”"),
        ("ada example@x.co", "blank"),
        ("a@b.co; c@d.co", "more than one"),
        ("a@b.co,c@d.co", "more than one"),
        ("@b.co", "before the “@”"),
        ("jürgen@b.co", "“ü”"),
        ("a..b@c.co", "dot"),
        ("a@localhost", "domain"),
        ("a@b..co", "domain"),
        ("a@-b.co", "domain"),
        ("a@1.2.3.4", "domain"),
        ("=cmd@b.co", "formula"),
        (&long, "too long"),
    ] {
        let error = parse_email(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn phones() {
    for (text, key) in [
        ("+44 20 7946 0958", Some("+442079460958")),
        ("0044 20 7946-0958", Some("+442079460958")),
        ("+44 (0)20 7946 0958", Some("+442079460958")),
        ("020 7946 0958", None),
        ("(030) 12345/67", None),
        ("+49 30 12345 ext. 67", Some("+493012345")),
        ("1234", None),
    ] {
        assert_eq!(parse_phone(text).as_deref(), Ok(text));
        assert_eq!(phone_key(text).as_deref(), key, "{text}");
    }
    for (text, says) in [
        ("4.42079E+11", "digits are lost"),
        ("4,42E+11", "digits are lost"),
        ("call me", "has “c”"),
        ("12", "2 digits"),
        ("+1234567890123456", "16 digits"),
        ("030 123 +49 30 123", "in the middle"),
        ("=cmd()", "“=”"),
    ] {
        let error = parse_phone(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn names_and_ids() {
    assert_eq!(parse_name(" Ada  \n Lovelace ").as_deref(), Ok("Ada Lovelace"));
    assert_eq!(parse_name("'t Hooft").as_deref(), Ok("'t Hooft"));
    for (text, says) in [
        ("=cmd()", "formula"),
        ("ada@example.com", "e-mail address"),
        ("12345", "no letter"),
        (&*"x".repeat(1_000_000), "1000000 characters"),
    ] {
        let error = parse_name(text).unwrap_err().to_string();
        assert!(error.contains(says) && error.len() < 300, "{error}");
    }
    assert_eq!(parse_employee_id("00123").as_deref(), Ok("00123"));
    assert_eq!(parse_employee_id("E5").as_deref(), Ok("E5"));
    assert!(parse_employee_id("1.23457E+11").is_err());
    assert_eq!(parse_text("Head of\nThings").as_deref(), Ok("Head of Things"));
}
