use super::*;
use crate::ids::DomainId;

const NOON: i64 = 1_780_000_000_000;

fn at(seconds: i64) -> Moment {
    Moment::from_ms(NOON + seconds * 1000)
}

fn workplace(number: u128) -> WorkplaceId {
    WorkplaceId(uuid::Uuid::from_u128(number))
}

fn domain(state: State, method: Option<Method>) -> Domain {
    Domain {
        id: DomainId(uuid::Uuid::nil()),
        workplace: workplace(1),
        name: "example.com".into(),
        state,
        method,
        subdomains: false,
        token: "t".into(),
        looks: Vec::new(),
        created_at: at(0),
        verified_at: method.map(|_| at(0)),
        watched_since: Some(at(0)),
        next_at: None,
        checked_at: None,
        absent_days: 0,
        counted_at: None,
        elsewhere: false,
    }
}

fn look(way: Method, verdict: Verdict) -> Look {
    Look {
        way,
        verdict,
        said: String::new(),
        found: Vec::new(),
    }
}

#[test]
fn whose_an_address_is() {
    use State::{AllowListed, Pending, Verified};
    let cover = |number, name: &str, state, subdomains| Cover {
        workplace: workplace(number),
        name: name.into(),
        state,
        subdomains,
    };
    let table: Vec<(&str, Vec<Cover>, Standing)> = vec![
        ("example.com", vec![], Standing::Unknown),
        (
            "example.com",
            vec![cover(1, "example.com", Pending, false)],
            Standing::Unknown,
        ),
        (
            "example.com",
            vec![cover(1, "example.com", AllowListed, false)],
            Standing::Allowed,
        ),
        (
            "example.com",
            vec![cover(2, "example.com", AllowListed, false)],
            Standing::Unknown,
        ),
        (
            "example.com",
            vec![cover(1, "example.com", Verified, false)],
            Standing::Ours,
        ),
        (
            "example.com",
            vec![cover(2, "example.com", Verified, false)],
            Standing::Elsewhere,
        ),
        (
            "example.com",
            vec![
                cover(1, "example.com", AllowListed, false),
                cover(2, "example.com", Verified, false),
            ],
            Standing::Elsewhere,
        ),
        (
            "a.example.com",
            vec![cover(1, "example.com", Verified, false)],
            Standing::Unknown,
        ),
        (
            "a.example.com",
            vec![cover(1, "example.com", Verified, true)],
            Standing::Ours,
        ),
        (
            "a.b.example.com",
            vec![cover(2, "example.com", Verified, true)],
            Standing::Elsewhere,
        ),
        (
            "a.example.com",
            vec![cover(1, "example.com", AllowListed, true)],
            Standing::Unknown,
        ),
        (
            "notexample.com",
            vec![cover(1, "example.com", Verified, true)],
            Standing::Unknown,
        ),
        (
            "a.example.com",
            vec![
                cover(1, "example.com", Verified, true),
                cover(2, "a.example.com", Verified, false),
            ],
            Standing::Elsewhere,
        ),
        (
            "b.example.com",
            vec![
                cover(1, "example.com", Verified, true),
                cover(2, "a.example.com", Verified, false),
            ],
            Standing::Ours,
        ),
    ];
    for (name, known, expect) in table {
        assert_eq!(standing(&known, workplace(1), name), expect, "{name} {known:?}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn what_a_look_makes_of_a_domain() {
    use Method::{Dns, File, Mail};
    use State::{AllowListed, Pending, Verified};
    use Verdict::{Absent, Proven, Unclear};
    let day = DAILY;
    let table = [
        (
            Pending,
            None,
            vec![look(Dns, Proven)],
            Verified,
            0,
            Some(day),
            Some(News::Verified),
        ),
        (
            AllowListed,
            None,
            vec![look(Dns, Absent), look(File, Proven)],
            Verified,
            0,
            Some(day),
            Some(News::Verified),
        ),
        (
            Pending,
            None,
            vec![look(Dns, Absent), look(File, Unclear)],
            Pending,
            0,
            Some(60),
            None,
        ),
        (
            AllowListed,
            None,
            vec![look(Dns, Absent)],
            AllowListed,
            0,
            Some(60),
            None,
        ),
        (
            Verified,
            Some(Dns),
            vec![look(Dns, Proven)],
            Verified,
            0,
            Some(day),
            None,
        ),
        (
            Verified,
            Some(Dns),
            vec![look(Dns, Unclear)],
            Verified,
            0,
            Some(day),
            None,
        ),
        (
            Verified,
            Some(Dns),
            vec![look(Dns, Absent)],
            Verified,
            1,
            Some(day),
            Some(News::Gone { days_left: 29 }),
        ),
        (
            Verified,
            Some(Dns),
            vec![look(Dns, Absent), look(File, Proven)],
            Verified,
            0,
            Some(day),
            None,
        ),
        (
            Verified,
            Some(File),
            vec![look(Dns, Absent), look(File, Unclear)],
            Verified,
            0,
            Some(day),
            None,
        ),
        (
            Verified,
            Some(Mail),
            vec![look(Dns, Absent), look(File, Absent)],
            Verified,
            0,
            Some(day),
            None,
        ),
    ];
    for (state, method, looks, expect, days, wait, news) in table {
        let next = after(&domain(state, method), &looks, at(0));
        let told = (next.state, next.absent_days, next.next_at, next.news);
        assert_eq!(
            told,
            (expect, days, wait.map(at), news),
            "{state:?} {method:?} {looks:?}"
        );
    }
}

/// Looks once a day, as many days as there are verdicts; tells after which it was lost.
fn lost_after(verdicts: impl Iterator<Item = Verdict>, method: Method, from_day: i64) -> Option<i64> {
    let mut one = domain(State::Verified, Some(method));
    for (day, verdict) in (from_day..).zip(verdicts) {
        let next = after(&one, &[look(Method::Dns, verdict)], at(day * DAILY));
        if next.news == Some(News::Lost) {
            assert_eq!((next.state, next.method), (State::Pending, None));
            return Some(day - from_day + 1);
        }
        (one.absent_days, one.counted_at) = (next.absent_days, next.counted_at);
    }
    None
}

#[test]
fn a_proof_is_lost_after_thirty_definite_days_and_never_by_time_outs() {
    use Verdict::{Absent, Proven, Unclear};
    let each = |verdict, count| std::iter::repeat_n(verdict, count);
    assert_eq!(lost_after(each(Absent, 40), Method::Dns, 0), Some(30));
    assert_eq!(lost_after(each(Unclear, 400), Method::Dns, 0), None);
    let mixed = each(Absent, 29).chain(each(Unclear, 100)).chain(each(Absent, 5));
    assert_eq!(lost_after(mixed, Method::Dns, 0), Some(130));
    let back = each(Absent, 29).chain(each(Proven, 1)).chain(each(Absent, 29));
    assert_eq!(lost_after(back, Method::Dns, 0), None);
    assert_eq!(
        lost_after(each(Absent, 100), Method::File, 0),
        None,
        "another way speaks not for it"
    );
    assert_eq!(lost_after(each(Absent, 300), Method::Mail, 0), None);
    assert_eq!(
        lost_after(each(Absent, 100), Method::Mail, 336),
        Some(30),
        "a letter is good for a year"
    );
}

#[test]
fn subdomains_go_only_after_thirty_definite_days_without_their_record() {
    use Verdict::{Absent, Proven, Unclear};
    let mut one = Domain {
        subdomains: true,
        ..domain(State::Verified, Some(Method::Dns))
    };
    let mut day = 0;
    let mut looked = |one: &mut Domain, dns| {
        day += 1;
        let looks = [look(Method::Dns, dns), look(Method::File, Proven)];
        let next = after(one, &looks, at(day * DAILY));
        assert_eq!(next.state, State::Verified, "the file keeps the domain");
        (one.method, one.absent_days, one.counted_at) = (next.method, next.absent_days, next.counted_at);
        next.news
    };
    for _ in 0..100 {
        assert_eq!(looked(&mut one, Unclear), None);
    }
    assert_eq!((one.method, one.absent_days), (Some(Method::Dns), 0));
    assert_eq!(looked(&mut one, Absent), Some(News::Narrows { days_left: 29 }));
    assert_eq!(looked(&mut one, Proven), None);
    assert_eq!(one.absent_days, 0, "it is back");
    for _ in 1..30 {
        looked(&mut one, Absent);
        assert_eq!(one.method, Some(Method::Dns));
    }
    looked(&mut one, Unclear);
    assert_eq!(looked(&mut one, Absent), Some(News::Narrowed));
    assert_eq!((one.method, one.absent_days), (Some(Method::File), 0));
}

#[test]
fn looking_twice_on_a_day_counts_once() {
    let mut one = domain(State::Verified, Some(Method::Dns));
    (one.absent_days, one.counted_at) = (29, Some(at(0)));
    let gone = [look(Method::Dns, Verdict::Absent)];
    assert_eq!(after(&one, &gone, at(3600)).absent_days, 29);
    assert_eq!(after(&one, &gone, at(DAILY)).news, Some(News::Lost));
}

#[test]
fn it_is_looked_less_and_less_often_for_three_days() {
    let wait =
        |passed: i64| next_look(Some(at(0)), at(passed)).map(|next| (next.ms() - at(passed).ms()) / 1000);
    for (passed, expect) in [
        (0, Some(60)),
        (60, Some(60)),
        (600, Some(300)),
        (4 * 3600, Some(7200)),
        (71 * 3600, Some(7200)),
        (72 * 3600, None),
    ] {
        assert_eq!(wait(passed), expect, "{passed} s");
    }
    assert_eq!(next_look(None, at(0)), None);
    let (mut now, mut looks) = (0, 0);
    while let Some(next) = next_look(Some(at(0)), at(now)) {
        (now, looks) = ((next.ms() - NOON) / 1000, looks + 1);
    }
    assert!((40..80).contains(&looks), "{looks} looks");
}

#[test]
fn who_may_let_in_and_include() {
    let pending = domain(State::Pending, None);
    let code = |told: Result<()>| told.err().map(|error| error.code());
    assert_eq!(code(may_allow(&pending, true)), None);
    assert_eq!(code(may_allow(&pending, false)), Some("no_address"));
    assert_eq!(
        code(may_allow(&domain(State::Verified, Some(Method::Dns)), true)),
        Some("domain_state")
    );
    for (state, method, expect) in [
        (State::Verified, Some(Method::Dns), None),
        (State::Verified, Some(Method::File), Some("needs_dns")),
        (State::Verified, Some(Method::Mail), Some("needs_dns")),
        (State::AllowListed, None, Some("needs_dns")),
    ] {
        assert_eq!(code(may_include(&domain(state, method))), expect);
    }
    assert_eq!(
        code(is_free(Standing::Elsewhere, "example.com")),
        Some("domain_taken")
    );
    assert_eq!(code(is_free(Standing::Unknown, "example.com")), None);
}
