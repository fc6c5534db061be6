use std::fmt::Write as _;

use super::*;

fn data(content: Content) -> LetterData {
    let link = content
        .kind()
        .needs_link()
        .then(|| "https://work.example/claim/s3cr3t-t0ken_0123456789".to_owned());
    LetterData {
        workplace: Sender {
            name: "Analytical Engines".to_owned(),
            locale: "en".to_owned(),
            time_zone: "Europe/London".to_owned(),
            colour: "#1a4fd6".to_owned(),
        },
        recipient: Recipient {
            name: "Ada Lovelace".to_owned(),
            email: "ada@example.com".to_owned(),
            locale: Some("de-AT".to_owned()),
            time_zone: Some("Europe/Vienna".to_owned()),
        },
        content,
        link,
        code: Some("ABCDEFGHJK".to_owned()),
    }
}

fn at() -> Timestamp {
    "2026-12-25T13:05:00Z".parse().unwrap()
}

fn invitation() -> Content {
    Content::Invitation {
        inviter: Some("Grace Hopper".to_owned()),
        message: Some("Dear all,\nfrom Monday on, news will be here.\n\nSee you there!".to_owned()),
        expires_at: at(),
    }
}

fn every_kind() -> Vec<Content> {
    let some = |text: &str| Some(text.to_owned());
    let mut all = vec![
        invitation(),
        Content::Invitation {
            inviter: None,
            message: None,
            expires_at: at(),
        },
        Content::Reminder {
            inviter: some("Grace Hopper"),
            message: some("Do have a look."),
            expires_at: at(),
        },
        Content::Reminder {
            inviter: None,
            message: None,
            expires_at: at(),
        },
        Content::PasswordReset { expires_at: at() },
        Content::PasswordChanged {
            at: at(),
            device: some("Firefox on Linux, 203.0.113.7"),
        },
        Content::Welcome,
        Content::EmailChanged {
            old: "ada@example.com".to_owned(),
            new: "lovelace@example.com".to_owned(),
            by: some("Grace Hopper"),
            at: at(),
        },
        Content::Test {
            by: some("Grace Hopper"),
            message: some("Dear all, …"),
            at: at(),
        },
        Content::Test {
            by: None,
            message: None,
            at: at(),
        },
    ];
    let told: Vec<LetterKind> = all.iter().map(Content::kind).collect();
    let brief = LetterKind::ALL.iter().filter(|kind| !told.contains(kind));
    all.extend(brief.map(|kind| Content::Brief {
        topic: *kind,
        about: "example.com".to_owned(),
        by: some("Grace Hopper"),
        message: None,
        count: 29,
        expires_at: Some(at()),
    }));
    all
}

fn written(data: &LetterData) -> Rendered {
    render(Catalogue::built_in(), data).unwrap()
}

#[test]
fn every_letter_in_words() {
    let mut all = String::new();
    for content in every_kind() {
        let mut data = data(content);
        if matches!(data.content, Content::Welcome | Content::PasswordChanged { .. }) {
            data.link = Some("https://work.example/forgot".to_owned());
        }
        let letter = written(&data);
        write!(
            all,
            "======== {}\nSubject: {}\n\n{}",
            data.content.kind().as_str(),
            letter.subject,
            letter.text
        )
        .unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn the_two_parts_say_the_same() {
    for content in every_kind() {
        let mut data = data(content);
        data.link = Some("https://work.example/x?a=1&b=2".to_owned());
        let letter = written(&data);
        let html = words_of_html(&letter.html);
        for line in letter.text.lines().filter(|line| !line.starts_with("--")) {
            let line = line.trim_start_matches("> ").trim_end_matches(':').trim();
            let line = line.trim_start_matches('>');
            assert!(
                html.contains(line),
                "{line:?} is missing in the HTML part of {:?}",
                data.content.kind()
            );
        }
        let kind = data.content.kind();
        let has_button = kind != LetterKind::EmailChanged && !kind.needs_code();
        let href = r#"href="https://work.example/x?a=1&#38;b=2""#;
        assert_eq!(letter.html.contains(href), has_button);
        let line = "\nhttps://work.example/x?a=1&b=2\n";
        assert_eq!(letter.text.contains(line), has_button);
        assert!(letter.text.lines().all(|line| line.chars().count() <= 78));
    }
}

/// What a reader sees of HTML: no tags, entities as characters, white space as single spaces.
fn words_of_html(html: &str) -> String {
    let body = html.split("<body").nth(1).unwrap();
    let mut words = String::new();
    let mut in_tag = true;
    for c in body.chars() {
        match c {
            '<' => {
                in_tag = true;
                words.push(' ');
            }
            '>' => in_tag = false,
            c if !in_tag => words.push(c),
            _ => {}
        }
    }
    let words = words
        .replace("&#38;", "&")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_people_type_is_text_in_html() {
    let evil = "<script>alert('x')</script>\"><img src=x onerror=y>&amp;";
    for content in every_kind() {
        let mut data = data(content);
        data.workplace.name = evil.to_owned();
        data.workplace.colour = "red;\"><script>".to_owned();
        data.recipient.name = evil.to_owned();
        data.recipient.email = evil.to_owned();
        match &mut data.content {
            Content::Invitation { inviter, message, .. } | Content::Reminder { inviter, message, .. } => {
                *inviter = Some(evil.to_owned());
                *message = Some(format!("{evil}\n{evil}"));
            }
            Content::PasswordChanged { device, .. } => *device = Some(evil.to_owned()),
            Content::EmailChanged { old, new, by, .. } => {
                old.clone_from(&evil.to_owned());
                new.clone_from(&evil.to_owned());
                *by = Some(evil.to_owned());
            }
            Content::Test { by, message, .. } => {
                *by = Some(evil.to_owned());
                *message = Some(evil.to_owned());
            }
            Content::Brief {
                about, by, message, ..
            } => {
                evil.clone_into(about);
                *by = Some(evil.to_owned());
                *message = Some(evil.to_owned());
            }
            Content::PasswordReset { .. } | Content::Welcome => {}
        }
        let letter = written(&data);
        assert!(
            !letter.html.contains("<script") && !letter.html.contains("<img"),
            "{}",
            letter.html
        );
        assert!(letter.html.contains("&#60;script&#62;"));
        assert!(
            letter.text.contains("<script>"),
            "the text part is not HTML, nothing is escaped in it"
        );
    }
}

#[test]
fn names_of_any_length_and_direction() {
    let long = "Wolfeschlegelsteinhausenbergerdorff-Donaudampfschiffahrtsgesellschaft ".repeat(10);
    let mut data = data(Content::Invitation {
        inviter: Some("שרה \u{202E}לוי".to_owned()),
        message: Some("x".repeat(6000)),
        expires_at: at(),
    });
    data.recipient.name = long;
    let letter = written(&data);
    assert_eq!(
        letter.subject,
        "\u{2068}שרה לוי\u{2069} invites you to Analytical Engines"
    );
    assert!(!letter.html.contains('\u{202E}') && !letter.text.contains('\u{202E}'));
    assert!(letter.html.contains("Donaudampf") && letter.html.contains('…'));
    assert!(
        letter.html.len() < 20_000,
        "Gmail clips what is longer than 102 kB"
    );
    let greeting = letter.text.split("\n\n").nth(1).unwrap();
    assert!(
        greeting.starts_with("Hello Wolfe") && greeting.ends_with("…,"),
        "{greeting}"
    );

    data.recipient.name = " \n ".to_owned();
    assert!(written(&data).text.contains("\nHello,\n"));
}

#[test]
fn a_link_is_needed_and_must_be_one() {
    for (link, fine) in [
        (None, false),
        (Some("https://work.example/claim/x"), true),
        (Some("http://localhost:8080/claim/x"), true),
        (Some("javascript:alert(1)"), false),
        (Some("/claim/x"), false),
        (Some("mailto:a@example.com"), false),
        (Some(""), false),
    ] {
        let mut data = data(invitation());
        data.link = link.map(str::to_owned);
        assert_eq!(render(Catalogue::built_in(), &data).is_ok(), fine, "{link:?}");
    }
    let mut data = data(Content::Welcome);
    data.link = None;
    assert!(!written(&data).html.contains("<a "), "no link, no button");
}

#[test]
fn what_is_stored_has_no_secret_and_comes_back() {
    for content in every_kind() {
        let mut data = data(content);
        data.link = Some("https://work.example/claim/s3cr3t".to_owned());
        data.code = Some("s3cr3tcode".to_owned());
        let stored = serde_json::to_string(&data).unwrap();
        assert!(!stored.contains("s3cr3t"));
        let mut back: LetterData = serde_json::from_str(&stored).unwrap();
        assert_eq!((back.link, back.code), (None, None));
        (back.link, back.code) = (data.link.clone(), data.code.clone());
        assert_eq!(back, data);
    }
    for kind in LetterKind::ALL {
        assert_eq!(LetterKind::parse(kind.as_str()), Some(*kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}

#[test]
fn a_letter_speaks_the_persons_language_where_there_is_one() {
    let german = "greeting = Hallo { $name },\nmonth-12 = Dezember\ninvitation-button = Konto übernehmen";
    let english = include_str!("../../../locales/en/mail.ftl");
    let catalogue = Catalogue::new(&[("en", english), ("de", german)]).unwrap();
    let letter = render(&catalogue, &data(invitation())).unwrap();
    assert!(letter.html.contains(r#"<html lang="de" dir="ltr">"#));
    assert!(letter.text.contains("Hallo Ada Lovelace,"));
    assert!(letter.text.contains("Konto übernehmen:"));
    let words = letter.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("on Friday, 25 Dezember 2026"),
        "what is not translated is said in English"
    );
}
