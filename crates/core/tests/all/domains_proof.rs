//! Looking for proofs, in a world of real name servers and web sites.

use guildhall_core::domains::scout::{Dns, Web};
use guildhall_core::domains::{Look, Verdict};
use guildhall_core::{Clock as _, SystemClock};
use guildhall_testkit::dns::{DnsWorld, Kind, Zone};
use guildhall_testkit::web::WebSites;

const PROOF: &str = "guildhall-domain-verification=Ab3Ab3Ab3Ab3Ab3Ab3Ab3Ab3Ab3Ab3";
const OTHER: &str = "guildhall-domain-verification=Zz9Zz9Zz9Zz9Zz9Zz9Zz9Zz9Zz9Zz9";
const SPF: &str = "v=spf1 -all";

#[tokio::test(flavor = "multi_thread")]
async fn a_txt_record_counts_where_the_domains_own_servers_give_it() {
    let long = "x".repeat(250);
    let many = [long.as_str(), "a", "b", PROOF];
    let world = DnsWorld::start(&[
        Zone("right", Kind::Plain, &[SPF, PROOF]),
        Zone("wrong", Kind::Plain, &[SPF, OTHER]),
        Zone("missing", Kind::Plain, &[]),
        Zone("signed", Kind::Signed, &[PROOF]),
        Zone("long", Kind::Plain, &many),
        Zone("expired", Kind::Expired, &[PROOF]),
        Zone("unsigned", Kind::Unsigned, &[PROOF]),
        Zone("failing", Kind::Failing, &[]),
        Zone("silent", Kind::Silent, &[]),
    ]);
    let dns = Dns::new(vec![world.resolver()], world.way());
    let see = async |name: &str| {
        dns.look(&format!("{name}.example"), PROOF, SystemClock.now())
            .await
    };
    for (name, verdict, said) in [
        ("right", Verdict::Proven, "The TXT record is there."),
        ("signed", Verdict::Proven, "The TXT record is there."),
        ("long", Verdict::Proven, "The TXT record is there."),
        (
            "wrong",
            Verdict::Absent,
            "These TXT records were found, none is ours.",
        ),
        ("missing", Verdict::Absent, "missing.example has no TXT records."),
        ("nothing", Verdict::Absent, "nothing.example has no TXT records."),
        (
            "expired",
            Verdict::Unclear,
            "SERVFAIL: your DNSSEC signature is expired.",
        ),
        (
            "unsigned",
            Verdict::Unclear,
            "SERVFAIL: your zone is said to be signed (DS) and has no signature.",
        ),
        ("failing", Verdict::Unclear, "Server Failure from ns1"),
        ("silent", Verdict::Unclear, "timed out at ns1.silent.example"),
    ] {
        let look = see(name).await;
        assert_eq!(look.verdict, verdict, "{name}: {look:?}");
        assert!(look.said.contains(said), "{name}: {}", look.said);
    }
    assert_eq!(see("wrong").await.found.len(), 2);
    // A record that is set is seen at once, and gone at once: nobody's memory is asked.
    world.set_txt("missing", &[PROOF]);
    assert_eq!(see("missing").await.verdict, Verdict::Proven);
    world.set_txt("missing", &[OTHER]);
    assert_eq!(see("missing").await.verdict, Verdict::Absent);
}

#[tokio::test(flavor = "multi_thread")]
async fn name_servers_at_private_addresses_are_not_asked() {
    let world = DnsWorld::start(&[
        Zone("right", Kind::Plain, &[PROOF]),
        Zone("wrong", Kind::Plain, &[OTHER]),
    ]);
    // As in production: the documentation addresses of this world are no public ones.
    let dns = Dns::system(Some(world.resolver()));
    let look = dns.look("right.example", PROOF, SystemClock.now()).await;
    assert_eq!(look.verdict, Verdict::Proven, "by the resolver: {look:?}");
    let look = dns.look("wrong.example", PROOF, SystemClock.now()).await;
    assert_eq!(look.verdict, Verdict::Absent, "{look:?}");
    let nowhere = Dns::new(vec!["127.0.0.1:9".parse().unwrap()], |_| None);
    let look = nowhere.look("right.example", PROOF, SystemClock.now()).await;
    assert_eq!(look.verdict, Verdict::Unclear, "{look:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_counts_where_the_domains_own_site_has_it() {
    let sites = WebSites::start();
    sites.serve(PROOF);
    let web = Web::new(sites.fetcher());
    let see = async |name: &str| web.look(&format!("{name}.example"), PROOF).await;
    let table = [
        ("right", Verdict::Proven, "The file is there."),
        ("moved", Verdict::Proven, "The file is there."),
        ("wrong", Verdict::Absent, "without the line"),
        ("older", Verdict::Absent, "of another workplace, or an older one"),
        ("missing", Verdict::Absent, "is not there (404 Not Found)"),
        ("endless", Verdict::Absent, "without the line"),
        ("broken", Verdict::Unclear, "500 Internal Server Error"),
        (
            "away",
            Verdict::Unclear,
            "leads elsewhere (to https://right.example)",
        ),
        (
            "plain",
            Verdict::Unclear,
            "leads elsewhere (to http://plain.example)",
        ),
        (
            "port",
            Verdict::Unclear,
            "leads elsewhere (to https://port.example:22)",
        ),
        ("circle", Verdict::Unclear, "in a circle"),
        ("inner", Verdict::Unclear, "no public address"),
        ("slow", Verdict::Unclear, "took too long"),
        ("stranger", Verdict::Unclear, "could not be reached"),
    ];
    for (name, verdict, said) in table {
        let look: Look = see(name).await;
        assert_eq!(look.verdict, verdict, "{name}: {look:?}");
        assert!(look.said.contains(said), "{name}: {}", look.said);
    }
    // As in production, nothing at a private address is asked at all.
    let guarded = Web::new(sites.guarded_fetcher());
    let look = guarded.look("right.example", PROOF).await;
    assert_eq!(look.verdict, Verdict::Unclear);
    assert!(
        look.said.contains("127.0.0.1, which is no public address"),
        "{}",
        look.said
    );
}
