use guildhall_wire::scim::{Compare, Expression, Literal, Resource, parse_filter};
use proptest::prelude::*;

/// An expression in words.
fn told(expression: &Expression) -> String {
    let all = |parts: &[Expression], word: &str| {
        let parts: Vec<String> = parts.iter().map(told).collect();
        format!("({})", parts.join(word))
    };
    match expression {
        Expression::All(parts) => all(parts, " & "),
        Expression::Any(parts) => all(parts, " | "),
        Expression::Not(inner) => format!("!{}", told(inner)),
        Expression::Present(place) => format!("{}?", place.name()),
        Expression::Item(place, inner) => format!("{}[{}]", place.name(), told(inner)),
        Expression::Is(place, how, literal) => {
            let sign = match how {
                Compare::Eq => "=",
                Compare::Ne => "<>",
                Compare::Co => "~",
                Compare::Sw => "^",
                Compare::Ew => "$",
                Compare::Gt => ">",
                Compare::Ge => ">=",
                Compare::Lt => "<",
                Compare::Le => "<=",
            };
            let value = match literal {
                Literal::Text(text) => format!("'{text}'"),
                Literal::Boolean(flag) => flag.to_string(),
                Literal::Integer(number) => number.to_string(),
                Literal::Moment(ms) => format!("@{ms}"),
            };
            format!("{}{sign}{value}", place.name())
        }
    }
}

#[test]
fn filters_are_understood() {
    for (filter, expect) in [
        ("userName eq \"a@x.org\"", "userName='a@x.org'"),
        ("USERNAME Eq \"a\"", "userName='a'"),
        (
            "userName sw \"a\" and (title co \"b\" or not (active eq false))",
            "(userName^'a' & (title~'b' | !active=false))",
        ),
        ("active eq \"True\"", "active=true"),
        ("active eq True", "active=true"),
        (
            "active eq True and title eq \"True\"",
            "(active=true & title='True')",
        ),
        ("emails eq \"a\"", "emails.value='a'"),
        ("emails.value ew \"x.org\"", "emails.value$'x.org'"),
        (
            "emails[type eq \"work\" and value co \"@x\"]",
            "emails[(emails.type='work' & emails.value~'@x')]",
        ),
        (
            "emails[type eq \"work\"].value eq \"a\"",
            "emails[(emails.type='work' & emails.value='a')]",
        ),
        (
            "(emails[type eq \"work\"].value eq \"a]b\") or title pr",
            "(emails[(emails.type='work' & emails.value='a]b')] | title?)",
        ),
        (
            "emails[primary eq True].value pr",
            "emails[(emails.primary=true & emails.value?)]",
        ),
        (
            "meta.lastModified gt \"1970-01-01T00:00:01Z\"",
            "meta.lastModified>@1000",
        ),
        ("externalId eq null", "!externalId?"),
        ("manager eq \"m\"", "manager.value='m'"),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"D\"",
            "department='D'",
        ),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"D\"",
            "userName='D'",
        ),
        ("department eq \"D\"", "department='D'"),
        ("startDate ge 86400", "startDate>=86400"),
        ("startDate ge \"1970-01-02\"", "startDate>=86400"),
        ("id eq \"x\"", "id='x'"),
        ("employeeNumber eq 12", "employeeNumber='12'"),
    ] {
        match parse_filter(Resource::User, filter) {
            Ok(expression) => assert_eq!(told(&expression), expect, "{filter}"),
            Err(error) => panic!("{filter}: {error}"),
        }
    }
}

#[test]
fn what_can_not_be_answered_is_refused() {
    let long = format!("userName eq \"{}\"", "x".repeat(30_000));
    for filter in [
        "",
        "userName",
        "userName is \"a\"",
        "shoeSize eq 1",
        "urn:x:y eq 1",
        "name eq \"a\"",
        "active gt true",
        "active eq \"perhaps\"",
        "title eq true",
        "meta.created co \"2026\"",
        "meta.created gt \"soon\"",
        "title[type eq \"x\"]",
        "emails[colour eq \"x\"]",
        "emails[type eq \"work\"",
        "title gt null",
        "userName eq \"a\" and",
        &long,
    ] {
        let error = parse_filter(Resource::User, filter).expect_err(filter);
        assert_eq!(error.kind.as_str(), "invalidFilter", "{filter}");
    }
}

proptest! {
    #[test]
    fn nothing_breaks_the_reader(text in "[a-zA-Z\\[\\]\\.\"\\\\ ()é:$0-9]{0,60}") {
        let _ = parse_filter(Resource::User, &text);
        let _ = guildhall_wire::scim::parse_path(Resource::User, &text);
    }
}
