use super::*;

fn variables(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect::<Vec<_>>()
        .into_iter()
}

fn refusal(text: &str) -> String {
    let table: Table = text.parse().expect("TOML");
    Settings::from_table(table).expect_err(text).to_string()
}

#[test]
fn nothing_set_is_a_server_for_this_machine() {
    let settings = Settings::from_table(Table::new()).expect("defaults");
    assert_eq!(settings.listen.to_string(), LISTEN);
    assert_eq!(
        settings
            .metrics_listen
            .map(|address| address.to_string())
            .as_deref(),
        Some(METRICS)
    );
    assert_eq!(settings.public_url(settings.listen), "http://localhost:8080");
    assert_eq!(settings.log, LogFormat::Text);
}

#[test]
fn the_environment_wins_over_the_file() {
    let mut table: Table = "log = \"text\"\nmetrics_listen = \"off\"".parse().expect("TOML");
    overlay(
        &mut table,
        variables(&[
            ("GUILDHALL_LOG", "json"),
            ("HOME", "/root"),
            ("GUILDHALL", "no setting"),
        ]),
    )
    .expect("known keys");
    let settings = Settings::from_table(table).expect("settings");
    assert_eq!(settings.log, LogFormat::Json);
    assert_eq!(settings.metrics_listen, None);
}

#[test]
fn a_key_that_is_not_known_is_refused_by_name() {
    let mut table = Table::new();
    let error = overlay(&mut table, variables(&[("GUILDHALL_LISTN", "x")])).expect_err("a typing error");
    assert!(error.to_string().contains("\"GUILDHALL_LISTN\""), "{error}");

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("guildhall.toml");
    fs::write(&file, "listen = \"127.0.0.1:1\"\ncolour = \"red\"\n").expect("a file");
    let error = read(&file).expect_err("a key of another program").to_string();
    assert!(
        error.contains("\"colour\"") && error.contains("public_url"),
        "{error}"
    );
}

#[test]
fn what_can_not_be_meant_is_refused_with_what_to_write() {
    for (text, told) in [
        ("listen = \"8080\"", "an address and a port"),
        ("metrics_listen = \"on\"", "an address and a port"),
        ("log = \"loud\"", "text or json"),
        ("database = \"mysql://x\"", "postgres://"),
        (
            "public_url = \"people.example.com\"",
            "https://people.example.com",
        ),
        ("public_url = \"https://example.com/guildhall\"", "nothing behind"),
        ("listen = 8080", "listen"),
        ("keep_days = 0", "from 1 to"),
        ("keep_days = \"long\"", "from 1 to"),
        ("private_sites = \"https://op.internal\"", "without https://"),
        ("private_sites = [\"op.internal\", 1]", "commas"),
        ("private_sites = true", "commas"),
    ] {
        let said = refusal(text);
        assert!(said.contains(told) && !said.contains('\n'), "{text}: {said}");
    }
}

#[test]
fn a_password_of_the_database_is_never_shown() {
    let table: Table = "database = \"postgres://u:secret@db.example/guildhall\""
        .parse()
        .expect("TOML");
    assert_eq!(
        Settings::from_table(table).expect("settings").database_name(),
        "db.example/guildhall"
    );
}

#[test]
fn sites_inside_the_house_are_named_by_host() {
    for (text, expect) in [
        ("", vec![]),
        ("private_sites = \"\"", vec![]),
        (
            "private_sites = \"Op.Internal, 10.0.0.7 ,[fd00::1]\"",
            vec!["op.internal", "10.0.0.7", "[fd00::1]"],
        ),
        (
            "private_sites = [\"a.internal\", \"b.internal\"]",
            vec!["a.internal", "b.internal"],
        ),
    ] {
        let settings = Settings::from_table(text.parse().expect("TOML")).expect("settings");
        assert_eq!(settings.private_sites, expect, "{text}");
    }
}
