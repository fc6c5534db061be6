//! From the invitation to being in: the letter in the outbox, the link, the claim, and how all of it ends.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::common::{World, on_both};
use guildhall_core::access::{self, Device, Origin, PasswordHasher};
use guildhall_core::accounts::{self, AccountState, ProfileField as Field, Verb, Whom};
use guildhall_core::ids::{AccountId, LetterId};
use guildhall_core::invitations::{self, Claim, InvitationState, NewPassword};
use guildhall_core::mail::{SmtpSettings, Transport};
use guildhall_core::outbox::{self, LetterState, Postman};
use guildhall_core::{Entropy, sessions};
use guildhall_store::sql;
use guildhall_testkit::smtp::SmtpServer;

const SITE: &str = "https://people.example.com";
const GOOD: &str = "correct lantern mussel quarry";

fn origin() -> Origin<'static> {
    Origin {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: "a browser",
        device: Device::New,
    }
}

fn hasher() -> PasswordHasher {
    PasswordHasher::new(&Entropy::seeded(2)).unwrap()
}

fn taking(password: &str) -> Claim {
    Claim {
        password: NewPassword::Typed(password.to_owned()),
        accept_terms: true,
        ..Claim::default()
    }
}

/// The letters, oldest first: kind, state, and the token of the link while there is one.
async fn letters(world: &World) -> Vec<(String, LetterState, Option<String>)> {
    let filter = outbox::Filter {
        limit: 50,
        ..outbox::Filter::default()
    };
    let page = outbox::list(&world.app.db, &world.admin(), &filter)
        .await
        .unwrap();
    let mut found = Vec::new();
    for letter in page.items.into_iter().rev() {
        let read = outbox::read(&world.app, &world.admin(), SITE, letter.id)
            .await
            .unwrap();
        let shown = read
            .link
            .and_then(|link| link.rsplit('/').next().map(str::to_owned));
        let token = match shown {
            None if letter.kind.needs_link() => its_own(world, letter.id).await,
            shown => shown,
        };
        found.push((letter.kind.as_str().to_owned(), letter.state, token));
    }
    found
}

/// The secret that nobody is shown, as it goes out to its reader.
async fn its_own(world: &World, letter: LetterId) -> Option<String> {
    let mut tx = world.app.begin().await.unwrap();
    let sealed: Option<Option<String>> = sql("SELECT sealed FROM outbox WHERE workplace_id = $1 AND id = $2")
        .bind(world.workplace.id)
        .bind(letter)
        .scalar_optional(&mut tx)
        .await
        .unwrap();
    let context = format!("outbox {}", letter.0);
    world.app.sealer.open(&context, &sealed.flatten()?)
}

async fn token(world: &World) -> String {
    letters(world).await.pop().unwrap().2.unwrap()
}

async fn claim(world: &World, token: &str) -> Result<access::LoggedIn, guildhall_core::Error> {
    let taken = invitations::claim(&world.app, &hasher(), token, &taking(GOOD), origin()).await?;
    Ok(taken.session().unwrap())
}

async fn state(world: &World, id: AccountId) -> AccountState {
    let account = accounts::get(&world.app.db, world.workplace.id, id)
        .await
        .unwrap();
    account.unwrap().state
}

#[tokio::test]
async fn whoever_is_invited_claims_the_account_once() {
    on_both(async |world| {
        let quiet = world.person("Bo", "bo@example.com", false).await;
        assert!(letters(world).await.is_empty(), "nobody is told of the uninvited");
        let anna = world.person("Anna", "anna@example.com", true).await;
        let token = token(world).await;

        let opened = invitations::open(&world.app, &token).await.unwrap();
        assert_eq!(opened.account.id, anna);
        let weak = invitations::claim(&world.app, &hasher(), &token, &taking("anna anna 1"), origin()).await;
        assert_eq!(weak.unwrap_err().code(), "invalid");
        let no_terms = Claim {
            accept_terms: false,
            ..taking(GOOD)
        };
        let refused = invitations::claim(&world.app, &hasher(), &token, &no_terms, origin()).await;
        assert_eq!(refused.unwrap_err().code(), "invalid");

        let own_name = Claim {
            display_name: Some("Anna Łapińska".into()),
            ..taking(GOOD)
        };
        let entered = invitations::claim(&world.app, &hasher(), &token, &own_name, origin())
            .await
            .unwrap()
            .session()
            .unwrap();
        assert_eq!(entered.account.name(), "Anna Łapińska");
        let alive = sessions::check(&world.app.db, &entered.token, world.app.now())
            .await
            .unwrap();
        assert_eq!(alive.map(|session| session.account), Some(anna));
        assert_eq!(claim(world, &token).await.unwrap_err().code(), "not_found");
        let found = invitations::of_account(&world.app.db, world.workplace.id, anna)
            .await
            .unwrap();
        assert_eq!(
            found.map(|invitation| invitation.state),
            Some(InvitationState::Claimed)
        );
        let funnel = invitations::funnel(&world.app.db, world.workplace.id)
            .await
            .unwrap();
        assert_eq!((funnel.invited, funnel.visited, funnel.claimed), (1, 1, 1));
        let pair = ("ANNA@example.com", GOOD);
        access::log_in(&world.app, &hasher(), world.workplace.id, pair, origin())
            .await
            .unwrap();
        assert_eq!(state(world, quiet).await, AccountState::Uninvited);
    })
    .await;
}

#[tokio::test]
async fn a_link_dies_of_a_newer_one_of_age_and_of_every_end() {
    on_both(async |world| {
        let anna = world.person("Anna", "anna@example.com", true).await;
        let first = token(world).await;
        world
            .act(
                Whom::Is(anna),
                Verb::Remind {
                    message: Some("Soon!".into()),
                },
            )
            .await
            .unwrap();
        let second = token(world).await;
        assert_eq!(
            letters(world).await[0].1,
            LetterState::Cancelled,
            "the older letter is not sent any more"
        );
        assert_eq!(claim(world, &first).await.unwrap_err().code(), "not_found");

        let address = Verb::Update {
            patch: vec![(Field::Email, Some("anna.l@example.com".into()))],
        };
        world.act(Whom::Is(anna), address).await.unwrap();
        let third = token(world).await;
        assert_eq!(claim(world, &second).await.unwrap_err().code(), "not_found");

        world.hands.turn(31 * 24 * 3600);
        assert_eq!(claim(world, &third).await.unwrap_err().code(), "link_expired");

        for (ends, back) in [
            (Verb::Revoke, Verb::Invite { message: None }),
            (Verb::Deactivate, Verb::Reactivate),
        ] {
            world
                .act(Whom::Is(anna), Verb::Remind { message: None })
                .await
                .unwrap();
            let link = token(world).await;
            world.act(Whom::Is(anna), ends).await.unwrap();
            let last = letters(world).await.pop().unwrap();
            assert_eq!((last.1, last.2), (LetterState::Cancelled, None));
            assert_eq!(claim(world, &link).await.unwrap_err().code(), "not_found");
            world.act(Whom::Is(anna), back).await.unwrap();
            assert_eq!(claim(world, &link).await.unwrap_err().code(), "not_found");
        }
        world.act(Whom::Is(anna), Verb::Delete).await.unwrap();
        assert!(
            letters(world).await.is_empty(),
            "nothing is kept of who was deleted"
        );
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_by_a_link() {
    on_both(async |world| {
        let bo = world.person("Bo", "bo@example.com", true).await;
        access::ask_reset(&world.app, "bo@example.com", origin().address)
            .await
            .unwrap();
        access::answer_resets(&world.app).await.unwrap();
        assert_eq!(
            letters(world).await.len(),
            1,
            "who has not claimed has nothing to reset"
        );
        let entered = claim(world, &token(world).await).await.unwrap();

        for _ in 0..5 {
            access::ask_reset(&world.app, "Bo@Example.com", origin().address)
                .await
                .unwrap();
            access::answer_resets(&world.app).await.unwrap();
        }
        access::ask_reset(&world.app, "nobody@example.com", origin().address)
            .await
            .unwrap();
        access::answer_resets(&world.app).await.unwrap();
        let resets: Vec<_> = letters(world)
            .await
            .into_iter()
            .filter(|l| l.0 == "password_reset")
            .collect();
        assert_eq!(resets.len(), 3, "no more than three letters an hour");
        let link = resets[2].2.clone().unwrap();
        let weak = access::reset_password(&world.app, &hasher(), &link, "1234567890").await;
        assert_eq!(weak.unwrap_err().code(), "invalid");
        access::reset_password(&world.app, &hasher(), &link, "violet harbour engine moss")
            .await
            .unwrap();
        let again = access::reset_password(&world.app, &hasher(), &link, GOOD).await;
        assert_eq!(again.unwrap_err().code(), "not_found");
        let other = access::open_reset(&world.app, &resets[0].2.clone().unwrap()).await;
        assert!(other.is_err(), "the older links died with it");
        let alive = sessions::check(&world.app.db, &entered.token, world.app.now())
            .await
            .unwrap();
        assert_eq!(alive, None);
        assert_eq!(letters(world).await.pop().unwrap().0, "password_changed");
        let account = accounts::get(&world.app.db, world.workplace.id, bo)
            .await
            .unwrap()
            .unwrap();
        let pair = ("violet harbour engine moss", GOOD);
        let named = ("bo@example.com", pair.0);
        let entered = access::log_in(&world.app, &hasher(), world.workplace.id, named, origin()).await;
        let entered = entered.unwrap().session().unwrap();
        let whose = (&account, entered.session.id);
        access::change_password(&world.app, &hasher(), whose, pair, origin())
            .await
            .unwrap();
        let wrong = access::change_password(&world.app, &hasher(), whose, pair, origin()).await;
        assert_eq!(wrong.unwrap_err().code(), "invalid");
    })
    .await;
}

fn postman(world: &World, url: &str) -> Postman {
    Postman {
        app: world.app.clone(),
        transport: Transport::new(&SmtpSettings::new(url, "localhost")).unwrap(),
        from: "office@work.example".parse().unwrap(),
        signer: None,
        public_url: SITE.into(),
    }
}

#[tokio::test]
async fn letters_go_out_once_and_wait_while_the_mail_server_is_away() {
    on_both(async |world| {
        world.person("Anna", "anna@example.com", true).await;
        let link = token(world).await;
        let away = postman(world, "smtp://127.0.0.1:1");
        assert_eq!(away.round(&|| false).await.unwrap(), 1);
        assert_eq!(
            away.round(&|| false).await.unwrap(),
            0,
            "it waits before it tries again"
        );
        assert_eq!(letters(world).await[0].1, LetterState::Waiting);

        let server = tokio::task::spawn_blocking(SmtpServer::start).await.unwrap();
        let postman = postman(world, &server.url());
        world.hands.turn(61);
        assert_eq!(postman.round(&|| false).await.unwrap(), 1);
        assert_eq!(postman.round(&|| false).await.unwrap(), 0);
        let received = server.wait_for(1, Duration::from_secs(10));
        assert_eq!(received.len(), 1);
        let (_, state, kept) = letters(world).await.remove(0);
        assert_eq!(
            (state, kept),
            (LetterState::Sent, None),
            "the link is in the letter only"
        );
        let entered = claim(world, &link).await.unwrap();
        let invitation = invitations::of_account(&world.app.db, world.workplace.id, entered.account.id).await;
        assert!(invitation.unwrap().unwrap().sent_at.is_some());
    })
    .await;
}
